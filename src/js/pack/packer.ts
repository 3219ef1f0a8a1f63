import type { PackedColumn } from "../boundary.js";

/** Lays values out as Arrow does. Keeps nothing between calls but scratch space, so batching changes nothing. */
export interface Packer {
  /** Packs the first `length` values, in at most `limit` bytes. The buffers are valid until the next call. */
  pack(values: ArrayLike<unknown>, length: number, limit: number): PackedColumn;
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

/** Bytes that one column of a batch of so many rows may have. */
export function limitOf(rows: number): number {
  return rows > 1 ? MAX_BYTES : MAX_OFFSET;
}

/** Refuses what is too large for one batch. */
export function checkSize(bytes: number, limit: number): void {
  if (bytes > limit) throw new Oversize();
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
  return sizeOfRows(column) + sizeOfDictionaries(column);
}

/** The same without dictionaries, which are no smaller where there are fewer rows. */
export function sizeOfRows(column: PackedColumn): number {
  let size = column.validity?.length ?? 0;
  for (const buffer of column.buffers) size += buffer.length;
  for (const child of column.children) size += sizeOfRows(child);
  return size;
}

function sizeOfDictionaries({ children, dictionary }: PackedColumn): number {
  let size = dictionary ? sizeOf(dictionary) : 0;
  for (const child of children) size += sizeOfDictionaries(child);
  return size;
}

/** The bytes of a view. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Typed arrays that are made by length. */
interface Arrays<T> {
  new (length: number): T;
}

/** Values that scratch space has room for, at least and, unless one batch needs more, at most. */
const MIN_ROOM = 1024;
const MAX_ROOM = 1 << 19;

/** Scratch space of one packer: what batch after batch is laid out in, so that little is left to collect. */
export class Scratch<T extends { readonly length: number }> {
  readonly #Arrays: Arrays<T>;
  #array: T;

  constructor(arrays: Arrays<T>) {
    this.#Arrays = arrays;
    this.#array = new arrays(0);
  }

  /** Room for at least so many values, with whatever was left in it. */
  of(length: number): T {
    const { length: room } = this.#array;
    if (room < length || room > Math.max(length, MAX_ROOM)) {
      this.#array = new this.#Arrays(Math.max(length, Math.min(2 * length, MAX_ROOM), MIN_ROOM));
    }
    return this.#array;
  }
}

/** The bytes of the first `length` values of scratch space. */
export function cut(
  array: Exclude<ArrayBufferView, DataView> & { BYTES_PER_ELEMENT: number },
  length: number,
) {
  return new Uint8Array(array.buffer, array.byteOffset, length * array.BYTES_PER_ELEMENT);
}

/** Which values are there: a bitmap that is made when the first is missing. */
export class Validity {
  readonly #scratch = new Scratch(Uint8Array);
  #length = 0;
  bits: Uint8Array | null = null;

  /** Begins with `length` values that are all there. */
  reset(length: number): this {
    this.#length = length;
    this.bits = null;
    return this;
  }

  clear(index: number): void {
    this.bits ??= this.#begin();
    this.bits[index >> 3] = (this.bits[index >> 3] as number) & ~(1 << (index & 7));
  }

  #begin(): Uint8Array {
    const bytes = (this.#length + 7) >> 3;
    return cut(this.#scratch.of(bytes), bytes).fill(255);
  }
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] as number) | (1 << (index & 7));
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] as number) >> (index & 7)) & 1) === 1;
}
