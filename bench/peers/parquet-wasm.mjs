import * as arrow from "apache-arrow";
import initialise, * as parquet from "parquet-wasm/esm";
import { TYPES } from "../tables/arrow-types.mjs";

const file = import.meta.resolve("parquet-wasm/esm/parquet_wasm_bg.wasm");
const inPage = typeof document === "object";
const wasm = inPage ? file : await (await import("node:fs/promises")).readFile(new URL(file));
await initialise({ module_or_path: wasm });

/** Snappy, and row groups of the default size. */
export function toParquet(ipc) {
  const properties = new parquet.WriterPropertiesBuilder().setCompression(parquet.Compression.SNAPPY).build();
  return [parquet.writeParquet(parquet.Table.fromIPCStream(ipc), properties)];
}

/** Numbers by way of typed arrays where there are no nulls; the rest by apache-arrow's builders. */
const VECTORS = {
  int32: (values) => arrow.makeVector(Int32Array.from(values)),
  float64: (values) => arrow.makeVector(Float64Array.from(values)),
};

function tableOf(rows, types) {
  const vectors = Object.entries(types).map(([name, { type, nullable }]) => {
    const values = rows.map((row) => row[name]);
    const make = !nullable && VECTORS[type];
    return [name, make ? make(values) : arrow.vectorFromArray(values, TYPES[type]())];
  });
  return new arrow.Table(Object.fromEntries(vectors));
}

export const works = {
  "rows-parquet":
    ({ rows, types }) =>
    () =>
      toParquet(arrow.tableToIPC(tableOf(rows, types), "stream")),
  "arrow-parquet":
    ({ ipc }) =>
    () =>
      toParquet(ipc),
};
