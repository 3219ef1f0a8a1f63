import * as arrow from "apache-arrow";
import { TYPES } from "./arrow-types.mjs";

const BATCH = 65_536;
/** The columns of a table as an Arrow IPC stream of batches of 65,536 rows. Written by apache-arrow, not by us. */
export function toArrow(columns) {
  const names = Object.keys(columns);
  const fields = names.map((name) => {
    const { type, values } = columns[name];
    return new arrow.Field(name, TYPES[type](), values.includes(null));
  });
  const schema = new arrow.Schema(fields);
  const length = columns[names[0]].values.length;
  const batches = [];
  for (let from = 0; from < length; from += BATCH) {
    const slice = (name) => columns[name].values.slice(from, from + BATCH);
    const children = fields.map(({ name, type }) => arrow.vectorFromArray(slice(name), type).data[0]);
    const data = arrow.makeData({ type: new arrow.Struct(fields), children, length: children[0].length });
    batches.push(new arrow.RecordBatch(schema, data));
  }
  return arrow.tableToIPC(new arrow.Table(schema, batches), "stream");
}

/** The columns of an Arrow table as plain arrays, times as Dates. */
export function toColumns(table) {
  return Object.fromEntries(
    table.schema.fields.map(({ name, type }, at) => {
      const values = Array.from(table.getChildAt(at));
      if (!arrow.DataType.isTimestamp(type)) return [name, values];
      return [name, values.map((milliseconds) => (milliseconds === null ? null : new Date(milliseconds)))];
    }),
  );
}

/** Row objects as a program would write them: all of one shape, from one literal. */
export function toRows(columns) {
  const names = Object.keys(columns);
  const cells = names.map((name, at) => `${JSON.stringify(name)}: columns[${at}][row]`);
  const make = new Function("columns", "row", `return {${cells.join(", ")}};`);
  const arrays = Object.values(columns);
  return Array.from(arrays[0], (_, row) => make(arrays, row));
}
