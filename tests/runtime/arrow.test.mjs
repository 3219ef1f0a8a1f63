import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { exportTable } from "../../pkg/node.js";

const { Field } = arrow;
const ROWS = 23;
const DAY = 86_400_000;

/** Of each type: the column's type, the value of row i, and the text of row 1's cell in jsonl. */
const cases = {
  null: [new arrow.Null(), () => null, "null"],
  boolean: [new arrow.Bool(), (i) => i % 3 === 0, "false"],
  int8: [new arrow.Int8(), (i) => i - 10, "-9"],
  uint8: [new arrow.Uint8(), (i) => i, "1"],
  int16: [new arrow.Int16(), (i) => -i * 300, "-300"],
  uint16: [new arrow.Uint16(), (i) => i * 300, "300"],
  int32: [new arrow.Int32(), (i) => -i * 1e6, "-1000000"],
  uint32: [new arrow.Uint32(), (i) => i * 1e8, "100000000"],
  int64: [new arrow.Int64(), (i) => BigInt(i) * -(2n ** 55n), "-36028797018963968"],
  uint64: [new arrow.Uint64(), (i) => BigInt(i) * 2n ** 55n, "36028797018963968"],
  float16: [new arrow.Float16(), (i) => i / 4, "0.25"],
  float32: [new arrow.Float32(), (i) => i / 4, "0.25"],
  float64: [new arrow.Float64(), (i) => i / 3, "0.3333333333333333"],
  utf8: [new arrow.Utf8(), (i) => `é${"x".repeat(i % 17)}`, '"éx"'],
  largeUtf8: [new arrow.LargeUtf8(), (i) => `long ${i}`, '"long 1"'],
  binary: [new arrow.Binary(), (i) => Uint8Array.of(i, 1, 2).slice(0, i % 4), '"AQ=="'],
  largeBinary: [new arrow.LargeBinary(), (i) => Uint8Array.of(i), '"AQ=="'],
  fixedSizeBinary: [new arrow.FixedSizeBinary(3), (i) => Uint8Array.of(i, 1, 2), '"AQEC"'],
  dateDay: [new arrow.DateDay(), (i) => new Date(i * 100 * DAY), '"1970-04-11"'],
  dateMillisecond: [new arrow.DateMillisecond(), (i) => new Date(i * 100 * DAY), '"1970-04-11"'],
  timeSecond: [new arrow.TimeSecond(), (i) => i * 100, '"00:01:40"'],
  timeMillisecond: [new arrow.TimeMillisecond(), (i) => i * 100, '"00:00:00.100"'],
  timeMicrosecond: [new arrow.TimeMicrosecond(), (i) => BigInt(i * 100), '"00:00:00.000100"'],
  timeNanosecond: [new arrow.TimeNanosecond(), (i) => BigInt(i * 100), '"00:00:00.000000100"'],
  timestampSecond: [new arrow.TimestampSecond("UTC"), (i) => i * 1e5, '"1970-01-01T00:01:40Z"'],
  timestampMillisecond: [new arrow.TimestampMillisecond(), (i) => i * 1e9, '"1970-01-12T13:46:40.000"'],
  timestampMicrosecond: [
    new arrow.TimestampMicrosecond("Europe/Berlin"),
    (i) => i * 1e9,
    '"1970-01-12T13:46:40.000000Z"',
  ],
  timestampNanosecond: [new arrow.TimestampNanosecond(), (i) => i * 1e9, '"1970-01-12T13:46:40.000000000"'],
  duration: [new arrow.DurationMillisecond(), (i) => BigInt(i * 1500), '"PT1.500S"'],
  decimal128: [new arrow.Decimal(2, 20, 128), (i) => Uint32Array.of(i * 1000, 0, 0, 0), "10.00"],
  decimal256: [
    new arrow.Decimal(3, 60, 256),
    (i) => Uint32Array.of(i * 1000, 1, 0, 0, 0, 0, 0, 0),
    "4294968.296",
  ],
  list: [
    new arrow.List(new Field("item", new arrow.Int32(), true)),
    (i) => Array.from({ length: i % 4 }, (_, k) => i * 10 + k),
    "[10]",
  ],
  listOfText: [
    new arrow.List(new Field("item", new arrow.Utf8(), true)),
    (i) => Array.from({ length: i % 3 }, (_, k) => `item ${i}.${k}`),
    '["item 1.0"]',
  ],
  listOfStructs: [
    new arrow.List(new Field("item", new arrow.Struct([new Field("q", new arrow.Utf8(), true)]), true)),
    (i) => Array.from({ length: i % 3 }, (_, k) => ({ q: `q${i}${k}` })),
    '[{"q":"q10"}]',
  ],
  fixedSizeList: [
    new arrow.FixedSizeList(2, new Field("item", new arrow.Int16(), true)),
    (i) => [i, i + 1],
    "[1,2]",
  ],
  struct: [
    new arrow.Struct([
      new Field("a", new arrow.Int32(), true),
      new Field('an "odd" name', new arrow.Bool(), true),
    ]),
    (i) => ({ a: i, 'an "odd" name': i % 2 === 0 }),
    '{"a":1,"an \\"odd\\" name":false}',
  ],
  map: [
    new arrow.Map_(
      new Field(
        "entries",
        new arrow.Struct([
          new Field("key", new arrow.Utf8(), false),
          new Field("value", new arrow.Int32(), true),
        ]),
        false,
      ),
    ),
    (i) =>
      new Map(
        [
          [`k${i}`, i],
          ["z", 0],
        ].slice(0, i % 3),
      ),
    '{"k1":1}',
  ],
  dictionary: [new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()), (i) => `d${i % 5}`, '"d1"'],
};

async function jsonl(source, config = {}) {
  const job = exportTable({ ...config, source, format: "jsonl", destination: { type: "memory" } });
  await job.finished;
  return new TextDecoder().decode(job.files[0].bytes).trimEnd().split("\n");
}

for (const [name, [type, cellOf, text]] of Object.entries(cases)) {
  test(`${name}: whole, in slices and in several batches`, async () => {
    const values = Array.from({ length: ROWS }, (_, i) => (i % 7 === 3 ? null : cellOf(i)));
    const table = new arrow.Table({ c: arrow.vectorFromArray(values, type) });
    const whole = await jsonl(table);
    assert.equal(whole.length, ROWS);
    assert.equal(whole[1], `{"c":${text}}`);
    assert.equal(whole[3], '{"c":null}');
    for (const [from, to] of [
      [0, 5],
      [3, 20],
      [8, 16],
      [9, 23],
      [22, 23],
    ]) {
      assert.deepEqual(await jsonl(table.slice(from, to)), whole.slice(from, to), `rows ${from} to ${to}`);
    }
    assert.deepEqual(await jsonl(table.slice(0, 7).concat(table.slice(7))), whole);
  });
}

test("views, those within and those beside, and slices of them", async () => {
  const texts = [
    "short",
    "a text that is too long for the view",
    "",
    "another text that is too long",
    "exactly 12 b",
  ];
  const bytes = texts.map((text) => new TextEncoder().encode(text));
  const views = new Uint8Array(16 * texts.length);
  const view = new DataView(views.buffer);
  const pool = [];
  bytes.forEach((cell, i) => {
    view.setInt32(16 * i, cell.length, true);
    if (cell.length <= 12) {
      views.set(cell, 16 * i + 4);
    } else {
      view.setInt32(16 * i + 12, pool.length, true);
      pool.push(...cell);
    }
  });
  const data = arrow.makeData({
    type: new arrow.Utf8View(),
    length: texts.length,
    nullCount: 0,
    views,
    variadicBuffers: [Uint8Array.from(pool)],
  });
  const tableOf = (data) => new arrow.Table({ c: new arrow.Vector([data]) });
  const table = tableOf(data);
  const expected = texts.map((text) => JSON.stringify({ c: text }));
  assert.deepEqual(await jsonl(table), expected);
  assert.deepEqual(await jsonl(table.slice(1, 4)), expected.slice(1, 4));

  // What a null's view holds is no matter, but another must point to a buffer.
  view.setInt32(16 * 1 + 8, 7, true);
  await assert.rejects(jsonl(table), { code: "source/corrupt", place: { column: "c" } });
  const nullBitmap = Uint8Array.of(0b11101);
  const { type, length, variadicBuffers } = data;
  const withNull = arrow.makeData({ type, length, nullCount: 1, nullBitmap, views, variadicBuffers });
  assert.deepEqual(await jsonl(tableOf(withNull)), expected.with(1, '{"c":null}'));
  assert.deepEqual(await jsonl(tableOf(withNull).slice(1, 3)), ['{"c":null}', expected[2]]);
});

test("a dictionary that came in pieces", async () => {
  const pieces = [["a", "é"], ["ccc", null], ["dd"]].map((values) =>
    arrow.vectorFromArray(values, new arrow.Utf8()),
  );
  const dictionary = pieces[0].concat(pieces[1], pieces[2]);
  assert.equal(dictionary.data.length, 3);
  const data = arrow.makeData({
    type: new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
    length: 5,
    nullCount: 0,
    data: Int8Array.of(2, 0, 1, 3, 4),
    dictionary,
  });
  const lines = await jsonl(new arrow.Table({ c: new arrow.Vector([data]) }));
  assert.deepEqual(lines, ['{"c":"ccc"}', '{"c":"a"}', '{"c":"é"}', '{"c":null}', '{"c":"dd"}']);
});

test("tables, batches and readers of either kind, in the order of selectors", async () => {
  const table = arrow.tableFromArrays({ i: Int32Array.of(1, 2, 3), s: ["a", "b", "a"] });
  const bytes = arrow.tableToIPC(table);
  const sources = {
    table,
    batch: table.batches[0],
    batches: table.batches,
    reader: arrow.RecordBatchReader.from(bytes),
    asyncReader: await arrow.RecordBatchReader.from(
      (async function* () {
        yield bytes;
      })(),
    ),
    generator: (async function* () {
      yield* table.batches;
    })(),
    ipc: bytes,
  };
  for (const [name, source] of Object.entries(sources)) {
    const lines = await jsonl(source, { selectors: ["s", "i"] });
    assert.deepEqual(lines, ['{"s":"a","i":1}', '{"s":"b","i":2}', '{"s":"a","i":3}'], name);
  }
});

test("a batch longer than one that crosses comes whole, in every layout", async () => {
  for (const name of ["boolean", "int64", "utf8", "listOfStructs", "fixedSizeList", "struct", "dictionary"]) {
    const [type, cellOf] = cases[name];
    const values = Array.from({ length: 5000 }, (_, i) => (i % 7 === 3 ? null : cellOf(i % 1000)));
    const table = new arrow.Table({ c: arrow.vectorFromArray(values, type) });
    assert.equal(table.batches.length, 1);
    const whole = await jsonl(table);
    // Slices as short as these cross in one piece.
    for (let from = 0; from < values.length; from += 1000) {
      assert.deepEqual(await jsonl(table.slice(from, from + 1000)), whole.slice(from, from + 1000), name);
    }
  }
});

test("a table without rows has its columns, and another schema midway is refused", async () => {
  const empty = arrow.tableFromArrays({ i: new Int32Array(0) });
  const job = exportTable({ source: empty, format: "csv", destination: { type: "memory" } });
  await job.finished;
  assert.equal(new TextDecoder().decode(job.files[0].bytes), "i\n");

  const other = arrow.tableFromArrays({ i: Float64Array.of(1.5) });
  const first = arrow.tableFromArrays({ i: Int32Array.of(1, 2) });
  await assert.rejects(jsonl([...first.batches, ...other.batches]), {
    code: "source/type-changed",
    place: { row: 2, column: "i" },
  });
});

test("a union is refused by its column", async () => {
  const type = new arrow.SparseUnion([0], [new Field("a", new arrow.Int32(), true)]);
  const child = arrow.vectorFromArray([1], new arrow.Int32()).data[0];
  const data = arrow.makeData({ type, length: 1, typeIds: Int8Array.of(0), children: [child] });
  await assert.rejects(jsonl(new arrow.Table({ u: new arrow.Vector([data]) })), {
    code: "source/unsupported",
    place: { column: "u" },
  });
});
