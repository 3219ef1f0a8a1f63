// Every format from every source: the cases that Node, Chromium and workerd all run. This file is loaded by each of
// them, so it imports nothing; `env` brings what differs.

const COPIES = 200;

const BASE = [
  {
    flag: true,
    small: 1,
    big: 9007199254740993n,
    float: 0.1,
    text: "plain canary",
    at: new Date(1357034400123),
    bytes: Uint8Array.of(0, 255),
    tags: ["a", null, "ü"],
    point: { x: 1.5, y: 2 },
    scores: new Map([
      ["a", 1],
      ["b", null],
    ]),
    nothing: null,
  },
  {
    flag: false,
    small: -2147483648,
    big: -9223372036854775808n,
    float: -0,
    text: 'a "quote", comma',
    at: new Date(0),
    bytes: new Uint8Array(0),
    tags: [],
    point: { x: null, y: null },
    scores: new Map(),
    nothing: null,
  },
  {
    flag: null,
    small: null,
    big: null,
    float: null,
    text: null,
    at: null,
    bytes: null,
    tags: null,
    point: null,
    scores: null,
    nothing: null,
  },
  {
    flag: true,
    small: 2147483647,
    big: 9223372036854775807n,
    float: Number.NaN,
    text: "line\nbreak\r\n",
    at: new Date(-1),
    bytes: new TextEncoder().encode("abc"),
    tags: [""],
    point: { x: -0, y: null },
    scores: new Map([["é", -1]]),
    nothing: undefined,
  },
  {
    flag: false,
    small: 0,
    big: 0n,
    float: Number.POSITIVE_INFINITY,
    text: "",
    at: new Date(253402300799999),
    bytes: Uint8Array.of(128),
    tags: ['"', ","],
    point: { x: Number.NaN, y: 0 },
    scores: new Map([["", 0]]),
  },
  {
    flag: true,
    small: 7,
    big: -1n,
    float: -1e21,
    text: "😀 NULL",
    at: new Date(8.64e15),
    bytes: new TextEncoder().encode("0123456789"),
    tags: ["x"],
    point: { x: 1e300, y: -1 },
    scores: new Map([["c", 2]]),
    nothing: null,
  },
];

export const rows = Array.from({ length: COPIES * BASE.length }, (_, id) => ({
  id,
  ...BASE[id % BASE.length],
}));
const names = Object.keys(rows[0]);
const typeless = () => columnsOf(rows);

const typed = {
  int8: Int8Array.of(-128, 1, 127),
  int16: Int16Array.of(-32768, 1, 32767),
  int32: Int32Array.of(-2147483648, 1, 2147483647),
  int64: BigInt64Array.of(-9223372036854775808n, 1n, 9223372036854775807n),
  uint8: Uint8Array.of(0, 1, 255),
  uint16: Uint16Array.of(0, 1, 65535),
  uint32: Uint32Array.of(0, 1, 4294967295),
  uint64: BigUint64Array.of(0n, 1n, 18446744073709551615n),
  float32: Float32Array.of(0.5, -0, Number.NaN),
  float64: Float64Array.of(0.1, 5e-324, Number.NEGATIVE_INFINITY),
  text: ["a", null, ""],
};

const LONG = `${"9".repeat(73)}.125`;
const PARIS = "timestamp[ns, Europe/Paris]";

/** By column: the type that `schema` asks for, and what the cells of four rows are made of. */
const DECLARED = {
  int8: ["int8", [0, null, -128, 127n]],
  uint64: ["uint64", [0, null, 18446744073709551615n, 1]],
  float16: ["float16", [0.1, null, -0, Number.POSITIVE_INFINITY]],
  float32: ["float32", [0.1, null, 16777217, 1e-50]],
  decimal32: ["decimal32(7,2)", [1.5, null, "-99999.99", 7n]],
  decimal64: ["decimal64(18,1)", [0.1, null, 10n ** 16n, -1]],
  decimal: ["decimal(38,0)", [10n ** 37n, null, 1n - 10n ** 38n, 2 ** 53 - 1]],
  decimal256: ["decimal256(76,3)", [LONG, null, -(10n ** 70n), 0.125]],
  large_string: ["large_string", ["a", null, 1.5, true]],
  string_view: ["string_view", ["a text that is too long for the view", null, "", "é"]],
  large_binary: ["large_binary", ["YWI=", null, "", "/w=="]],
  binary_view: ["binary_view", [Uint8Array.of(97, 98), null, new ArrayBuffer(0), Uint8Array.of(255)]],
  fixed_binary: ["fixed_binary(4)", ["YWJjZA==", null, "AAECAw==", "d3h5eg=="]],
  date32: ["date32", [0, null, 15706, -1]],
  date64: ["date64", [new Date(0), null, new Date(86_400_000), new Date(-86_400_000)]],
  time_s: ["time32[s]", [0, null, 86_399, 1]],
  time_ms: ["time32[ms]", ["00:00", null, "23:59:59.999", "00:00:00.001"]],
  time_us: ["time64[us]", [0, null, 86_399_999_999, 1n]],
  time_ns: ["time64[ns]", [0n, null, 86_399_999_999_999n, 1n]],
  at_s: ["timestamp[s]", [0, null, 1_357_034_400, -1]],
  at_ms: ["timestamp[ms, UTC]", [0, null, 1_357_034_400_123, -1]],
  at_us: [
    "timestamp[us]",
    ["1970-01-01T00:00", null, "2013-01-01 10:00:00.000001", "1969-12-31T23:59:59.999999"],
  ],
  at_ns: [PARIS, [0n, null, 2n ** 63n - 1n, -1n]],
  duration_s: ["duration[s]", [1500, null, -1, 0]],
  duration_ms: ["duration[ms]", ["PT1.5S", null, "-PT0.001S", "PT0S"]],
  duration_us: ["duration[us]", [2n ** 63n - 1n, null, -1, 0]],
  duration_ns: ["duration[ns]", ["PT1M30S", null, "PT-0.000000001S", "P0D"]],
  large_list: ["large_list<int16>", [[1, null], null, [], Int16Array.of(3)]],
  fixed_list: ["fixed_list<float32, 3>", [[1, 0.5, null], null, new Float64Array(3), [1, 2, 3]]],
  prices: ["list<decimal(5,2)>", [["0.1", null], null, [], [999.99]]],
  ids: ["list<fixed_binary(2)>", [[Uint8Array.of(97, 98), null], null, [], [Uint8Array.of(99, 100)]]],
  map: ["map<string, int32>", [{ a: 1, b: null }, null, {}, new Map([["é", -1]])]],
  numbered: [
    "map<int32, list<string>>",
    [
      new Map([
        [1, ["x"]],
        [2n, null],
      ]),
      null,
      new Map(),
      new Map([[3, []]]),
    ],
  ],
  maps: ["map<string, map<string, float64>>", [{ a: { b: 1.5 } }, null, {}, { c: null, d: new Map() }]],
  dictionary: ["dictionary<int32, string>", ["red", null, "green", "blue"]],
  keyed: ["dictionary<uint32, int64>", [2 ** 40, null, -1, 7]],
  struct: [
    "struct<d: duration[ms], m: map<string, decimal(9,3)>>",
    [{ d: 1500, m: { x: 0.125 } }, null, {}, { d: -1n, m: {} }],
  ],
};

/** The months, days and rest of intervals, as each type takes them; the third row is less than nothing. */
const INTERVALS = {
  months: ["interval[year_month]", [14, null, -1, 0n]],
  days: [
    "interval[day_time]",
    [{ days: 3, milliseconds: 1500 }, null, { days: -2, milliseconds: -500n }, { milliseconds: 0 }],
  ],
  all: ["interval[month_day_nano]", ["P1Y2M3DT1.5S", null, "P-1M-2DT-0.5S", "PT0S"]],
};
const SPANS = { months: INTERVALS.months, days: INTERVALS.days };

/** The rows of such columns, in copies, behind one of row numbers. */
function rowsOf(columns, isWanted = () => true) {
  const row = (id) => ({
    id,
    ...Object.fromEntries(Object.entries(columns).map(([name, [, cells]]) => [name, cells[id % 4]])),
  });
  return Array.from({ length: COPIES * 4 }, (_, id) => row(id)).filter(isWanted);
}
const schemaOf = (columns) => ({
  id: "int32",
  ...Object.fromEntries(Object.entries(columns).map(([name, [type]]) => [name, type])),
});
const columnsOf = (rows) =>
  Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]));

const streamOf = (items) =>
  new ReadableStream({
    start(controller) {
      for (const item of items) controller.enqueue(item);
      controller.close();
    },
  });

function* chunks(bytes, size = 1000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function* slowly(items) {
  for (const item of items) yield await item;
}

/** Row arrays have no names: `schema` gives them, and their types. */
const SCHEMA = {
  id: "int32",
  flag: "boolean",
  small: "int32",
  big: "int64",
  float: "float64",
  text: "string",
  at: "timestamp[ms, UTC]",
  bytes: "binary",
  tags: "list<string>",
  point: "struct<x: float64, y: int32>",
  scores: "map<string, int32>",
  nothing: "null",
};
const arrays = () => rows.map((row) => names.map((name) => row[name]));

/** A file that can be read at any place. */
const inPlace = (bytes, name) => ({
  size: bytes.length,
  read: async (start, end) => bytes.slice(start, end),
  name,
});

/** By name: the table it holds (a file of fixtures.py), how it is made, and further config. */
const fromRows = {
  "array of objects": () => rows,
  generator: () => rows.values(),
  "async generator": () => slowly(rows),
  "ReadableStream of objects": () => streamOf(rows),
  "plain columns": typeless,
};
const fromRowArrays = {
  "array of arrays": arrays,
  "generator of arrays": () => arrays().values(),
  "ReadableStream of arrays": () => streamOf(arrays()),
};
const fromArrow = {
  "Arrow table": async ({ arrow, fixture }) => arrow.tableFromIPC(await fixture("every.arrows")),
  "Arrow record batches": async ({ arrow, fixture }) =>
    slowly(arrow.tableFromIPC(await fixture("every.arrows")).batches),
  "Arrow reader": async ({ arrow, fixture }) => arrow.RecordBatchReader.from(await fixture("every.arrows")),
  "Arrow stream bytes": ({ fixture }) => fixture("every.arrows"),
  "Arrow file bytes": ({ fixture }) => fixture("every.arrow"),
  "chunks of an Arrow stream": async ({ fixture }) => streamOf(chunks(await fixture("every.arrows"))),
  "Blob of an Arrow file": async ({ fixture }) => new Blob([await fixture("every.arrow")]),
  "Arrow file read in place": async ({ fixture }) => inPlace(await fixture("every.arrow")),
};
const fromCompressed = {
  "Arrow file of lz4": ({ fixture }) => fixture("every-lz4.arrow"),
  "Arrow file of zstd": ({ fixture }) => fixture("every-zstd.arrow"),
};
/** Dictionaries behind the rows, and dictionaries that grow from batch to batch. */
const fromCategories = {
  "Arrow file by polars": ({ fixture }) => fixture("polars.arrow"),
  "chunks of a file by polars": async ({ fixture }) => streamOf(chunks(await fixture("polars.arrow"), 100)),
  "URL of a file by polars": ({ url }) => url("polars.arrow"),
  "Arrow stream by polars": ({ fixture }) => fixture("polars.arrows"),
  "Arrow file by JavaScript": async ({ arrow, fixture }) =>
    arrow.tableToIPC(arrow.tableFromIPC(await fixture("categories.arrow")), "file"),
  "Response of a file by JavaScript": async ({ arrow, fixture }) =>
    new Response(arrow.tableToIPC(arrow.tableFromIPC(await fixture("categories.arrow")), "file")),
  "dictionaries that grow": async ({ fixture }) => new Blob([await fixture("grown.arrow")]),
  "chunks of dictionaries that grow": async ({ fixture }) => slowly(chunks(await fixture("grown.arrow"))),
};
const fromParquet = {
  "Blob of Parquet": async ({ fixture }) => new Blob([await fixture("every.parquet")]),
  "Parquet read in place": async ({ fixture }) => inPlace(await fixture("every.parquet")),
  "Parquet bytes": ({ fixture }) => fixture("every.parquet"),
  "URL of Parquet": ({ url }) => url("every.parquet"),
  "Parquet of deltas": ({ fixture }) => fixture("delta.parquet"),
  "Parquet of split bytes": ({ fixture }) => fixture("split.parquet"),
  "Parquet of pages of version 2": ({ fixture }) => fixture("pages.parquet"),
  "chunks of Parquet": async ({ fixture }) => slowly(chunks(await fixture("every.parquet"))),
};
/** Of the types that `every` lacks. */
const fromKinds = (name) => ({
  [`Arrow table of ${name}`]: async ({ arrow, fixture }) =>
    arrow.tableFromIPC(await fixture(`${name}.arrows`)),
  [`Arrow stream of ${name}`]: ({ fixture }) => fixture(`${name}.arrows`),
  [`Arrow file of ${name}`]: ({ fixture }) => fixture(`${name}.arrow`),
});
const fromKindsInParquet = { "Parquet of kinds": ({ fixture }) => fixture("kinds.parquet") };
const fromDeclared = {
  "objects under a schema": () => rowsOf(DECLARED),
  "arrays under a schema": () => rowsOf(DECLARED).map(Object.values),
  "columns under a schema": () => columnsOf(rowsOf(DECLARED)),
};
const fromText = (file) => ({
  [`${file} bytes`]: ({ fixture }) => fixture(file),
  [`File of ${file}`]: async ({ fixture }) => new File([await fixture(file)], file),
  [`${file} read in place`]: async ({ fixture }) => inPlace(await fixture(file), file),
  [`Response of ${file}`]: async ({ fixture }) => new Response(await fixture(file)),
  [`URL of ${file}`]: ({ url }) => url(file),
  [`single bytes of ${file}`]: async ({ fixture }) => streamOf(chunks(await fixture(file), 1)),
});

const groups = [
  { table: "rows", makes: fromRows },
  { table: "rows", makes: fromRowArrays, config: { schema: SCHEMA } },
  { table: "typed", makes: { "typed arrays": () => typed } },
  { table: "every", makes: { ...fromArrow, ...fromCompressed } },
  { table: "categories", makes: fromCategories },
  { table: "parquet", makes: fromParquet },
  { table: "kinds", makes: { ...fromKinds("kinds"), ...fromKindsInParquet } },
  { table: "views", makes: fromKinds("views") },
  { table: "dictionaries", makes: fromKinds("dictionaries") },
  { table: "declared", makes: fromDeclared, config: { schema: schemaOf(DECLARED) } },
  {
    table: "intervals",
    makes: { intervals: () => rowsOf(INTERVALS) },
    config: { schema: schemaOf(INTERVALS) },
    // Parquet has no intervals in nanoseconds, and none that are negative.
    formats: ["csv", "jsonl"],
  },
  {
    table: "spans",
    makes: { spans: () => rowsOf(SPANS, ({ id }) => id % 4 !== 2) },
    config: { schema: schemaOf(SPANS) },
    formats: ["parquet"],
    // The others read no intervals from Parquet.
    readers: ["duckdb"],
  },
  { table: "csv", makes: { ...fromText("lines.csv"), ...fromText("lines.csv.gz") } },
  { table: "jsonl", makes: fromText("lines.jsonl") },
];

export const outputs = [
  { format: "csv" },
  { format: "csv", compression: "gzip" },
  { format: "jsonl" },
  { format: "jsonl", compression: "gzip" },
  { format: "parquet" },
  {
    format: "parquet",
    parquet: { compression: "zstd", bloomFilters: true, rowGroupRows: 256, pageSize: 4096 },
  },
];

export const cases = groups.flatMap(({ table, makes, config, formats, readers }) =>
  Object.entries(makes).flatMap(([source, make]) =>
    outputs
      .filter(({ format }) => formats?.includes(format) ?? true)
      .map((output) => ({
        name: `${source} -> ${Object.values(output)
          .map((value) => value.compression ?? value)
          .join(" ")}`,
        table,
        readers,
        make,
        config: { ...config, ...output, fileName: "case" },
      })),
  ),
);

/**
 * Runs one case. Gives plain data: `{rows, schema, sha256}` and the bytes, or `{failed}`, the error as text.
 * @param {{exportTable: Function, arrow: object, fixture: (name: string) => Promise<Uint8Array>, url: (name: string) => URL}} env
 */
export async function runCase({ make, config }, env) {
  try {
    const source = await make(env);
    const job = env.exportTable({ ...config, source, destination: { type: "memory" } });
    await job.finished;
    const [{ bytes, rows, schema }] = job.files;
    return { rows, schema, sha256: await sha256(bytes), bytes };
  } catch (error) {
    return {
      failed: `${error.code ?? error.name}: ${error.message} ${JSON.stringify(error.place)} ${error.cause ?? ""}`,
    };
  }
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a runtime reports of all cases: by name, the hash of the file's bytes, or the failure. */
export async function report(env) {
  const results = {};
  for (const one of cases) {
    const { failed, sha256 } = await runCase(one, env);
    results[one.name] = failed ?? sha256;
  }
  return results;
}
