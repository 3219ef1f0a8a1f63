import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as arrow from "apache-arrow";
import { packArrow } from "../../pkg/pack/arrow.js";
import { Observer, observe } from "../../pkg/pack/observe.js";
import { ColumnPacker } from "../../pkg/pack/pack.js";
import { Oversize, sizeOfRows } from "../../pkg/pack/packer.js";
import { parseType } from "../../pkg/pack/type.js";
import { ArrayReader } from "../../pkg/sources/readers.js";
import { RowsSource } from "../../pkg/sources/rows.js";
import { ObjectShape } from "../../pkg/sources/shape.js";

/** Packs values as a type, by a core that widens nothing. */
function pack(values, type, options = {}) {
  const refuse = (column, row, seen) => {
    throw { refused: { column, row, seen } };
  };
  const packer = new ColumnPacker(0, { name: "c", type, nullable: true, ...options });
  return packer.pack(values, values.length, options.firstRow ?? 0, { widen: options.widen ?? refuse });
}

/** apache-arrow's vector over the packed buffers. */
function vectorOf(type, { length, validity, buffers, children }) {
  const copy = (buffer, ArrayType) => new ArrayType(Uint8Array.from(buffer).buffer);
  const nullBitmap = validity ?? undefined;
  const props = { type, length, nullBitmap, nullCount: validity ? -1 : 0 };
  if (type.children?.length) {
    const nested = children.map((child, i) => vectorOf(type.children[i].type, child).data[0]);
    if (arrow.DataType.isStruct(type))
      return new arrow.Vector([arrow.makeData({ ...props, children: nested })]);
    const valueOffsets = copy(buffers[0], Int32Array);
    return new arrow.Vector([arrow.makeData({ ...props, valueOffsets, child: nested[0] })]);
  }
  if (buffers.length === 2) {
    const valueOffsets = copy(buffers[0], Int32Array);
    return new arrow.Vector([arrow.makeData({ ...props, valueOffsets, data: Uint8Array.from(buffers[1]) })]);
  }
  return new arrow.Vector([arrow.makeData({ ...props, data: copy(buffers[0], type.ArrayType) })]);
}

/** Numbers that look random, the same every time. */
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

const { Field } = arrow;
const LETTERS = ["a", "Z", "0", " ", "é", "ß", "€", "漢", "😀", "\u0000", '"'];
const text = (n) => Array.from({ length: n % 50 }, (_, k) => LETTERS[(n + k * k) % LETTERS.length]).join("");
const list = new arrow.List(new Field("item", new arrow.Utf8(), true));
const struct = new arrow.Struct([new Field("x", new arrow.Int32(), true), new Field("odd name", list, true)]);
const types = {
  boolean: [new arrow.Bool(), (n) => n % 2 === 0],
  int32: [new arrow.Int32(), (n) => n | 0],
  int64: [new arrow.Int64(), (n) => BigInt.asIntN(64, BigInt(n) ** 2n * (n % 2 ? 1n : -1n))],
  uint64: [new arrow.Uint64(), (n) => BigInt.asUintN(64, BigInt(n) ** 2n)],
  float64: [new arrow.Float64(), (n) => [n / 7, -n * 1e300, 5e-324, -0, Infinity, -Infinity][n % 6]],
  string: [new arrow.Utf8(), text],
  binary: [new arrow.Binary(), (n) => Uint8Array.from({ length: n % 9 }, (_, k) => n >>> k)],
  "list<string>": [list, (n) => Array.from({ length: n % 5 }, (_, k) => (k === 3 ? null : text(n + k)))],
  'struct<x: int32, "odd name": list<string>>': [
    struct,
    (n) => ({ x: n % 3 ? n | 0 : null, "odd name": n % 4 ? [text(n)] : null }),
  ],
};

const plain = (value) => {
  if (value instanceof arrow.Vector) return Array.from(value, plain);
  if (value instanceof Uint8Array || value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, cell]) => [key, plain(cell)]));
};

for (const [type, [arrowType, cellOf]] of Object.entries(types)) {
  test(`${type}: apache-arrow reads what was packed`, () => {
    const random = numbers(type.length);
    for (const length of [0, 1, 7, 8, 9, 300]) {
      const values = Array.from({ length }, () => {
        const n = random.next().value >>> 3;
        return n % 6 === 5 ? [null, undefined][n % 2] : cellOf(n);
      });
      const vector = vectorOf(arrowType, pack(values, type));
      const read = Array.from({ length }, (_, i) => plain(vector.get(i)));
      assert.deepStrictEqual(
        read,
        values.map((value) => plain(value ?? null)),
      );
    }
  });
}

test("a packer that is used again leaves nothing of what it packed before", () => {
  for (const [type, [arrowType, cellOf]] of Object.entries(types)) {
    const packer = new ColumnPacker(0, { name: "c", type, nullable: true });
    const random = numbers(1);
    for (const length of [300, 20, 1500, 9]) {
      const values = Array.from({ length }, () => {
        const n = random.next().value >>> 3;
        return n % 3 === 2 ? null : cellOf(n);
      });
      const again = packer.pack(values, length, 0, {});
      assert.deepStrictEqual(again, pack(values, type), `${type}, ${length} rows`);
      const vector = vectorOf(arrowType, again);
      assert.deepStrictEqual(plain(vector), values.map(plain), `${type}, ${length} rows`);
    }
  }
});

test("64-bit integers from Numbers, at both ends of what is exact", () => {
  const values = [
    0,
    -1,
    1,
    2 ** 32,
    -(2 ** 32),
    2 ** 32 - 1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ];
  const vector = vectorOf(new arrow.Int64(), pack(values, "int64"));
  assert.deepEqual([...vector], values.map(BigInt));
});

test("dates as milliseconds, before 1970 and far from it", () => {
  const values = [new Date(0), new Date(-1), null, new Date(-8.64e15), new Date(8.64e15)];
  const { buffers, validity } = pack(values, "timestamp[ms, UTC]");
  const read = new BigInt64Array(Uint8Array.from(buffers[0]).buffer);
  assert.deepEqual([...read], [0n, -1n, 0n, -8_640_000_000_000_000n, 8_640_000_000_000_000n]);
  assert.deepEqual([...validity], [0b11111011]);
});

test("scalars as text", () => {
  const values = [true, -0, 1e21, 0.1, NaN, 10n ** 18n, "é", new Date(0), null];
  const vector = vectorOf(new arrow.Utf8(), pack(values, "string", { asText: true }));
  const texts = [
    "true",
    "-0",
    "1e21",
    "0.1",
    "NaN",
    "1000000000000000000",
    "é",
    "1970-01-01T00:00:00.000Z",
    null,
  ];
  assert.deepEqual([...vector], texts);
});

test("texts of every length and script", () => {
  const lengths = [0, 31, 32, 33, 1000, 65_536, 65_537, 200_000];
  for (const letter of ["a", "é", "漢", "😀"]) {
    const values = lengths.map((length) => letter.repeat(length));
    assert.deepEqual([...vectorOf(new arrow.Utf8(), pack(values, "string"))], values);
  }
});

test("a value that does not fit is shown to the core, by its row", () => {
  const refused = (values, type) => {
    try {
      pack(values, type, { firstRow: 100 });
    } catch ({ refused }) {
      return [refused.row, refused.seen.kinds.map(([kind]) => kind).join()];
    }
  };
  assert.deepEqual(refused([1, 2, 2 ** 31], "int32"), [102, "int53"]);
  assert.deepEqual(refused([1, -0], "int32"), [101, "float"]);
  assert.deepEqual(refused([1, 2 ** 53], "int64"), [101, "float"]);
  assert.deepEqual(refused([1n, 2n ** 63n], "int64"), [101, "uint64"]);
  assert.deepEqual(refused([1, -1], "uint64"), [101, "int32"]);
  assert.deepEqual(refused([0.5, 2n ** 60n], "float64"), [101, "int64"]);
  assert.deepEqual(refused([null, true], "null"), [101, "boolean"]);
  assert.deepEqual(refused(["a", 1], "string"), [101, "int32"]);
  assert.deepEqual(refused([[1], [], [2, 0.5]], "list<int32>"), [102, "list"]);
  assert.deepEqual(refused([{ a: 1 }, { a: 1, b: 2 }], "struct<a: int32>"), [101, "struct"]);
});

test("a column goes on as what the core widens it to", () => {
  const widened = [];
  const widen = (column, row, seen) => {
    widened.push([column, row, seen.kinds]);
    return { name: "c", type: "float64", nullable: true };
  };
  const packed = pack([1, 2, 0.5, null], "int32", { firstRow: 10, widen });
  assert.deepEqual([...vectorOf(new arrow.Float64(), packed)], [1, 2, 0.5, null]);
  assert.deepEqual(widened, [[0, 12, [["float", 12]]]]);
});

test("a lone surrogate is found wherever it is, by its row and the way to it", () => {
  for (const bad of ["\ud800", "x\udc00", `${"a".repeat(50)}\ud83d`, `${"a".repeat(70_000)}\ude00`]) {
    const error = { code: "source/invalid-text", row: 12, column: "c" };
    assert.throws(() => pack(["ok", "😀", bad], "string", { firstRow: 10 }), error);
  }
  const nested = [[], [{ t: "fine" }, { t: "\udfff" }]];
  assert.throws(() => pack(nested, "list<struct<t: string>>"), {
    code: "source/invalid-text",
    row: 1,
    column: "c[].t",
  });
});

test("texts that are encoded together are well-formed each by itself", () => {
  const halves = [`${"a".repeat(30)}\ud83d`, `\ude00${"b".repeat(30)}`];
  const error = { code: "source/invalid-text", row: 11, column: "c" };
  assert.throws(() => pack(["fine".repeat(20), ...halves], "string", { firstRow: 10 }), error);
});

test("what is not well-formed is found before a value further on that does not fit", () => {
  const error = { code: "source/invalid-text", row: 1, column: "c" };
  assert.throws(() => pack(["a", "\ud800", 1], "string"), error);
});

test("texts of mixed lengths and scripts, in one batch", () => {
  const random = numbers(7);
  const pieces = ["a", "é", "漢字", "😀", "plain ascii text, somewhat long"];
  const lengths = [0, 1, 3, 19, 20, 21, 200, 5000];
  const textOf = (n) => pieces[n % 5].repeat(lengths[(n >>> 5) % 8]);
  for (const isAscii of [true, false]) {
    const values = Array.from({ length: 400 }, () => {
      const n = random.next().value >>> 4;
      return n % 7 === 0 ? null : isAscii ? "x".repeat(n % 300) : textOf(n);
    });
    assert.deepEqual([...vectorOf(new arrow.Utf8(), pack(values, "string"))], values);
  }
});

test("a batch has a limit, and a single row may go over it", () => {
  const long = ["x".repeat(3_000_000), "y".repeat(3_000_000)];
  assert.throws(() => pack(long, "string"), Oversize);
  const packed = pack([long], "list<string>");
  assert.equal(packed.children[0].buffers[1].length, 6_000_000);
  assert.throws(() => pack([long, null], "list<string>"), Oversize);
  const items = new Int8Array(2_000_000);
  assert.equal(pack([items], "list<int32>").children[0].length, 2_000_000);
  assert.throws(() => pack([items, items], "list<int32>"), Oversize);
});

test("an Arrow batch has a limit, but for its dictionaries and for a single row", () => {
  const long = ["x".repeat(3_000_000), "y".repeat(3_000_000)];
  const texts = arrow.vectorFromArray(long, new arrow.Utf8()).data[0];
  assert.throws(() => packArrow(texts, 0, 2, "c"), Oversize);
  const lists = arrow.vectorFromArray([long], list).data[0];
  assert.equal(packArrow(lists, 0, 1, "c").children[0].buffers[1].length, 6_000_000);
  const keys = arrow.vectorFromArray(
    [...long, long[0]],
    new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()),
  );
  const packed = packArrow(keys.data[0], 0, 3, "c");
  assert.equal(packed.dictionary.buffers[1].length, 6_000_000);
  assert.equal(sizeOfRows(packed), 12);
});

test("kinds, with the first row of each", () => {
  const kindsOf = (value) => observe(value, 7).kinds.map(([kind]) => kind);
  const kinds = [
    [null, "null"],
    [undefined, "null"],
    [false, "boolean"],
    [-(2 ** 31), "int32"],
    [2 ** 31, "int53"],
    [2 ** 53, "float"],
    [-0, "float"],
    [NaN, "float"],
    [5n, "int53"],
    [2n ** 62n, "int64"],
    [2n ** 64n - 1n, "uint64"],
    [2n ** 64n, "big"],
    [-(2n ** 63n) - 1n, "big"],
    ["", "string"],
    [new Date(0), "date"],
    [new Uint8Array(1), "binary"],
    [new ArrayBuffer(1), "binary"],
    [[], "list"],
    [Float32Array.of(0.5), "list"],
    [{}, "struct"],
    [Object.create(null), "struct"],
    [new Map(), "map"],
  ];
  for (const [value, kind] of kinds) assert.deepEqual(kindsOf(value), [kind]);
  const seen = observe({ a: [1, -2n, null], b: { c: "x" } }, 7);
  assert.deepEqual(seen.fields[0][1].items.kinds, [
    ["int32", 7],
    ["int53", 7],
    ["null", 7],
  ]);
  assert.equal(seen.fields[0][1].items.negative, 7);
  assert.deepEqual(seen.fields[1][1].fields[0][1].kinds, [["string", 7]]);
});

test("what maps hold, with the first row of each", () => {
  const seen = observe(
    new Map([
      ["a", 1],
      [2, null],
    ]),
    7,
  );
  const [keys, values] = seen.entries;
  assert.deepEqual(keys.kinds, [
    ["string", 7],
    ["int32", 7],
  ]);
  assert.deepEqual(values.kinds, [
    ["int32", 7],
    ["null", 7],
  ]);
});

test("Maps and objects as maps, and what in them does not fit", () => {
  const cells = [new Map([[1, "a"]]), null, { 2: "b", 3: null }, new Map(), {}];
  const { buffers, validity, children } = pack(cells, "map<string, string>", { asText: true });
  assert.deepEqual([...new Int32Array(Uint8Array.from(buffers[0]).buffer)], [0, 1, 1, 3, 3, 3]);
  assert.deepEqual([...validity], [0b11111101]);
  const [keys, values] = children[0].children.map((child) => [...vectorOf(new arrow.Utf8(), child)]);
  assert.deepEqual(keys, ["1", "2", "3"]);
  assert.deepEqual(values, ["a", "b", null]);

  const refused = (cells, error) =>
    assert.throws(
      () => pack(cells, "map<string, int32>"),
      ({ refused, ...thrown }) => {
        assert.deepEqual(refused?.row ?? { ...thrown }, error);
        return true;
      },
    );
  refused([{}, { a: 1 }, { a: 1, b: "x" }], 2);
  refused([new Map(), new Map([[1, 1]])], 1);
  refused([{}, []], 1);
  const mine = new Error("mine");
  const throwing = new Map();
  throwing.get = () => assert.fail("not its own methods");
  const getter = {
    get a() {
      throw mine;
    },
  };
  assert.throws(() => pack([throwing, getter], "map<string, int32>"), {
    code: "source/read-failed",
    row: 1,
    column: "c",
  });
});

test("what no type stands for is refused, with the way to it", () => {
  class Opaque {
    #secret = 1;
    get secret() {
      return this.#secret;
    }
  }
  const cycle = [];
  cycle.push(cycle);
  const values = [Symbol("s"), () => {}, new Date(NaN), new Map([["a", Symbol("s")]]), new Set(), /x/];
  values.push(
    Object(1),
    Object("s"),
    new Opaque(),
    new DataView(new ArrayBuffer(1)),
    Promise.resolve(),
    cycle,
  );
  values.push({ toJSON: () => "text" }, new WeakMap(), new Error("x"), new URL("http://h/"));
  for (const value of values) {
    assert.throws(() => observe(value, 3), { code: "source/unsupported-value", index: 3 });
    assert.throws(
      () => observe({ a: [value] }, 3),
      ({ path }) => path.startsWith(".a[]"),
    );
  }
});

test("what a getter or a Proxy throws is the cause", () => {
  const mine = new RangeError("mine");
  const throwing = {
    get x() {
      throw mine;
    },
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.throws(
    () => observe(throwing, 4),
    ({ code, path, cause }) => {
      return code === "source/read-failed" && path === ".x" && cause.error === mine;
    },
  );
  assert.throws(
    () => observe([proxy], 4),
    ({ code, path, cause }) => {
      return code === "source/read-failed" && path === "[]" && cause.error instanceof TypeError;
    },
  );
  assert.throws(
    () => pack([{ x: 1 }, throwing], "struct<x: int32>"),
    ({ code, row, column, cause }) => {
      return code === "source/read-failed" && row === 1 && column === "c.x" && cause.error === mine;
    },
  );
});

test("type texts", () => {
  const names = ["a b", 'c"d', "e,f<g>"];
  const text = `struct<${names.map((name) => `${JSON.stringify(name)}: list<timestamp[ms, UTC]>`).join(", ")}, z: int32>`;
  const type = parseType(text);
  assert.deepEqual(type.names, [...names, "z"]);
  assert.deepEqual(
    type.children.map((child) => child.name),
    ["list", "list", "list", "int32"],
  );
  assert.equal(type.children[0].children[0].name, "timestamp");
  assert.deepEqual(parseType("struct<>").children, []);
});

/** Reads rows as the driver does, by a core that infers `types`; gives the values of each column, as text. */
async function readRows(rows, types, config = {}) {
  const columns = Object.fromEntries(Object.keys(types).map((name) => [name, []]));
  const arrowTypes = { int32: new arrow.Int32(), string: new arrow.Utf8(), null: new arrow.Null() };
  let isOver = false;
  const port = {
    config,
    rest: async () => {},
    infer: () => Object.entries(types).map(([name, type]) => ({ name, type, nullable: true })),
    packed(_, packed) {
      for (const [i, [name, type]] of Object.entries(types).entries())
        columns[name].push(...vectorOf(arrowTypes[type], packed[i]));
    },
    end() {
      isOver = true;
    },
  };
  const source = new RowsSource(new ArrayReader(rows), rows.length);
  while (!isOver) await source.pull(port);
  return columns;
}

test("keys may be missing or in another order", async () => {
  const some = [
    { a: 1, b: "x", c: 1 },
    { c: 2, a: 2 },
    { b: "y" },
    {},
    { c: 3, b: "z", a: 3 },
    { b: "w", c: 4 },
    { a: 5, c: 5 },
  ];
  // Enough for several batches.
  const rows = Array.from({ length: 3000 }, (_, i) => some[i % some.length]);
  const cellsOf = (name) => rows.map((row) => row[name] ?? null);
  const expected = { a: cellsOf("a"), b: cellsOf("b"), c: cellsOf("c") };
  const types = { a: "int32", b: "string", c: "int32" };
  class Row {}
  const forms = {
    plain: rows,
    "of a class": rows.map((row) => Object.assign(new Row(), row)),
    "without prototype": rows.map((row) => Object.assign(Object.create(null), row)),
    "of an odd prototype": rows.map((row) => Object.assign(Object.create({ inherited: 1 }), row)),
    proxies: rows.map((row) => new Proxy(row, {})),
  };
  for (const [form, rows] of Object.entries(forms))
    assert.deepEqual(await readRows(rows, types), expected, form);
});

test("what a row inherits is none of its cells", async () => {
  const heir = Object.assign(Object.create({ b: "inherited" }), { a: 2 });
  const expected = { a: [1, 2, 3], b: ["own", null, "own"] };
  assert.deepEqual(
    await readRows([{ a: 1, b: "own" }, heir, { a: 3, b: "own" }], { a: "int32", b: "string" }),
    expected,
  );
  const rows = [{ a: 1, b: "own" }, { a: 2 }, { a: 3, b: "own" }];
  Object.prototype.b = "everybody's";
  try {
    assert.deepEqual(await readRows(rows, { a: "int32", b: "string" }), expected);
  } finally {
    delete Object.prototype.b;
  }
  const named = [{ constructor: "x" }, {}, { toString: "y" }];
  assert.deepEqual(await readRows(named, { constructor: "string", toString: "string" }), {
    constructor: ["x", null, null],
    toString: [null, null, "y"],
  });
});

test("behind the first rows each cell is read once, however large", async () => {
  let reads = 0;
  const counting = {
    get text() {
      reads++;
      return "x".repeat(1_000_000);
    },
  };
  const rows = [
    ...Array.from({ length: 10_000 }, () => ({ text: null })),
    ...Array.from({ length: 20 }, () => counting),
  ];
  const { text } = await readRows(rows, { text: "string" });
  assert.equal(text.filter((value) => value?.length === 1_000_000).length, 20);
  assert.equal(reads, 20);
});

test("a column that was not selected is not read; one that was may come later", async () => {
  const row = {
    a: 1,
    get b() {
      throw new Error("read");
    },
  };
  const rows = [row, { c: 1, a: 2 }];
  assert.deepEqual(await readRows(rows, { a: "int32" }, { selectors: ["a"] }), { a: [1, 2] });
  const late = [...Array(10_000).fill({ a: 2 }), { a: 3, late: 4 }];
  const read = await readRows(late, { a: "int32", late: "int32" }, { selectors: ["a", "late"] });
  assert.deepEqual(read.late.slice(9_999), [null, 4]);
});

test("what the engine compiled for one export is still there for the next, though garbage was collected", async () => {
  setFlagsFromString("--allow-natives-syntax");
  setFlagsFromString("--expose-gc");
  const statusOf = new Function("f", "return %GetOptimizationStatus(f)");
  const isOptimized = (method) => (statusOf(method) & 16) !== 0;
  const hot = [ObjectShape.prototype.read, Observer.prototype.see];
  const rows = Array.from({ length: 20_000 }, (_, i) => ({ a: i, b: `b${i}` }));
  for (let run = 0; run < 50 && !hot.every(isOptimized); run++)
    await readRows(rows, { a: "int32", b: "string" });
  assert.ok(hot.every(isOptimized));
  await new Promise((resolve) => setTimeout(resolve));
  runInNewContext("gc")();
  assert.deepEqual(hot.map(isOptimized), [true, true]);
});
