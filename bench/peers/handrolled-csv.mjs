// What a careful person writes: text is tested before it is quoted, and leaves in pieces, not as one long string.
import { Encoded } from "./encoded.mjs";

const UNSAFE = /[",\r\n]/;
const quoted = (text) => (UNSAFE.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function cell(value) {
  if (typeof value === "string") return quoted(value);
  if (value === null || value === undefined) return "";
  return value instanceof Date ? value.toISOString() : String(value);
}

function rowsToCsv(rows) {
  const names = Object.keys(rows[0]);
  const out = new Encoded();
  out.add(`${names.map(quoted).join(",")}\n`);
  for (const row of rows) {
    let line = cell(row[names[0]]);
    for (let at = 1; at < names.length; at++) line += `,${cell(row[names[at]])}`;
    out.add(`${line}\n`);
  }
  return out.finish();
}

/** Numbers come straight from the typed arrays of each batch; the rest through the vectors' getters. */
function arrowToCsv({ schema, batches }) {
  const out = new Encoded();
  out.add(`${schema.fields.map(({ name }) => quoted(name)).join(",")}\n`);
  for (const batch of batches) {
    const cells = schema.fields.map((field, at) => reader(field, batch.getChildAt(at)));
    for (let row = 0; row < batch.numRows; row++) {
      let line = cells[0](row);
      for (let at = 1; at < cells.length; at++) line += `,${cells[at](row)}`;
      out.add(`${line}\n`);
    }
  }
  return out.finish();
}

function reader({ type }, vector) {
  const kind = String(type);
  const { values } = vector.data[0];
  if (/^(Int32|Float64)$/.test(kind) && vector.nullCount === 0) return (row) => String(values[row]);
  if (!kind.startsWith("Timestamp")) return (row) => cell(vector.get(row));
  return (row) => {
    const milliseconds = vector.get(row);
    return milliseconds === null ? "" : new Date(milliseconds).toISOString();
  };
}

export const works = {
  "rows-csv":
    ({ rows }) =>
    () =>
      rowsToCsv(rows),
  "arrow-csv":
    ({ table }) =>
    () =>
      arrowToCsv(table),
};
