// Every format from every source: the cases that Node, Chromium and workerd all run. This file is loaded by each of
// them, so it imports nothing; `env` brings what differs.

const COPIES = 200;

const BASE = [
  {
    flag: true,
    small: 1,
    big: 9007199254740993n,
    float: 0.1,
    text: "plain",
    at: new Date(1357034400123),
    bytes: Uint8Array.of(0, 255),
    tags: ["a", null, "ü"],
    point: { x: 1.5, y: 2 },
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
    nothing: null,
  },
];

export const rows = Array.from({ length: COPIES * BASE.length }, (_, id) => ({
  id,
  ...BASE[id % BASE.length],
}));
const names = Object.keys(rows[0]);
const typeless = Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));

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
  nothing: "null",
};
const arrays = () => rows.map((row) => names.map((name) => row[name]));

/** By name: the table it holds (a file of fixtures.py), how it is made, and further config. */
const fromRows = {
  "array of objects": () => rows,
  generator: () => rows.values(),
  "async generator": () => slowly(rows),
  "ReadableStream of objects": () => streamOf(rows),
  "plain columns": () => typeless,
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
  "Parquet bytes": ({ fixture }) => fixture("every.parquet"),
  "URL of Parquet": ({ url }) => url("every.parquet"),
  "chunks of Parquet": async ({ fixture }) => slowly(chunks(await fixture("every.parquet"))),
};
const fromText = (file) => ({
  [`${file} bytes`]: ({ fixture }) => fixture(file),
  [`File of ${file}`]: async ({ fixture }) => new File([await fixture(file)], file),
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

export const cases = groups.flatMap(({ table, makes, config }) =>
  Object.entries(makes).flatMap(([source, make]) =>
    outputs.map((output) => ({
      name: `${source} -> ${Object.values(output)
        .map((value) => value.compression ?? value)
        .join(" ")}`,
      table,
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
