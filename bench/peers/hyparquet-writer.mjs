import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { snappyCompressor } from "hysnappy";
import Papa from "papaparse";

const TYPES = { int32: "INT32", float64: "DOUBLE", bool: "BOOLEAN", utf8: "STRING", timestamp: "TIMESTAMP" };
const ROW_GROUP = 100_000;

/** Its own snappy is JavaScript; hysnappy, by the same authors, is wasm and faster. */
const compressors = { SNAPPY: snappyCompressor() };

const columnsOf = (types, dataOf) =>
  Object.entries(types).map(([name, { type, nullable }]) => ({
    name,
    data: dataOf(name),
    type: TYPES[type],
    nullable,
  }));

/** Files of row groups of 100,000 rows, its default but for the first. */
class Writing {
  #writer = new ByteWriter();
  #parquet;

  add(columnData) {
    this.#parquet ??= new ParquetWriter({
      writer: this.#writer,
      schema: schemaFromColumnData({ columnData }),
      compressors,
    });
    this.#parquet.write({ columnData, rowGroupSize: ROW_GROUP });
  }

  finish() {
    this.#parquet.finish();
    return [this.#writer.getBytes()];
  }
}

function write(columnData) {
  const file = new Writing();
  file.add(columnData);
  return file.finish();
}

/** The fields of the csv as the types of the table. */
const PARSE = {
  int32: Number,
  float64: Number,
  bool: (text) => text === "true",
  utf8: (text) => text,
  timestamp: (text) => new Date(text),
};

/** PapaParse gives the rows of a piece at a time, and each 100,000 become a row group. */
function fromCsv(csvBytes, types) {
  const file = new Writing();
  const names = Object.keys(types);
  const parse = names.map((name) => PARSE[types[name].type]);
  const empty = () => names.map(() => []);
  let waiting = empty();
  const flush = () => {
    file.add(columnsOf(types, (name) => waiting[names.indexOf(name)]));
    waiting = empty();
  };
  let isHeader = true;
  const take = (fields) => {
    if (isHeader) isHeader = false;
    else {
      for (let at = 0; at < names.length; at++)
        waiting[at].push(fields[at] === "" ? null : parse[at](fields[at]));
      if (waiting[0].length === ROW_GROUP) flush();
    }
  };
  return new Promise((resolve, reject) => {
    Papa.parse(new TextDecoder().decode(csvBytes), {
      chunkSize: 1 << 20,
      skipEmptyLines: true,
      chunk: ({ data }) => data.forEach(take),
      error: reject,
      complete: () => {
        if (waiting[0].length > 0) flush();
        resolve(file.finish());
      },
    });
  });
}

export const works = {
  "rows-parquet":
    ({ rows, types }) =>
    () =>
      write(columnsOf(types, (name) => rows.map((row) => row[name]))),
  "arrow-parquet":
    ({ columns, types }) =>
    () =>
      write(columnsOf(types, (name) => columns[name])),
  "csv-parquet":
    ({ csvBytes, types }) =>
    () =>
      fromCsv(csvBytes, types),
};
