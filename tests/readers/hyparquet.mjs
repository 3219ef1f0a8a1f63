// Parquet read by hyparquet, compared value by value with an Arrow table that apache-arrow reads.
import assert from "node:assert/strict";
import { DataType, RecordBatchReader, Vector } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";

/** Times stay exact integers, in the unit of the file. */
const parsers = {
  timestampFromMilliseconds: (count) => ({ unit: "ms", count: BigInt(count) }),
  timestampFromMicroseconds: (count) => ({ unit: "us", count: BigInt(count) }),
  timestampFromNanoseconds: (count) => ({ unit: "ns", count: BigInt(count) }),
  dateFromDays: (days) => ({ unit: "day", count: BigInt(days) }),
};
const NANOS = { day: 86_400_000_000_000n, s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n };
const UNITS = ["s", "ms", "us", "ns"];

/**
 * Throws where a Parquet file does not hold the table of an Arrow IPC file.
 * @param {Uint8Array} parquet
 * @param {Uint8Array} ipc
 */
export async function compareParquet(parquet, ipc) {
  const file = parquet.slice().buffer;
  const rows = await parquetReadObjects({ file, compressors, parsers, utf8: false });
  let row = 0;
  for (const batch of RecordBatchReader.from(ipc)) {
    const columns = batch.schema.fields.map((field, index) => [field, batch.data.children[index]]);
    for (let i = 0; i < batch.numRows; i++, row++) {
      for (const [{ name, type }, data] of columns) {
        const wanted = expected(data, i);
        const found = actual(rows[row]?.[name], type);
        if (!same(wanted, found)) {
          assert.fail(`row ${row}, column ${name}: ${show(wanted)} became ${show(found)} (hyparquet)`);
        }
      }
    }
  }
  assert.equal(rows.length, row, "rows (hyparquet)");
}

/**
 * A value of Arrow data that begins where its buffers do: a BigInt for integers and times, a number, a string, bytes
 * as hex, or a nest of them. The buffers are looked into, since apache-arrow's own getters give times as floats.
 */
function expected(data, index) {
  const { type, values, valueOffsets, children } = data;
  if (DataType.isNull(type) || !data.getValid(index)) return null;
  if (DataType.isDictionary(type)) return ofDictionary(data.dictionary, Number(values[index]));
  if (DataType.isFixedSizeList(type)) {
    return items(children[0], index * type.listSize, (index + 1) * type.listSize);
  }
  if (DataType.isList(type) || DataType.isLargeList(type)) {
    return items(children[0], Number(valueOffsets[index]), Number(valueOffsets[index + 1]));
  }
  if (DataType.isMap(type)) {
    // As hyparquet gives them: an object, the keys as its text.
    const entries = items(children[0], valueOffsets[index], valueOffsets[index + 1]);
    const [key, value] = type.children[0].type.children.map(({ name }) => name);
    return Object.fromEntries(entries.map((entry) => [String(entry[key]), entry[value]]));
  }
  if (DataType.isStruct(type)) {
    return Object.fromEntries(type.children.map(({ name }, at) => [name, expected(children[at], index)]));
  }
  if (DataType.isDate(type)) return BigInt(values[index]) * (type.unit === 0 ? NANOS.day : NANOS.ms);
  if (DataType.isTime(type) || DataType.isTimestamp(type)) {
    return BigInt(values[index]) * NANOS[UNITS[type.unit]];
  }
  if (DataType.isInt(type) || DataType.isDuration(type)) return BigInt(values[index]);
  const value = new Vector([data]).get(index);
  return DataType.isDecimal(type) ? decimal(value, type) : plain(value);
}

const items = (data, from, to) => Array.from({ length: to - from }, (_, i) => expected(data, from + i));

/** The value of a key, which counts through all the pieces of a dictionary. */
function ofDictionary({ data: pieces }, key) {
  let at = key;
  for (const piece of pieces) {
    if (at < piece.length) return expected(piece, at);
    at -= piece.length;
  }
  throw new RangeError("past the end");
}

/** hyparquet gives decimals as floats, so that is all that can be compared of them. */
function decimal(words, { scale }) {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .reverse()
    .join("");
  const count = BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
  return Number(count) * 10 ** -scale;
}

/** A value of hyparquet's in the same terms. */
function actual(value, type) {
  if (value === null || value === undefined) return null;
  if (typeof value === "object" && "unit" in value) return value.count * NANOS[value.unit];
  if (DataType.isDictionary(type)) return actual(value, type.dictionary);
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)) {
    return Array.from(value, (item) => actual(item, type.children[0].type));
  }
  if (DataType.isMap(type)) {
    const of = type.children[0].type.children[1].type;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, actual(item, of)]));
  }
  if (DataType.isStruct(type)) {
    return Object.fromEntries(type.children.map(({ name, type }) => [name, actual(value[name], type)]));
  }
  // hyparquet leaves times of day as they are stored: Parquet has no seconds.
  if (DataType.isTime(type)) return BigInt(value) * NANOS[type.unit < 2 ? "ms" : UNITS[type.unit]];
  // Nor does it know durations: Parquet has no type for them.
  if (DataType.isInt(type) || DataType.isDuration(type)) return BigInt(value);
  return plain(value);
}

function plain(value) {
  if (!ArrayBuffer.isView(value)) return value;
  return `hex ${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
}

function same(a, b) {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (a === null || typeof a !== "object") return Object.is(a, b);
  if (b === null || typeof b !== "object" || Object.keys(a).length !== Object.keys(b).length) return false;
  return Object.keys(a).every((key) => same(a[key], b[key]));
}

const show = (value) =>
  Object.is(value, -0)
    ? "-0"
    : JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}n` : v))?.slice(0, 200);
