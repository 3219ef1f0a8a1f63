import assert from "node:assert/strict";
import { before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { exported, exportTable, refused, refusedUnread } from "./exports.mjs";
import { CANARY } from "./leaks.mjs";

/** A file as each kind of source that can carry it. */
const carriers = {
  "a Blob": (bytes) => new Blob([bytes]),
  "a file read in place": (bytes) => ({
    size: bytes.length,
    read: async (...range) => bytes.slice(...range),
  }),
  bytes: (bytes) => Uint8Array.from(bytes),
  "a stream": (bytes) => new Blob([bytes]).stream(),
  "a Response": (bytes) => new Response(bytes),
  "an iterable of odd pieces": (bytes) =>
    (function* () {
      for (let i = 0; i < bytes.length; i += 777) yield Uint8Array.from(bytes.subarray(i, i + 777));
    })(),
};

/** Checks that a file is refused, however it comes. */
function refusedFile(what, make, code, place) {
  for (const [carrier, carry] of Object.entries(carriers)) {
    test(`${what}, as ${carrier}`, () =>
      refused({ source: carry(Buffer.from(make())), format: "jsonl" }, code, place));
  }
}

const lines = (count, line) => Array.from({ length: count }, (_, i) => line(i)).join("");
const corrupt = "source/corrupt";
const truncated = "source/truncated";

// csv.

refusedFile("csv: a short row", () => `a,b\n${lines(2000, (i) => `${i},x\n`)}7\n`, "source/ragged-row", {
  row: 2000,
});
refusedFile("csv: a long row", () => `a,b\n1,2\n3,4,${CANARY}\n`, "source/ragged-row", { row: 1 });
refusedFile("csv: a column twice", () => "a,b,a\n1,2,3\n", "source/duplicate-column", { column: "a" });
refusedFile("csv: a quote that is not closed", () => `a,b\n1,2\n3,"${CANARY}\n`, truncated, {
  row: 1,
  column: "b",
});
refusedFile("csv: text behind a closing quote", () => `a,b\n1,2\n"${CANARY}"x,4\n`, corrupt, {
  row: 1,
  column: "a",
});
refusedFile(
  "csv: bytes that are not UTF-8",
  () => Buffer.from("a,b\n1,x\n2,\xff\n", "latin1"),
  "source/invalid-text",
  {
    row: 1,
    column: "b",
  },
);
refusedFile(
  "csv: an integer becomes text in row 100,000",
  () => `id,a\n${lines(100_001, (i) => `${i},${i === 100_000 ? CANARY : i}\n`)}`,
  "source/type-changed",
  { row: 100_000, column: "a" },
);

// jsonl.

refusedFile("jsonl: a line that is cut off", () => `{"a":1}\n{"a":"${CANARY}`, truncated, { row: 1 });
refusedFile("jsonl: a line that is not JSON", () => `{"a":1}\n{a:${CANARY}}\n{"a":2}\n`, corrupt, { row: 1 });
refusedFile("jsonl: a line that is an array", () => '{"a":1}\n[1]\n', "source/not-a-row", { row: 1 });
refusedFile("jsonl: a key twice", () => '{"a":1,"a":2}\n', corrupt, { row: 0, column: "a" });
refusedFile("jsonl: a lone surrogate", () => '{"a":"x"}\n{"a":"\\ud800"}\n', "source/invalid-text", {
  row: 1,
  column: "a",
});
refusedFile(
  "jsonl: an integer becomes text in row 100,000",
  () => lines(100_001, (i) => `${JSON.stringify({ a: i === 100_000 ? CANARY : i })}\n`),
  "source/type-changed",
  { row: 100_000, column: "a" },
);

// parquet, arrow and gzip.

let parquet;
before(async () => {
  const source = Array.from({ length: 5000 }, (_, a) => ({ a, b: `${CANARY} ${a}` }));
  // Not by way of the store, which tests that have begun already are using.
  const job = exportTable({ source, format: "parquet", destination: { type: "memory" } });
  await job.finished;
  parquet = Buffer.from(job.files[0].bytes);
});
const changed = (bytes, at, value) => {
  const copy = Buffer.from(bytes);
  copy.fill(value, at, at + 8);
  return copy;
};

refusedFile("parquet: cut off", () => parquet.subarray(0, parquet.length - 20), truncated, {});
refusedFile("parquet: only its magic", () => parquet.subarray(0, 4), truncated, {});
refusedFile("parquet: a broken footer", () => changed(parquet, parquet.length - 60, 0xff), corrupt, {});
refusedFile(
  "parquet: a footer longer than the file",
  () => {
    const copy = Buffer.from(parquet);
    copy.writeUInt32LE(0x7fffffff, copy.length - 8);
    return copy;
  },
  corrupt,
  {},
);
refusedFile("parquet: a broken page", () => changed(parquet, 4, 0xff), corrupt, { column: "a" });

const arrow = () =>
  Buffer.from(tableToIPC(tableFromArrays({ a: Int32Array.from({ length: 500 }, (_, i) => i) }), "stream"));
const arrowFile = () =>
  Buffer.from(tableToIPC(tableFromArrays({ a: Int32Array.from({ length: 500 }, (_, i) => i) }), "file"));

refusedFile("arrow stream: cut off", () => arrow().subarray(0, arrow().length - 900), truncated, {});
refusedFile("arrow stream: a broken schema", () => changed(arrow(), 16, 0xff), corrupt, {});
refusedFile("arrow file: cut off", () => arrowFile().subarray(0, arrowFile().length - 900), truncated, {});

const gzip = () => gzipSync(`a,b\n${lines(20_000, (i) => `${i},${(i * 2654435761) % 4294967296}\n`)}`);
refusedFile("gzip: cut off", () => gzip().subarray(0, gzip().length - 100), truncated, {});
refusedFile("gzip: only its header", () => gzip().subarray(0, 10), truncated, {});
refusedFile("gzip: a broken block", () => changed(gzip(), 5000, 0xff), corrupt, {});
refusedFile("gzip: a wrong checksum", () => changed(gzip(), gzip().length - 8, 0), corrupt, {});

// What is no table.

refusedFile("bytes of no kind", () => Buffer.from([0, 1, 2, 3, 254, 255, 0, 0]), "source/invalid-text", {});
refusedFile("a zip archive", () => Buffer.from("PK\x03\x04 and more"), "source/unsupported", {});

// Zero rows.

for (const format of ["csv", "jsonl", "parquet"]) {
  test(`${format}: a csv file of a header alone`, async () => {
    const { file } = await exported({ source: new Blob(["a,b\n"]), format });
    assert.equal(file.rows, 0);
    assert.deepEqual(
      file.schema.map(({ name }) => name),
      ["a", "b"],
    );
  });
}

for (const carrier of ["a Blob", "a file read in place", "bytes", "a Response"]) {
  test(`an empty file, as ${carrier}`, () =>
    refused({ source: carriers[carrier](Buffer.alloc(0)) }, truncated, {}));
}

test("an empty file whose name says csv", () =>
  refused({ source: new File([], "empty.csv") }, truncated, {}));

// What a file that is read in place answers with.

const cause = new Error(CANARY);
const lies = {
  "it throws": [
    () => {
      throw cause;
    },
    "source/read-failed",
    { cause },
  ],
  "it rejects": [() => Promise.reject(cause), "source/read-failed", { cause }],
  "a byte too few": [(bytes, start, end) => bytes.slice(start, end - 1), truncated],
  "a byte too many": [
    (bytes, start, end) => Buffer.concat([bytes.slice(start, end), bytes.slice(0, 1)]),
    "source/read-failed",
  ],
  "no bytes": [() => CANARY, "source/unsupported"],
  nothing: [() => undefined, "source/unsupported"],
};
for (const [what, [answer, code, options]] of Object.entries(lies)) {
  for (const [format, make] of Object.entries({ csv: () => Buffer.from("a\n1\n"), parquet: () => parquet })) {
    test(`${format}, read in place: ${what}`, async () => {
      const source = { size: make().length, read: async (...range) => answer(make(), ...range) };
      await refused({ source }, code, {}, options);
    });
  }
}

for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 54]) {
  test(`a file read in place of ${size} bytes`, () =>
    refusedUnread({ source: { size, read: assert.fail } }, "config/invalid-value", { field: "source.size" }));
}

test("an object of a size in words is no file", () =>
  refused({ source: { size: "7", read: assert.fail } }, "source/unsupported", { field: "source" }));

test("columns that are called as a file's parts are", async () => {
  const { text } = await exported({ source: { size: [1], read: [2], name: ["a"] } });
  assert.equal(text, "size,read,name\n1,2,a\n");
});
