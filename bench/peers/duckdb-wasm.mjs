import * as duckdb from "@duckdb/duckdb-wasm/blocking";
import { toParquet } from "./parquet-wasm.mjs";

const inPage = typeof document === "object";
const module = import.meta.resolve("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm");
const mainModule = inPage ? module : (await import("node:url")).fileURLToPath(module);
const bundle = { mainModule, mainWorker: null };
const runtime = inPage ? duckdb.BROWSER_RUNTIME : duckdb.NODE_RUNTIME;
const database = await duckdb.createDuckDB({ mvp: bundle, eh: bundle }, new duckdb.VoidLogger(), runtime);
await database.instantiate(() => {});
database.open({});
const connection = database.connect();

const TYPES = {
  int32: "INTEGER",
  float64: "DOUBLE",
  bool: "BOOLEAN",
  utf8: "VARCHAR",
  timestamp: "TIMESTAMP",
};

function insert(ipc) {
  connection.query("DROP TABLE IF EXISTS source");
  connection.insertArrowFromIPCStream(ipc, { name: "source", create: true });
}

/** COPY into a file of its own file system, which is one in memory once it is registered, and out of it. */
function copyToCsv() {
  database.registerFileBuffer("out.csv", new Uint8Array(1));
  connection.query("COPY source TO 'out.csv' (FORMAT csv, HEADER true, USE_TMP_FILE false)");
  const bytes = database.copyFileToBuffer("out.csv");
  database.dropFile("out.csv");
  return [bytes];
}

export const works = {
  // The table is in the database before the clock starts: what is timed is COPY alone.
  "arrow-csv": ({ ipc }) => {
    insert(ipc);
    return copyToCsv;
  },
  // Its own Parquet writer is an extension, fetched at run time from a host that need not be in reach. What it reads
  // becomes Parquet by parquet-wasm.
  "csv-parquet": ({ csvBytes, types }) => {
    const columns = Object.entries(types).map(([name, { type }]) => `'${name}': '${TYPES[type]}'`);
    const sql = `FROM read_csv('source.csv', header = true, columns = {${columns.join(", ")}})`;
    return () => {
      database.registerFileBuffer("source.csv", csvBytes.slice());
      // An Arrow file: the stream within it begins after eight bytes of magic.
      const ipc = connection.useUnsafe((bindings, id) => bindings.runQuery(id, sql)).subarray(8);
      database.dropFile("source.csv");
      return toParquet(ipc);
    };
  },
};
