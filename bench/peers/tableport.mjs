const inPage = typeof document === "object";
const { exportTable } = await import(inPage ? "../../pkg/browser.js" : "../../pkg/node.js");

/** An export whose pieces are kept as they come, as a sink would take them. */
export const exporting = (config) => async () => {
  const pieces = [];
  const open = () => new WritableStream({ write: (piece) => void pieces.push(piece) });
  await exportTable({ ...config, destination: { type: "stream", open } }).finished;
  return pieces;
};

export const works = {
  "rows-csv": ({ rows }) => exporting({ source: rows, format: "csv" }),
  "rows-jsonl": ({ rows }) => exporting({ source: rows, format: "jsonl" }),
  "rows-parquet": ({ rows }) => exporting({ source: rows, format: "parquet" }),
  "arrow-csv": ({ table }) => exporting({ source: table, format: "csv" }),
  "arrow-parquet": ({ table }) => exporting({ source: table, format: "parquet" }),
  "arrow-csv-gzip": ({ table }) => exporting({ source: table, format: "csv", compression: "gzip" }),
  "ipc-csv": ({ ipc }) => exporting({ source: ipc, format: "csv" }),
  "ipc-jsonl": ({ ipc }) => exporting({ source: ipc, format: "jsonl" }),
  "ipc-parquet": ({ ipc }) => exporting({ source: ipc, format: "parquet" }),
  "ipc-csv-gzip": ({ ipc }) => exporting({ source: ipc, format: "csv", compression: "gzip" }),
  "csv-parquet": ({ csv }) => exporting({ source: csv, format: "parquet" }),
};
