// Parquet read by hyparquet, compared value by value with an Arrow table that apache-arrow reads.
import assert from "node:assert/strict";
import { DataType, RecordBatchReader } from "apache-arrow";
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
    const columns = batch.schema.fields.map((field, index) => [field, batch.getChildAt(index)]);
    for (let i = 0; i < batch.numRows; i++, row++) {
      for (const [{ name, type }, vector] of columns) {
        const wanted = expected(vector, i, type);
        const found = actual(rows[row]?.[name], type);
        if (!same(wanted, found)) {
          assert.fail(`row ${row}, column ${name}: ${show(wanted)} became ${show(found)} (hyparquet)`);
        }
      }
    }
  }
  assert.equal(rows.length, row, "rows (hyparquet)");
}

/** A cell of an Arrow vector: a BigInt for integers and times, a number, a string, bytes as hex, or a nest of them. */
function expected(vector, index, type) {
  if (!vector.isValid(index)) return null;
  if (DataType.isDictionary(type) || DataType.isNull(type)) return vector.get(index);
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    const items = vector.get(index);
    return Array.from({ length: items.length }, (_, i) => expected(items, i, type.children[0].type));
  }
  if (DataType.isStruct(type)) {
    const field = ({ name, type }, at) => [name, expected(vector.getChildAt(at), index, type)];
    return Object.fromEntries(type.children.map(field));
  }
  if (DataType.isDate(type)) return BigInt(raw(vector, index)) * (type.unit === 0 ? NANOS.day : NANOS.ms);
  if (DataType.isTime(type) || DataType.isTimestamp(type)) {
    return BigInt(raw(vector, index)) * NANOS[UNITS[type.unit]];
  }
  if (DataType.isInt(type)) return BigInt(vector.get(index));
  if (DataType.isDecimal(type)) return decimal(vector.get(index), type);
  return plain(vector.get(index));
}

/** What the buffer holds: apache-arrow's own getters give times as floats. */
function raw(vector, index) {
  let at = index;
  for (const data of vector.data) {
    if (at < data.length) return data.values[at];
    at -= data.length;
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
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    return Array.from(value, (item) => actual(item, type.children[0].type));
  }
  if (DataType.isStruct(type)) {
    return Object.fromEntries(type.children.map(({ name, type }) => [name, actual(value[name], type)]));
  }
  // hyparquet leaves times of day as they are stored: Parquet has no seconds.
  if (DataType.isTime(type)) return BigInt(value) * NANOS[type.unit < 2 ? "ms" : UNITS[type.unit]];
  if (DataType.isInt(type)) return BigInt(value);
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
  return b !== null && typeof b === "object" && Object.keys(a).every((key) => same(a[key], b[key]));
}

const show = (value) =>
  Object.is(value, -0)
    ? "-0"
    : JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}n` : v))?.slice(0, 200);
