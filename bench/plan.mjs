/** Who does which work; `tableport` does all. */
export const rivals = {
  "rows-csv": ["handrolled-csv", "papaparse", "d3-dsv", "csv-stringify"],
  "rows-jsonl": ["json-stringify"],
  "rows-parquet": ["hyparquet-writer", "parquet-wasm"],
  "arrow-csv": ["duckdb-wasm", "handrolled-csv", "arquero"],
  "arrow-parquet": ["parquet-wasm", "hyparquet-writer"],
  "arrow-csv-gzip": ["compression-stream"],
  "csv-parquet": ["duckdb-wasm", "hyparquet-writer"],
};

/** What each work is called in what is printed. */
export const titles = {
  "rows-csv": "rows to csv",
  "rows-jsonl": "rows to jsonl",
  "rows-parquet": "rows to parquet, snappy",
  "arrow-csv": "Arrow to csv",
  "arrow-parquet": "Arrow to parquet, snappy",
  "arrow-csv-gzip": "Arrow to csv, gzip level 6",
  "csv-parquet": "csv file to parquet, snappy",
};

export const names = {
  tableport: "tableport",
  "tableport-worker": "tableport, worker",
  "handrolled-csv": "hand-rolled loop",
  papaparse: "PapaParse",
  "d3-dsv": "d3-dsv",
  "csv-stringify": "csv-stringify",
  "json-stringify": "JSON.stringify loop",
  "hyparquet-writer": "hyparquet-writer",
  "parquet-wasm": "apache-arrow + parquet-wasm",
  "duckdb-wasm": "DuckDB-WASM",
  arquero: "arquero",
  "compression-stream": "CompressionStream",
};

/** The real tables and the odd ones meet the first rival of each of these. */
const elsewhere = ["rows-csv", "rows-jsonl", "rows-parquet", "arrow-parquet"];

/** Chromium gets part of the table, or a whole run would take half an hour. */
const shares = { node: 1, chromium: 0.4 };

/** Ours: of rows in Node, also with the option to pack them here while a thread encodes, as pages do by default. */
const oursOf = (runtime, work) =>
  runtime === "node" && work.startsWith("rows-") ? ["tableport", "tableport-worker"] : ["tableport"];

/**
 * Every comparison of a whole run, in its order: `{runtime, table, rows, work, ours, rivals}`. Where we are a rival, that
 * tells how far two runs of the same code are apart.
 */
export function comparisons(tables, scale = 1) {
  const rowsOf = (table) => Math.max(1000, Math.round(tables[table].rows * scale));
  const of = (runtime, table, work, peers, share = 1) => ({
    runtime,
    table,
    rows: Math.round(rowsOf(table) * share),
    work,
    ours: oursOf(runtime, work),
    rivals: peers,
  });
  const list = [];
  for (const runtime of Object.keys(shares))
    for (const [work, peers] of Object.entries(rivals))
      list.push(of(runtime, "mixed", work, ["tableport", ...peers], shares[runtime]));
  for (const table of Object.keys(tables))
    if (table !== "mixed")
      for (const work of elsewhere) list.push(of("node", table, work, rivals[work].slice(0, 1)));
  return list;
}
