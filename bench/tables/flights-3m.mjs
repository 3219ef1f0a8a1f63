// vega-datasets' flights-3m: a time, two integers, two airports.
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { realTables } from "../../tests/data/tables.mjs";

export const flights3m = {
  name: "flights-3m",
  rows: 3_000_000,
  async columns(rows) {
    const { "flights-3m.parquet": path } = await realTables("flights-3m.parquet");
    const read = await parquetReadObjects({
      file: await asyncBufferFromFile(path),
      compressors,
      rowEnd: rows,
    });
    const pick = (type, get) => ({ type, values: read.map(get) });
    return {
      date: pick("timestamp", ({ date }) => date.getTime()),
      delay: pick("int32", ({ delay }) => Number(delay)),
      distance: pick("int32", ({ distance }) => Number(distance)),
      origin: pick("utf8", ({ origin }) => origin),
      destination: pick("utf8", ({ destination }) => destination),
    };
  },
};
