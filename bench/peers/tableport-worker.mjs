// Ours with `worker: true`, which Node takes and pages do by default: rows are packed here, and encoded in a thread.
import { exporting } from "./tableport.mjs";

export const works = {
  "ipc-csv-gzip": ({ ipc }) => exporting({ source: ipc, format: "csv", compression: "gzip", worker: true }),
  "ipc-parquet-zstd": ({ ipc }) =>
    exporting({ source: ipc, format: "parquet", parquet: { compression: "zstd" }, worker: true }),
  "rows-csv": ({ rows }) => exporting({ source: rows, format: "csv", worker: true }),
  "rows-jsonl": ({ rows }) => exporting({ source: rows, format: "jsonl", worker: true }),
  "rows-parquet": ({ rows }) => exporting({ source: rows, format: "parquet", worker: true }),
};
