import type { PackedColumn } from "../boundary.js";

/** Lays values out as Arrow does. Keeps nothing between calls but scratch space, so batching changes nothing. */
export interface Packer {
  /** The buffers are valid until the next call. */
  pack(values: ArrayLike<unknown>, length: number): PackedColumn;
}

/** A value that does not fit the type: another kind, or outside its range. */
export class Misfit {
  index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** A value that no type could hold, or that could not be read. */
export class CellError {
  readonly code: string;
  readonly message: string;
  index: number;
  /** Where in a nested value: `.city`, `[]`. */
  path: string;
  readonly cause: { error: unknown } | undefined;

  constructor(code: string, message: string, index: number, path = "", cause?: { error: unknown }) {
    this.code = code;
    this.message = message;
    this.index = index;
    this.path = path;
    this.cause = cause;
  }
}

/** More bytes than one batch may have. Packing fewer rows at once helps, unless it was one. */
export class Oversize {}

/** Bytes that one column of a batch may have, unless it is of one row: a part of what `memoryLimit` leaves at least. */
const MAX_BYTES = 4 << 20;
/** What 32-bit offsets reach. */
const MAX_OFFSET = 2 ** 31 - 1;

/** Refuses what is too large for one batch. */
export function checkSize(bytes: number, length: number): void {
  if (bytes > MAX_BYTES && (length > 1 || bytes > MAX_OFFSET)) throw new Oversize();
}

export function packed(
  length: number,
  validity: Validity | null,
  buffers: ArrayBufferView[],
  children: PackedColumn[] = [],
): PackedColumn {
  return { length, validity: validity?.bits ?? null, bitOffset: 0, buffers: buffers.map(bytesOf), children };
}

/** Bytes of a column's buffers. */
export function sizeOf(column: PackedColumn): number {
  let size = column.validity?.length ?? 0;
  for (const buffer of column.buffers) size += buffer.length;
  for (const child of column.children) size += sizeOf(child);
  return size + (column.dictionary ? sizeOf(column.dictionary) : 0);
}

/** The bytes of a view. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Which values are there: a bitmap that is made when the first is missing. */
export class Validity {
  readonly #length: number;
  bits: Uint8Array | null = null;

  constructor(length: number) {
    this.#length = length;
  }

  clear(index: number): void {
    this.bits ??= new Uint8Array((this.#length + 7) >> 3).fill(255);
    this.bits[index >> 3] = (this.bits[index >> 3] as number) & ~(1 << (index & 7));
  }
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] as number) | (1 << (index & 7));
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] as number) >> (index & 7)) & 1) === 1;
}
