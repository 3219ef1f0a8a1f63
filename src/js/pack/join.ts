import type { PackedColumn } from "../boundary.js";
import { bytesOf, hasBit, setBit } from "./packer.js";

/** Joins columns of one type, one behind the other. Undefined where they are nested: nobody has such dictionaries. */
export function joinPacked(columns: readonly PackedColumn[]): PackedColumn | undefined {
  const [first] = columns;
  if (!first || columns.length === 1) return first;
  if (columns.some((column) => column.children.length > 0 || column.dictionary)) return undefined;
  const length = columns.reduce((sum, column) => sum + column.length, 0);
  const buffers = first.buffers.length === 2 ? joinOffsets(columns) : joinFixed(columns);
  return buffers && { length, validity: joinValidity(columns, length), bitOffset: 0, buffers, children: [] };
}

function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Values of one width; bits are not joined, since a dictionary of booleans has none to speak of. */
function joinFixed(columns: readonly PackedColumn[]): Uint8Array[] | undefined {
  const pieces = columns.map((column) => column.buffers[0] ?? new Uint8Array(0));
  const isBits = columns.some((column, i) => (pieces[i] as Uint8Array).length < column.length);
  return isBits ? undefined : [joinBytes(pieces)];
}

function joinOffsets(columns: readonly PackedColumn[]): Uint8Array[] {
  const offsets: (number | bigint)[] = [0];
  const isLarge = columns.some(
    ({ buffers, length }) => (buffers[0] as Uint8Array).length >= 8 * (length + 1),
  );
  let base = 0;
  for (const { buffers, length } of columns) {
    const bytes = Uint8Array.from(buffers[0] as Uint8Array);
    const own = isLarge ? new BigInt64Array(bytes.buffer) : new Int32Array(bytes.buffer);
    for (let i = 1; i <= length; i++) offsets.push(base + Number(own[i]));
    base += (buffers[1] as Uint8Array).length;
  }
  const joined = isLarge ? BigInt64Array.from(offsets, BigInt) : Int32Array.from(offsets, Number);
  return [bytesOf(joined), joinBytes(columns.map((column) => column.buffers[1] as Uint8Array))];
}

function joinValidity(columns: readonly PackedColumn[], length: number): Uint8Array | null {
  if (columns.every((column) => column.validity === null)) return null;
  const bits = new Uint8Array((length + 7) >> 3);
  let at = 0;
  for (const { validity, bitOffset, length } of columns) {
    for (let i = 0; i < length; i++, at++) {
      if (!validity || hasBit(validity, bitOffset + i)) setBit(bits, at);
    }
  }
  return bits;
}
