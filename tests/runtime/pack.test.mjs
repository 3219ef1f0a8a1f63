import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { observe } from "../../pkg/pack/observe.js";
import { ColumnPacker } from "../../pkg/pack/pack.js";
import { parseType } from "../../pkg/pack/type.js";

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
