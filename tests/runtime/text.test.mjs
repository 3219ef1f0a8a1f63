// tableport/text, as it is installed: csv and jsonl with the bytes of the full build, and a clear no to the rest.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import * as arrow from "apache-arrow";
import { checkTypes, importFrom, installedApp } from "./support.mjs";

let app;
let full;
let text;
before(async () => {
  app = await installedApp();
  full = await importFrom(app, "tableport");
  text = await importFrom(app, "tableport/text");
});
after(() => rm(app, { recursive: true, force: true }));

const rows = Array.from({ length: 5000 }, (_, id) => ({
  id,
  name: id % 3 ? `n, "${id}"` : null,
  ratio: id / 7,
  at: new Date(1_700_000_000_000 + id),
  tags: [{ key: id }],
}));
const csv = "id,name\n1,a\n2,b\n";
const table = arrow.tableFromArrays({ id: Int32Array.of(1, 2, 3), name: ["a", null, "c"] });

const sources = {
  rows: () => rows,
  columns: () => ({ id: [1, 2, 3], name: ["a", null, "c"] }),
  "an Arrow table": () => table,
  csv: () => new Blob([csv]),
  "csv in gzip": () => new Blob([gzipSync(csv)]),
  "a stream of jsonl": () => new Blob(['{"id":1,"name":"a"}\n{"id":2}\n']).stream(),
};

async function bytesOf({ exportTable }, config) {
  const job = exportTable({ ...config, destination: { type: "memory" } });
  await job.finished;
  return Buffer.from(job.files[0].bytes).toString("latin1");
}

for (const [name, source] of Object.entries(sources))
  test(`${name} become the same bytes`, async () => {
    for (const config of [{ format: "csv" }, { format: "jsonl" }, { format: "csv", compression: "gzip" }]) {
      const expected = await bytesOf(full, { source: source(), ...config });
      assert.ok(expected.length > 10);
      assert.equal(await bytesOf(text, { source: source(), ...config }), expected);
    }
  });

test("in a thread it is the same module", async () => {
  const config = { source: rows, format: "csv" };
  assert.equal(await bytesOf(text, { ...config, worker: true }), await bytesOf(full, config));
  const parquet = { ...config, format: "parquet", worker: true };
  await assert.rejects(bytesOf(text, parquet), { code: "format/unsupported" });
});

test("parquet is refused before anything is read", async () => {
  let read = 0;
  const source = {
    [Symbol.asyncIterator]: () => ({ next: async () => ({ done: ++read > 1, value: { id: 1 } }) }),
  };
  await assert.rejects(bytesOf(text, { source, format: "parquet" }), (error) => {
    assert.ok(error instanceof text.ExportError);
    assert.equal(error.code, "format/unsupported");
    assert.equal(error.place.field, "format");
    assert.match(error.message, /full build/);
    return true;
  });
  assert.equal(read, 0);
});

test("parquet and Arrow files are refused by their first bytes", async () => {
  const parquet = Buffer.from(await bytesOf(full, { source: rows, format: "parquet" }), "latin1");
  const files = { parquet, file: arrow.tableToIPC(table, "file"), stream: arrow.tableToIPC(table, "stream") };
  for (const bytes of Object.values(files))
    for (const source of [new Blob([bytes]), new Blob([bytes]).stream(), new Blob([gzipSync(bytes)])])
      await assert.rejects(bytesOf(text, { source, format: "csv" }), (error) => {
        assert.equal(error.code, "source/unsupported");
        assert.match(error.message, /full build/);
        return true;
      });
});

test("server APIs are refused", async () => {
  const refused = (error) => {
    assert.ok(error instanceof text.ApiError);
    assert.equal(error.code, "api/unimplemented");
    assert.match(error.message, /full build/);
    return true;
  };
  await assert.rejects(text.fromRequest("redivis", { format: "csv" }), refused);
  const job = text.exportTable({ source: rows, format: "csv", destination: { type: "memory" } });
  await job.finished;
  await assert.rejects(job.as("redivis"), refused);
});

test("its types are those of the package", async () => {
  const script = 'import { exportTable, type ExportJob } from "tableport/text";\n';
  const use =
    'export const job: ExportJob = exportTable({ source: [], format: "csv", destination: "https://a" });\n';
  await writeFile(join(app, "app.ts"), script + use);
  await checkTypes(app, "app.ts");
});
