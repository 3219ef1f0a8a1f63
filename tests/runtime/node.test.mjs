import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as arrow from "apache-arrow";
import { exportTable } from "../../pkg/node.js";
import { Turn } from "../../pkg/worker/remote.js";
import { compareParquet } from "../readers/hyparquet.mjs";
import { cases, runCase } from "./cases.mjs";
import { compare, openFixtures } from "./support.mjs";

let fixtures;
let folder;
before(async () => {
  fixtures = await openFixtures();
  folder = await mkdtemp(join(tmpdir(), "tableport-node-"));
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await fixtures?.close();
});

/** The readers that know every type of the cases. */
const READERS = { csv: ["python"], jsonl: ["python"], parquet: ["pyarrow"] };

const comparisons = [];
for (const [index, one] of cases.entries()) {
  test(one.name, async () => {
    const { failed, bytes } = await runCase(one, { ...fixtures, exportTable, arrow });
    assert.equal(failed, undefined);
    const { format, compression } = one.config;
    const file = join(folder, `${index}.${format}${compression ? ".gz" : ""}`);
    await writeFile(file, bytes);
    const original = join(fixtures.folder, `${one.table}.arrow`);
    const readers = one.readers ?? READERS[format];
    comparisons.push({ title: one.name, format, files: [file], readers, original });
    if (format === "parquet" && !one.readers)
      await compareParquet(bytes, await fixtures.fixture(`${one.table}.arrow`));
  });
}

test("readers that are not ours see the same tables", async (t) => {
  assert.ok(comparisons.length > 0);
  t.diagnostic(await compare(comparisons));
});

test("worker is a boolean", async () => {
  const worker = (worker) =>
    exportTable({ source: [{ a: 1 }], format: "csv", destination: { type: "memory" }, worker }).finished;
  await assert.rejects(worker("yes"), { code: "config/invalid-value", place: { field: "worker" } });
  for (const right of [true, false, null, undefined]) assert.equal((await worker(right)).status, "completed");
});

test("a column widened by rows that were read ahead, in a thread as in place", async () => {
  const bytesOf = async (source, worker) => {
    const job = exportTable({ source, format: "csv", destination: { type: "memory" }, worker });
    await job.finished;
    return Buffer.from(job.files[0].bytes);
  };
  // Which batch is being encoded when the row is read is up to the machine; one of these is likely to meet it.
  for (let at = 30_000; at <= 150_000; at += 15_000) {
    const rows = Array.from({ length: at + 20_000 }, (_, i) => ({
      a: i === at ? 0.5 : i,
      text: `"quoted" ${"y".repeat(i % 50)}`,
    }));
    assert.ok((await bytesOf(rows, true)).equals(await bytesOf(rows, false)), `row ${at}`);
  }
});

test("what is asked of the core for a batch that was read ahead waits for the pull of that batch", async () => {
  const turn = new Turn();
  const asked = [];
  turn.begin("first");
  turn.portOf(1).then((port) => asked.push(port));
  await settled();
  turn.portOf(3).then((port) => asked.push(port));
  turn.begin("second");
  await settled();
  assert.deepEqual(asked, ["first"]);
  turn.begin("third");
  await settled();
  assert.deepEqual(asked, ["first", "third"]);
});

const settled = () => new Promise((resolve) => setTimeout(resolve));
