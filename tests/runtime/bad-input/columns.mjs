import assert from "node:assert/strict";
import { test } from "node:test";
import { exported, FORMATS, readParquet, refused } from "./exports.mjs";
import { CANARY } from "./leaks.mjs";

const detach = (view) => {
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
};

for (const format of FORMATS) {
  test(`${format}: columns of unequal length`, async () => {
    const place = { row: 2, column: "b" };
    await refused({ source: { a: [1, 2, 3], b: [1, 2] }, format }, "source/ragged-row", place);
    await refused({ source: { a: [1, 2], b: [1, 2, CANARY] }, format }, "source/ragged-row", place);
    await refused({ source: { a: [1, 2], b: new Float64Array(0) }, format }, "source/ragged-row", {
      row: 0,
      column: "b",
    });
  });

  test(`${format}: a column whose buffer is detached, the only one or one of several`, async () => {
    const place = { row: 0, column: "b" };
    const one = { b: detach(new Float64Array(3)) };
    const error = await refused({ source: one, format }, "source/read-failed", place);
    assert.ok(error.cause instanceof TypeError);
    await refused(
      { source: { a: [1, 2, 3], b: detach(new Int32Array(3)) }, format },
      "source/read-failed",
      place,
    );
  });

  test(`${format}: columns without values`, async () => {
    const { bytes, text, file } = await exported({ source: { a: [], b: new Int32Array(0) }, format });
    assert.deepEqual(file.schema, [
      { name: "a", type: "null" },
      { name: "b", type: "int32" },
    ]);
    if (format === "parquet") assert.deepEqual(await readParquet(bytes), { names: ["a", "b"], rows: [] });
    else assert.equal(text, format === "csv" ? "a,b\n" : "");
  });

  test(`${format}: columns of names that every object has`, async () => {
    const source = JSON.parse('{"__proto__": [1], "constructor": [2], "": [3]}');
    const { file } = await exported({ source, format });
    assert.deepEqual(
      file.schema.map(({ name }) => name),
      ["__proto__", "constructor", ""],
    );
  });

  test(`${format}: a column whose type changes in row 100,000`, () => {
    const a = Array.from({ length: 100_001 }, (_, i) => (i === 100_000 ? CANARY : i));
    return refused({ source: { a }, format }, "source/type-changed", { row: 100_000, column: "a" });
  });

  test(`${format}: a bad cell of a column`, () =>
    refused({ source: { a: [1, Symbol(CANARY)] }, format }, "source/unsupported-value", {
      row: 1,
      column: "a",
    }));

  test(`${format}: the name of a column with a lone surrogate`, () =>
    refused({ source: { "b\ud800": [1] }, format }, "source/invalid-text", { row: 0, column: "b\ufffd" }));

  test(`${format}: a selector that names no column`, () =>
    refused({ source: { a: [1] }, format, selectors: ["b"] }, "config/unknown-column", {
      field: "selectors[0]",
      column: "b",
    }));
}
