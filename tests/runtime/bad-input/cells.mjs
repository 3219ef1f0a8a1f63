import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { exported, FORMATS, readParquet, refused } from "./exports.mjs";
import { CANARY } from "./leaks.mjs";

/** Fills the place of a bad cell among good ones: the first row, one of the first, one far behind them. */
const ROWS = [0, 5, 12_345];

/** Rows of which row `at` is `bad`, and every other `good`. */
function* rows(at, bad, good) {
  for (let i = 0; i < at + 3; i++) yield i === at ? bad : good;
}

/** Checks that a cell is refused in each of those rows, in each format. */
function refusedCell(what, cell, code, { good = "fine", path = "", cause, only = FORMATS } = {}) {
  for (const format of only) {
    test(`${format}: a cell that is ${what}`, async () => {
      for (const row of ROWS) {
        const source = rows(row, { id: 1, a: cell }, { id: 1, a: good });
        await refused({ source, format }, code, { row, column: `a${path}` }, { cause });
      }
    });
  }
}

const cyclic = { name: CANARY };
cyclic.self = cyclic;
const cyclicList = [];
cyclicList.push(cyclicList);
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const thrown = new Error(CANARY);
const throwing = {
  get b() {
    throw thrown;
  },
};

const unsupported = "source/unsupported-value";
refusedCell("a function", () => CANARY, unsupported);
refusedCell("a class", class Secret {}, unsupported);
refusedCell("a Symbol", Symbol(CANARY), unsupported);
refusedCell("a Map with a Symbol", new Map([["a", Symbol(CANARY)]]), unsupported, {
  good: new Map([["a", 1]]),
  path: ".value",
});
refusedCell("a Map with a key that is null", new Map([[null, CANARY]]), unsupported, {
  good: new Map([["a", ""]]),
  path: ".key",
});
refusedCell("a Set", new Set([CANARY]), unsupported);
refusedCell("a RegExp", /x/, unsupported);
refusedCell("a URL", new URL(`https://host/?${CANARY}`), unsupported);
refusedCell("a Promise", Promise.resolve(CANARY), unsupported);
refusedCell("an Error", new Error(CANARY), unsupported);
refusedCell("a DataView", new DataView(new ArrayBuffer(8)), unsupported);
refusedCell("a boxed string", new String(CANARY), unsupported);
refusedCell("an invalid Date", new Date(Number.NaN), unsupported, { good: new Date(0) });
refusedCell("a BigInt of 65 bits", 2n ** 64n, unsupported, { good: 1n });
refusedCell("a BigInt below 64 bits", -(2n ** 63n) - 1n, unsupported, { good: 1n });
refusedCell("a Symbol in an object", { b: Symbol(CANARY) }, unsupported, { good: { b: 1 }, path: ".b" });
refusedCell("a function in a list", [1, () => CANARY], unsupported, { good: [1], path: "[]" });
refusedCell("an object that holds itself", cyclic, unsupported, {
  good: { name: "fine" },
  path: ".self",
});
refusedCell("a list that holds itself", cyclicList, unsupported, { good: [], path: "[]" });
refusedCell("a lone high surrogate", `${CANARY}\ud800`, "source/invalid-text");
refusedCell("a lone low surrogate", `\udc00${CANARY.repeat(10)}`, "source/invalid-text");
refusedCell("a long text with a lone surrogate", `${"é".repeat(70_000)}\ud83d`, "source/invalid-text");
refusedCell("a list with a lone surrogate", ["\ud800"], "source/invalid-text", { good: [""], path: "[]" });
refusedCell("an object with a lone surrogate", { b: "\ud800" }, "source/invalid-text", {
  good: { b: "" },
  path: ".b",
});
refusedCell("a getter that throws", throwing, "source/read-failed", {
  good: { b: 1 },
  path: ".b",
  cause: thrown,
});
for (const good of ["fine", 1, 0.5, true, null, new Date(0), new Uint8Array(1), ["fine"], { b: 1 }]) {
  const kind = good === null ? "null" : typeof good === "object" ? good.constructor.name : typeof good;
  refusedCell(`a revoked Proxy, where others are ${kind}`, revoked(), "source/read-failed", { good });
}
for (const ArrayType of [Uint8Array, Float64Array]) {
  const detached = new ArrayType(4);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  refusedCell(`a detached ${ArrayType.name}`, detached, "source/read-failed", { good: new ArrayType(4) });
}

for (const format of FORMATS) {
  test(`${format}: a row whose getter throws`, async () => {
    const bad = {
      id: 1,
      get a() {
        throw thrown;
      },
    };
    for (const row of ROWS) {
      const place = { row, column: "a" };
      await refused({ source: rows(row, bad, { id: 1, a: 1 }), format }, "source/read-failed", place, {
        cause: thrown,
      });
    }
  });

  test(`${format}: a row whose getter throws undefined`, async () => {
    const bad = {
      get a() {
        throw undefined;
      },
    };
    const error = await refused({ source: [bad], format }, "source/read-failed", { row: 0, column: "a" });
    assert.ok(Object.hasOwn(error, "cause"));
    assert.equal(error.cause, undefined);
  });

  test(`${format}: a row that is a revoked Proxy`, async () => {
    for (const row of ROWS) {
      const source = rows(row, revoked(), { id: 1, a: 1 });
      const error = await refused({ source, format }, "source/read-failed", { row });
      assert.ok(error.cause instanceof TypeError);
    }
  });

  test(`${format}: a row whose keys cannot be listed`, async () => {
    const ownKeys = () => {
      throw thrown;
    };
    const source = rows(7, new Proxy({ a: 1 }, { ownKeys }), { a: 1 });
    await refused({ source, format }, "source/read-failed", { row: 7 }, { cause: thrown });
  });

  test(`${format}: the name of a column with a lone surrogate`, () =>
    refused({ source: [{ a: 1, "b\ud800": 2 }], format }, "source/invalid-text", {
      row: 0,
      column: "b\ufffd",
    }));

  test(`${format}: the name of a nested field with a lone surrogate`, () =>
    refused({ source: [{ a: { "b\ud800": 2 } }], format }, "source/invalid-text", {
      row: 0,
      column: "a.b\ufffd",
    }));

  test(`${format}: NaN, -0 and the infinities`, async () => {
    const numbers = [
      Number.NaN,
      -0,
      0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      5e-324,
      1.7976931348623157e308,
    ];
    const { bytes, text } = await exported({ source: numbers.map((a) => ({ a })), format });
    if (format === "csv")
      assert.equal(text, "a\nNaN\n-0\n0\nInfinity\n-Infinity\n5e-324\n1.7976931348623157e+308\n");
    else if (format === "jsonl") {
      const texts = ['"NaN"', "-0", "0", '"Infinity"', '"-Infinity"', "5e-324", "1.7976931348623157e+308"];
      assert.equal(text, texts.map((number) => `{"a":${number}}\n`).join(""));
    } else {
      const { rows } = await readParquet(bytes);
      assert.ok(rows.every(([a], i) => Object.is(a, numbers[i])));
    }
  });

  test(`${format}: 64-bit integers to their ends`, async () => {
    const signed = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, 0n];
    const unsigned = [2n ** 64n - 1n, 2n ** 63n, 1n, 0n];
    const source = signed.map((a, i) => ({ a, b: unsigned[i] }));
    const { bytes, text } = await exported({ source, format });
    if (format === "csv") assert.equal(text, `a,b\n${source.map(({ a, b }) => `${a},${b}\n`).join("")}`);
    else if (format === "jsonl")
      assert.equal(text, source.map(({ a, b }) => `{"a":${a},"b":${b}}\n`).join(""));
    else assert.deepEqual((await readParquet(bytes)).rows, source.map(Object.values));
  });

  test(`${format}: Dates of the years 0 and 275760, and of every other that there is`, async () => {
    const texts = [
      "0000-01-01T00:00:00.000Z",
      "-000001-12-31T23:59:59.999Z",
      "+275760-09-13T00:00:00.000Z",
      "-271821-04-20T00:00:00.000Z",
      "9999-12-31T23:59:59.999Z",
      "+010000-01-01T00:00:00.000Z",
      "1969-12-31T23:59:59.999Z",
    ];
    const source = texts.map((text) => ({ a: new Date(text) }));
    const { bytes, text } = await exported({ source, format });
    if (format === "csv") assert.equal(text, `a\n${texts.map((text) => `${text}\n`).join("")}`);
    else if (format === "jsonl") assert.equal(text, texts.map((text) => `{"a":"${text}"}\n`).join(""));
    else assert.deepEqual((await readParquet(bytes)).rows, source.map(Object.values));
  });

  test(`${format}: a Date and an object of another realm`, async () => {
    const source = runInNewContext("[{ a: new Date(0), b: { c: [1] } }]");
    const { file } = await exported({ source, format });
    assert.deepEqual(
      file.schema.map(({ type }) => type),
      ["timestamp[ms, UTC]", "struct<c: list<int32>>"],
    );
  });

  test(`${format}: a cell of 50 MB`, async () => {
    const large = "0123456789".repeat(5_000_000);
    const source = [
      { id: 1, a: "before" },
      { id: 2, a: large },
      { id: 3, a: "behind" },
    ];
    const { bytes, text } = await exported({ source, format });
    if (format === "csv") assert.ok(text === `id,a\n1,before\n2,${large}\n3,behind\n`);
    else if (format === "jsonl") assert.ok(text === source.map((row) => `${JSON.stringify(row)}\n`).join(""));
    else {
      const { rows } = await readParquet(bytes);
      assert.ok(rows[1][1] === large);
      assert.deepEqual(
        [rows[0], rows[2]],
        [
          [1, "before"],
          [3, "behind"],
        ],
      );
    }
  });
}

test("jsonl: a number that JSON does not have, where that is to be an error", () =>
  refused(
    { source: [{ a: 1.5 }, { a: Number.NaN }], format: "jsonl", jsonl: { nonFinite: "error" } },
    "format/unsupported",
    {
      row: 1,
      column: "a",
    },
  ));

test("csv: a cell that a spreadsheet would run, where that is to be an error", () =>
  refused({ source: [{ a: "fine" }, { a: `=${CANARY}` }], csv: { formulas: "error" } }, "format/formula", {
    row: 1,
    column: "a",
  }));
