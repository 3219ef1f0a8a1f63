// What `schema` asks for and the values are not: refused by the row and the column, wherever they come.
import assert from "node:assert/strict";
import { test } from "node:test";
import { exported, refused } from "./exports.mjs";
import { CANARY } from "./leaks.mjs";

/** The place of a bad cell: the first row, one of the first, one behind those that decide on the packing. */
const ROWS = [0, 5, 12_345];
const convert = "config/cannot-convert";
const changed = "source/type-changed";

/** A type, a value that becomes it, and values that do not: each with the code, and the way to it in the cell. */
const cases = [
  [
    "decimal(38,0)",
    10n ** 37n,
    [10n ** 38n, changed],
    [0.5, changed],
    [NaN, changed],
    ["x", changed],
    [{}, convert],
  ],
  ["decimal(76,2)", -(10n ** 73n), [10n ** 74n, changed], [0.001, changed], [[], convert]],
  ["decimal32(3,1)", "99.9", [100, changed], ["0.01", changed], ["", changed]],
  ["float32", 0.1, [1e39, changed], [2n ** 53n + 1n, changed], [2n ** 64n, convert], [true, convert]],
  ["float16", 65504, [65520, changed], ["1e9", changed]],
  ["int8", 127n, [128, changed], [2n ** 64n, convert], [0.5, convert]],
  ["date32", 1, [2 ** 31, changed], [0.5, convert]],
  ["date32", "2013-01-01", ["2013-02-29", changed], [CANARY, changed]],
  ["date64", 86_400_000, [1, changed]],
  ["time32[s]", 86_399, [86_400, changed], [-1, changed], [new Date(0), convert]],
  ["time64[ns]", 0n, [86_400_000_000_000n, changed]],
  ["timestamp[ms]", 1, [0.5, convert], [2n ** 63n, changed]],
  ["duration[ns]", 2n ** 63n - 1n, [2n ** 63n, changed], [true, convert]],
  ["duration[ms]", "PT1S", ["P1M", changed], ["1", changed], ["PT0.0001S", changed]],
  ["interval[year_month]", 12, [2 ** 31, changed], [[], convert]],
  [
    "interval[day_time]",
    { days: 1 },
    [{ days: 2 ** 31 }, changed],
    [{ hours: 1 }, convert, ".hours"],
    [1, convert],
  ],
  ["interval[month_day_nano]", { months: 1 }, [{ days: 0.5 }, convert, ".days"]],
  ["interval[month_day_nano]", "P1M", ["PT1", changed], ["P", changed]],
  ["binary", "YWI=", ["YWI", changed], [1, convert]],
  ["fixed_binary(2)", Uint8Array.of(1, 2), [Uint8Array.of(1), changed], [1, convert]],
  [
    "fixed_list<int8, 2>",
    [1, 2],
    [[1], changed],
    [[1, 128], changed],
    [[1, 0.5], convert, "[]"],
    [1, convert],
  ],
  ["map<string, int8>", { a: 1 }, [{ b: 128 }, changed], [new Map([["b", "x"]]), changed], [[], convert]],
  ["map<int8, int8>", new Map([[1, 1]]), [new Map([[128, 1]]), changed], [{ x: 1 }, changed]],
  ["map<int8, list<int8>>", new Map(), [new Map([[1, [true]]]), convert, ".value[]"]],
  ["struct<a: int8>", { a: 1 }, [{ b: 1 }, convert, ".b"], [new Map([["a", 1]]), convert]],
  ["dictionary<int32, duration[s]>", 1, [0.5, convert]],
  ["list<boolean>", "[true]", ["[true", changed], ["[1]", changed], ["{}", changed]],
];

for (const [type, good, ...bad] of cases) {
  test(`cells that schema makes ${type} and that are none`, async () => {
    for (const [cell, code, path = ""] of bad) {
      for (const row of ROWS) {
        const source = Array.from({ length: row + 3 }, (_, i) => ({ c: i === row ? cell : good }));
        await refused({ source, schema: { c: type } }, code, { row, column: `c${path}` });
      }
    }
    const { file } = await exported({ source: [{ c: good }, { c: null }, {}], schema: { c: type } });
    assert.deepEqual(file.schema, [{ name: "c", type }]);
  });
}

test("kinds that share no text are told apart by the row of the second", async () => {
  const schema = { c: "duration[ms]" };
  await refused({ source: [{ c: 1 }, { c: "PT1S" }], schema }, changed, { row: 1, column: "c" });
  await refused({ source: [{ c: "PT1S" }, { c: 1 }], schema }, changed, { row: 1, column: "c" });
});

test("an integer beyond 64 bits under no schema, late", async () => {
  function* source() {
    for (let i = 0; i < 20_000; i++) yield { c: i === 15_000 ? [2n ** 64n] : [1n] };
  }
  await refused({ source: source() }, "source/unsupported-value", { row: 15_000, column: "c[]" });
});

test("keys of a dictionary that depend on batches", () =>
  refused({ source: [{ c: "a" }], schema: { c: "dictionary<int16, string>" } }, convert, {
    field: "schema.c",
    column: "c",
  }));
