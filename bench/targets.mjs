/**
 * What we are to reach of the comparisons on the mixed table: how many times as fast as the rival. `bar` is what must
 * hold, `after` what we are after.
 */
export const targets = [
  { work: "rows-csv", rival: "handrolled-csv", bar: 5, after: 9 },
  { work: "rows-csv", rival: "papaparse", bar: 10, after: 18 },
  { work: "rows-jsonl", rival: "json-stringify", bar: 3.5, after: 6 },
  { work: "rows-parquet", rival: "hyparquet-writer", bar: 8, after: 12 },
  { work: "rows-parquet", rival: "parquet-wasm", bar: 10, after: 16 },
  { work: "arrow-parquet", rival: "parquet-wasm", bar: 1.3, after: 2 },
  { work: "arrow-parquet", rival: "hyparquet-writer", bar: 8, after: 15 },
  { work: "arrow-csv", rival: "duckdb-wasm", bar: 4, after: 6 },
  { work: "arrow-csv", rival: "handrolled-csv", bar: 8, after: 12 },
  { work: "csv-parquet", rival: "duckdb-wasm", bar: 1, after: 2 },
  { work: "arrow-csv-gzip", rival: "compression-stream", bar: 1.2, after: 2 },
];

/** The same of two cores against one. */
export const coresTarget = { bar: 1.5, after: 1.8 };
