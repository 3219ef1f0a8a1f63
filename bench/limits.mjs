import { EXPORTS } from "./measures/network.mjs";
import { times } from "./table.mjs";

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;
const mebibytes = (bytes) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;
const milliseconds = (value) => `${value.toFixed(1)} ms`;

const native = (format, work) => ({
  title: `wasm, against the same code native: ${format}`,
  bar: 1.9,
  after: 1.4,
  show: times,
  of: ({ native }) => native?.find((one) => one.work === work)?.ratio,
});

/** Our Parquet file of a table, against that of another: how many times as large. */
const parquetSize = (table, other, sizeOf) => ({
  title: `Parquet size of ${table}, against ${other}`,
  bar: 1,
  after: 0.95,
  show: (value) => value.toFixed(3),
  of(measured) {
    const found = measured.comparisons.find((one) => one.table === table && one.work === "rows-parquet");
    const theirs = found && sizeOf(measured, found);
    return theirs && sizeByPeer(found, "tableport") / theirs;
  },
});
const sizeByPeer = ({ peers }, name) => peers.find(({ peer }) => peer === name)?.size;
const MODULE = "tableport_wasm_bg.wasm";
const smallest = (modules) =>
  modules.length > 0 ? Math.min(...modules.map(([, { brotli }]) => brotli)) : undefined;
const tables = ["mixed", "flights", "flights-3m", "wide", "text"];

/**
 * What is not to be exceeded: `bar` is what must hold, `after` what we are after. `of` finds ours in what was measured;
 * it is undefined where that was not measured, or is not there. `isExpected` says which of the two it is.
 */
export const limits = [
  native("csv", "ipc-csv"),
  native("jsonl", "ipc-jsonl"),
  native("parquet", "ipc-parquet"),
  native("csv, gzip", "ipc-csv-gzip"),
  ...tables.map((table) => parquetSize(table, "pyarrow", (measured) => measured.pyarrow?.[table])),
  ...tables.map((table) =>
    parquetSize(table, "hyparquet-writer", (_, found) => sizeByPeer(found, "hyparquet-writer")),
  ),
  {
    title: "wasm module, brotli 11",
    bar: 450_000,
    after: 350_000,
    show: kilobytes,
    of: ({ modules }) => modules?.[MODULE]?.brotli,
  },
  {
    title: "wasm module of csv and jsonl alone, brotli 11",
    bar: 150_000,
    after: 90_000,
    show: kilobytes,
    isExpected: ({ modules }) => modules !== undefined,
    of: ({ modules = {} }) => smallest(Object.entries(modules).filter(([name]) => name !== MODULE)),
  },
  {
    title: "import and first byte in workerd",
    bar: 40,
    after: 20,
    show: milliseconds,
    of: ({ workerd }) => workerd?.milliseconds.median,
  },
  {
    title: "wasm memory at its peak, the longest table",
    bar: 64 * (1 << 20),
    after: 32 * (1 << 20),
    show: mebibytes,
    of: ({ growth }) => growth && Math.max(...growth.rows.map(({ wasmMemory }) => wasmMemory)),
  },
  {
    title: "longest pause of the page, rows to parquet",
    bar: 50,
    after: 16,
    show: milliseconds,
    of: ({ mainThread }) => mainThread?.pause.median,
  },
  ...Object.keys(EXPORTS).map((name) => ({
    title: `whole export at 50 MB/s / longer of encoding and sending: ${name}`,
    bar: 1.2,
    after: 1.1,
    show: times,
    of: ({ network }) => network?.find(({ title }) => title === name)?.ratio.median,
  })),
];
