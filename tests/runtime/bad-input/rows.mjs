import assert from "node:assert/strict";
import { test } from "node:test";
import { exported, FORMATS, readParquet, refused } from "./exports.mjs";
import { CANARY } from "./leaks.mjs";

/** Rows of one column, of which row `row` has this value. */
function* rowsWith(row, value, count = row + 10) {
  for (let i = 0; i < count; i++) yield { id: i, a: i === row ? value : i };
}

// Columns.

for (const format of FORMATS) {
  test(`${format}: a selector that names no column`, () =>
    refused({ source: [{ a: CANARY }], format, selectors: ["a", "b"] }, "config/unknown-column", {
      field: "selectors[1]",
      column: "b",
    }));

  test(`${format}: names that every object has are names of columns`, async () => {
    const names = ["__proto__", "constructor", "", "toString", "hasOwnProperty", "length", " ", "a.b", "a[]"];
    const pairs = names.map((name, i) => `${JSON.stringify(name)}: ${i}`);
    const rows = [JSON.parse(`{${pairs.join()}}`), {}, JSON.parse(`{${pairs[0]}}`)];
    const { bytes, text, file } = await exported({ source: rows, format });
    const numbers = [...names.keys()];
    assert.deepEqual(
      file.schema.map(({ name }) => name),
      names,
    );
    if (format === "csv") {
      const header = '__proto__,constructor,"",toString,hasOwnProperty,length," ",a.b,a[]';
      assert.equal(text, `${header}\n${numbers}\n,,,,,,,,\n0,,,,,,,,\n`);
    } else if (format === "jsonl") {
      const line = (cells) => `{${names.map((name, i) => `${JSON.stringify(name)}:${cells[i] ?? null}`)}}\n`;
      assert.equal(text, line(numbers) + line([]) + line([0]));
    } else {
      const read = await readParquet(bytes);
      assert.deepEqual(read.names, names);
      const nulls = names.map(() => null);
      assert.deepEqual(read.rows, [numbers, nulls, nulls.with(0, 0)]);
    }
  });

  test(`${format}: such names as selectors, in another order`, async () => {
    const rows = [JSON.parse('{"__proto__": 1, "constructor": 2, "": 3}')];
    const { file } = await exported({ source: rows, format, selectors: ["", "__proto__"] });
    assert.deepEqual(
      file.schema.map(({ name }) => name),
      ["", "__proto__"],
    );
  });

  test(`${format}: 5,000 columns`, async () => {
    const names = Array.from({ length: 5000 }, (_, i) => `c${i}`);
    const rows = Array.from({ length: 3 }, (_, row) =>
      Object.fromEntries(names.map((name, i) => [name, row * i])),
    );
    const { bytes, text } = await exported({ source: rows, format });
    const values = rows.map((row) => Object.values(row));
    if (format === "csv") assert.equal(text, `${[names, ...values].join("\n")}\n`);
    else if (format === "jsonl") assert.equal(text, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    else assert.deepEqual(await readParquet(bytes), { names, rows: values });
  });

  test(`${format}: no rows, and so no columns`, async () => {
    const empty = new ReadableStream({ start: (controller) => controller.close() });
    for (const source of [[], (function* () {})(), (async function* () {})(), empty]) {
      if (format === "parquet") {
        await refused({ source, format }, "format/unsupported", {});
        continue;
      }
      const { text, job, file } = await exported({ source, format });
      assert.deepEqual([file.rows, file.schema, job.toJSON().fileCount], [0, [], 1]);
      assert.equal(text, "");
    }
  });

  test(`${format}: no rows, of columns that schema names`, async () => {
    const { bytes, text } = await exported({ source: [], format, schema: { a: "int32", b: "string" } });
    if (format === "csv") assert.equal(text, "a,b\n");
    else if (format === "jsonl") assert.equal(text, "");
    else assert.deepEqual(await readParquet(bytes), { names: ["a", "b"], rows: [] });
  });
}

// Rows.

for (const [what, row] of [
  ["short", [1]],
  ["long", [1, 2, CANARY]],
  ["empty", []],
]) {
  test(`a row that is ${what}`, () =>
    refused({ source: [[1, 2], [3, 4], row] }, "source/ragged-row", { row: 2 }));

  test(`a row that is ${what}, behind the rows that decide the types`, () => {
    const source = Array.from({ length: 20_002 }, (_, i) => (i === 20_001 ? row : [i, i]));
    return refused({ source, format: "parquet" }, "source/ragged-row", { row: 20_001 });
  });
}

test("rows as wide as the schema, or else ragged", () =>
  refused({ source: [[1, 2]], schema: { a: "int32" } }, "source/ragged-row", { row: 0 }));

for (const row of [
  null,
  undefined,
  7,
  CANARY,
  true,
  1n,
  Symbol(CANARY),
  () => {},
  [1],
  new Date(),
  new Uint8Array(1),
]) {
  const name = row === null ? "null" : typeof row === "object" ? row.constructor.name : typeof row;
  test(`a row that is ${name}`, async () => {
    await refused({ source: [{ a: 1 }, row] }, "source/not-a-row", { row: 1 });
    const late = Array.from({ length: 12_000 }, () => ({ a: 1 }));
    await refused({ source: [...late, row] }, "source/not-a-row", { row: 12_000 });
  });
}

test("an object among arrays", () => refused({ source: [[1], { a: 1 }] }, "source/not-a-row", { row: 1 }));

test("a hole in an array of rows", () => {
  const source = [{ a: 1 }, { a: 2 }, { a: 3 }];
  delete source[1];
  return refused({ source }, "source/not-a-row", { row: 1 });
});

test("a column that the first rows did not have", () => {
  const source = Array.from({ length: 10_500 }, (_, i) => (i === 10_400 ? { a: 1, late: CANARY } : { a: 1 }));
  return refused({ source }, "source/new-column", { row: 10_400, column: "late" });
});

// Types that change.

for (const format of FORMATS) {
  test(`${format}: an integer becomes text in row 100,000`, () => {
    const source = [...rowsWith(100_000, CANARY)];
    return refused({ source, format }, "source/type-changed", { row: 100_000, column: "a" });
  });

  test(`${format}: text becomes an integer in row 100,000 of an iterator`, () => {
    function* source() {
      for (let i = 0; i < 100_010; i++) yield { a: i === 100_000 ? i : CANARY };
    }
    return refused({ source: source(), format }, "source/type-changed", { row: 100_000, column: "a" });
  });

  test(`${format}: a nested integer becomes text in row 100,000`, () => {
    const source = Array.from({ length: 100_001 }, (_, i) => ({ a: { b: [i === 100_000 ? CANARY : i] } }));
    return refused({ source, format }, "source/type-changed", { row: 100_000, column: "a.b[]" });
  });
}

for (const value of [0.5, 2 ** 40, -0, Number.NaN, 1n << 60n]) {
  const text = Object.is(value, -0) ? "-0" : `${value}`;
  test(`csv: an integer column takes ${text} in row 100,000`, async () => {
    const { text: csv } = await exported({ source: rowsWith(100_000, value) });
    const lines = csv.split("\n");
    assert.equal(lines[100_001], `100000,${text}`);
    assert.equal(lines[100_000], "99999,99999");
    assert.equal(lines[100_002], "100001,100001");
  });

  test(`parquet: an integer column is fixed by row 100,000, where ${text} comes`, () =>
    refused({ source: rowsWith(100_000, value), format: "parquet" }, "source/type-changed", {
      row: 100_000,
      column: "a",
    }));
}

test("csv: a float and then an integer that no float holds", () => {
  const source = [{ a: 0.5 }, { a: 2n ** 53n + 1n }];
  return refused({ source }, "source/type-changed", { row: 1, column: "a" });
});

test("parquet: a column of nulls is fixed by row 100,000", () => {
  const source = Array.from({ length: 100_001 }, (_, i) => ({ a: i === 100_000 ? 1 : null }));
  return refused({ source, format: "parquet" }, "source/type-changed", { row: 100_000, column: "a" });
});

test("a schema's type that a value does not have", async () => {
  const config = { schema: { a: "int32" }, format: "parquet" };
  const place = { row: 100_000, column: "a" };
  await refused({ source: rowsWith(100_000, 0.5), ...config }, "config/cannot-convert", place);
  await refused({ source: rowsWith(100_000, 2 ** 31), ...config }, "source/type-changed", place);
  await refused({ source: rowsWith(100_000, CANARY), ...config }, "source/type-changed", place);
});

test("a first row whose getters throw", () => {
  const thrown = new Error(CANARY);
  const row = {
    get schema() {
      throw thrown;
    },
  };
  const place = { row: 0, column: "schema" };
  const checks = [[row], new Set([row])].map(
    (source) => () => refused({ source }, "source/read-failed", place, { cause: thrown }),
  );
  return checks[0]().then(checks[1]);
});
