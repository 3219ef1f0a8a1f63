// A range of the rows: the same bytes as of a table that has only these, and sources that are let go at its end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import { exportTable } from "../../pkg/node.js";

const memory = { type: "memory" };
const COUNT = 25_000;
const TABLE = Array.from({ length: COUNT }, (_, id) => ({
  id,
  text: `row ${id % 977}`,
  half: id % 7 ? id / 2 : null,
}));
const names = ["id", "text", "half"];

const columnsOf = (rows) => Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
async function* slowly(rows) {
  for (const row of rows) yield row;
}
const sources = {
  "an array of objects": (rows) => rows,
  "a generator": (rows) => rows.values(),
  "an async generator": slowly,
  "a stream of objects": (rows) => ReadableStream.from(rows),
  "a generator of arrays": (rows) => rows.map(Object.values).values(),
  columns: columnsOf,
  "typed columns": (rows) => ({ id: Int32Array.from(rows, ({ id }) => id), ...columnsOf(rows) }),
  "an Arrow table": (rows) => tableFromArrays(columnsOf(rows)),
};

async function exported(config) {
  const job = exportTable({ destination: memory, format: "csv", ...config });
  await job.finished;
  return job.files[0];
}

const ranges = [
  { end: 5 },
  { start: 9_999, end: 10_001 },
  { start: 12_345, end: 20_000 },
  { start: 24_990 },
  { start: 24_000, end: 10 ** 9 },
  { start: COUNT + 1, end: COUNT + 2 },
];
for (const [what, make] of Object.entries(sources)) {
  for (const worker of [false, true]) {
    test(`rows of ${what}${worker ? ", in a worker" : ""}`, async () => {
      for (const format of ["csv", "parquet"]) {
        for (const rows of ranges) {
          const schema = { column0: "int32", column1: "string", column2: "float64" };
          const config = { format, worker, ...(what.endsWith("arrays") ? { schema } : {}) };
          const part = await exported({ ...config, source: make(TABLE), rows });
          // An Arrow table of no rows would have other types.
          const wanted = TABLE.slice(rows.start ?? 0, rows.end);
          assert.equal(part.rows, wanted.length);
          if (wanted.length === 0) continue;
          const alone = await exported({ ...config, source: make(wanted) });
          assert.ok(Buffer.from(part.bytes).equals(alone.bytes), `${format} ${JSON.stringify(rows)}`);
        }
      }
    });
  }
}

/** Rows without end, and what was asked of them. */
function endless() {
  const calls = { next: 0, return: [] };
  const rows = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: { a: calls.next++ } }),
      return: async (...args) => {
        calls.return.push(args);
        return { done: true };
      },
    }),
  };
  return { rows, calls };
}

for (const worker of [false, true]) {
  const where = worker ? ", in a worker" : "";

  test(`an iterator is asked for no row behind the range but the first 10,000, and returned once${where}`, async () => {
    for (const [end, asked] of [
      [3, 10_000],
      [10_000, 10_000],
      [15_000, 15_000],
      [33_333, 33_333],
    ]) {
      const { rows: source, calls } = endless();
      const { rows } = await exported({ source, rows: { end }, worker });
      assert.equal(rows, end);
      assert.deepEqual(calls, { next: asked, return: [[]] });
    }
  });

  test(`a source is let go where the range ends, and not again where the export fails later${where}`, async () => {
    const reasons = [];
    const cause = new Error("the disk is full");
    let closed;
    const isClosed = new Promise((resolve) => {
      closed = resolve;
    });
    const source = new ReadableStream({
      pull: (stream) => stream.enqueue({ a: 1 }),
      cancel(reason) {
        reasons.push(reason);
        closed();
      },
    });
    const destination = {
      type: "stream",
      // Nothing is stored before the source is closed.
      open: () => new WritableStream({ write: () => isClosed.then(() => Promise.reject(cause)) }),
    };
    const job = exportTable({ source, rows: { end: 100 }, format: "csv", destination, worker });
    const error = await job.finished.catch((error) => error);
    assert.deepEqual([error.code, error.cause], ["sink/failed", cause]);
    assert.deepEqual(reasons, [undefined]);
  });
}

test("a source that ends by itself is let go without a word", async () => {
  let cleaned = 0;
  function* rows() {
    try {
      yield { a: 1 };
    } finally {
      cleaned++;
    }
  }
  await exported({ source: rows(), rows: { end: 5 } });
  assert.equal(cleaned, 1);
});

test("neighbouring columns of a Parquet file are read together, and others are not read", async () => {
  const { bytes } = await exported({ source: TABLE, format: "parquet" });
  const asked = [];
  const read = async (start, end) => {
    asked.push([start, end]);
    return bytes.slice(start, end);
  };
  const readBy = async (config) => {
    asked.length = 0;
    const source = { size: bytes.length, read };
    const [part, whole] = await Promise.all([
      exported({ source, ...config }),
      exported({ source: TABLE, ...config }),
    ]);
    assert.ok(Buffer.from(part.bytes).equals(whole.bytes));
    // The first two are of the beginning, where the format is looked for, and of the footer.
    return asked.slice(2);
  };
  assert.equal((await readBy({})).length, 1);
  assert.equal((await readBy({ selectors: ["id", "half"] })).length, 2);
});
