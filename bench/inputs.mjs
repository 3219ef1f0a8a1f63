import { tableFromIPC } from "apache-arrow";
import { toColumns, toRows } from "./tables/arrow.mjs";

const KINDS = { Int32: "int32", Float64: "float64", Bool: "bool", Utf8: "utf8" };

/**
 * What a peer is given, made of a table's Arrow IPC bytes (and of its csv, where the work starts from it): only what
 * the work starts from, so that the memory of one input is not another's.
 */
export function makeInput(work, ipc, csvBytes) {
  const table = tableFromIPC(ipc);
  const types = Object.fromEntries(
    table.schema.fields.map(({ name, type, nullable }) => [
      name,
      { type: KINDS[type] ?? "timestamp", nullable },
    ]),
  );
  if (work.startsWith("rows-")) return { types, rows: toRows(toColumns(table)) };
  if (work.startsWith("ipc-")) return { types, ipc };
  if (work.startsWith("csv-")) return { types, csvBytes, csv: new File([csvBytes], "table.csv") };
  return {
    types,
    ipc,
    table,
    get columns() {
      return toColumns(table);
    },
  };
}
