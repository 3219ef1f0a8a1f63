import type { PackedColumn } from "../boundary.js";
import { SourceError } from "../errors.js";
import { TypeId, widthOf } from "./arrow-type.js";
import { joinPacked } from "./join.js";
import { bytesOf, checkSize, hasBit, packed } from "./packer.js";

/** apache-arrow's DataType, as far as its classes have these. */
export interface ArrowType {
  readonly typeId: number;
  readonly bitWidth?: number;
  readonly isSigned?: boolean;
  readonly precision?: number;
  readonly scale?: number;
  readonly unit?: number;
  readonly timezone?: string | null;
  readonly byteWidth?: number;
  readonly listSize?: number;
  readonly children?: readonly { readonly name: string; readonly type: ArrowType }[] | null;
  readonly indices?: ArrowType;
  readonly dictionary?: ArrowType;
}

/**
 * apache-arrow's Data. `offset` is of bits alone, in the validity and in the values of booleans: the other buffers
 * begin at the first value.
 */
export interface ArrowData {
  readonly type: ArrowType;
  readonly length: number;
  readonly offset: number;
  readonly values?: ArrayBufferView;
  readonly nullBitmap?: Uint8Array;
  readonly valueOffsets?: Int32Array | BigInt64Array;
  readonly variadicBuffers?: readonly Uint8Array[];
  readonly children: readonly ArrowData[];
  readonly dictionary?: { readonly length: number; readonly data: readonly ArrowData[] };
}

/** Packs `length` rows from row `from`: their part of each buffer, so that a long batch can go in pieces. */
export function packArrow(data: ArrowData, from: number, length: number, column: string): PackedColumn {
  const { typeId } = data.type;
  const width = widthOf(data.type);
  if (width !== undefined) return packFixed(data, from, length, width, column);
  switch (typeId) {
    case TypeId.Null:
      return packed(length, null, []);
    case TypeId.Bool:
      return packBits(data, from, length);
    case TypeId.Utf8:
    case TypeId.LargeUtf8:
    case TypeId.Binary:
    case TypeId.LargeBinary:
      return packBytes(data, from, length);
    case TypeId.Utf8View:
    case TypeId.BinaryView:
      return packViews(data, from, length, column);
    case TypeId.List:
    case TypeId.LargeList:
    case TypeId.Map:
      return packLists(data, from, length, column);
    default:
      return packChildren(data, from, length, column);
  }
}

/** The validity of a range, without copying it: whole bytes, and the bit in the first where the range begins. */
function validityOf(
  data: ArrowData,
  from: number,
  length: number,
): { validity: Uint8Array | null; bitOffset: number } {
  const { nullBitmap, offset } = data;
  const bitOffset = (offset + from) & 7;
  if (!nullBitmap || nullBitmap.length === 0) return { validity: null, bitOffset };
  return { validity: bitsOf(nullBitmap, offset + from, length), bitOffset };
}

function bitsOf(bits: ArrayBufferView, from: number, length: number): Uint8Array {
  return bytesOf(bits).subarray(from >> 3, (from + length + 7) >> 3);
}

function packFixed(
  data: ArrowData,
  from: number,
  length: number,
  width: number,
  column: string,
): PackedColumn {
  const values = valuesOf(data).subarray(from * width, (from + length) * width);
  const fixed = { ...packed(length, null, [values]), ...validityOf(data, from, length) };
  if (!data.dictionary) return fixed;
  return { ...fixed, dictionary: packDictionary(data.dictionary.data, column) };
}

/** Joins the pieces in which a dictionary came, since keys count through all of them. */
function packDictionary(chunks: readonly ArrowData[], column: string): PackedColumn {
  const pieces = chunks.map((chunk) => packArrow(chunk, 0, chunk.length, column));
  const joined = joinPacked(pieces);
  if (!joined) {
    const message = "a dictionary of nested values in several pieces cannot be read";
    throw new SourceError("source/unsupported", message, { column });
  }
  return joined;
}

function packBits(data: ArrowData, from: number, length: number): PackedColumn {
  const bits = bitsOf(valuesOf(data), data.offset + from, length);
  return { ...packed(length, null, [bits]), ...validityOf(data, from, length) };
}

function packBytes(data: ArrowData, from: number, length: number): PackedColumn {
  const { offsets, start, end } = rebase(data, from, length);
  checkSize(end - start, length);
  const bytes = valuesOf(data).subarray(start, end);
  return { ...packed(length, null, [offsets, bytes]), ...validityOf(data, from, length) };
}

function packLists(data: ArrowData, from: number, length: number, column: string): PackedColumn {
  const { offsets, start, end } = rebase(data, from, length);
  const child = packArrow(data.children[0] as ArrowData, start, end - start, `${column}[]`);
  return { ...packed(length, null, [offsets], [child]), ...validityOf(data, from, length) };
}

/** The offsets of a range, from 0 on, and the range of what they point to. */
function rebase(data: ArrowData, from: number, length: number) {
  const offsets = data.valueOffsets?.slice(from, from + length + 1);
  if (!offsets || offsets.length === 0) return { offsets: new Int32Array(length + 1), start: 0, end: 0 };
  const start = Number(offsets[0]);
  const end = Number(offsets[length]);
  if (offsets instanceof BigInt64Array) {
    for (let i = 0; i <= length; i++) offsets[i] = (offsets[i] as bigint) - BigInt(start);
  } else if (start !== 0) {
    for (let i = 0; i <= length; i++) offsets[i] = (offsets[i] as number) - start;
  }
  return { offsets, start, end };
}

/** The bytes that a view holds itself, up to this many, or has in one of the other buffers. */
const INLINE = 12;

/** Views as offsets and bytes, so that what they do not point to stays behind. */
function packViews(data: ArrowData, from: number, length: number, column: string): PackedColumn {
  const others = variadicBuffersOf(data);
  const views = valuesOf(data).subarray(16 * from, 16 * (from + length));
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  const { nullBitmap, offset } = data;
  // What a null's view says is nothing.
  const sizeOf = (i: number) => {
    const isNull = nullBitmap?.length && !hasBit(nullBitmap, offset + from + i);
    return isNull ? 0 : view.getInt32(16 * i, true);
  };
  const offsets = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) offsets[i + 1] = (offsets[i] as number) + sizeOf(i);
  const size = offsets[length] as number;
  checkSize(size, length);
  const bytes = new Uint8Array(size);
  for (let i = 0; i < length; i++) {
    const long = sizeOf(i);
    const source = long <= INLINE ? views : others?.[view.getInt32(16 * i + 8, true)];
    const start = long <= INLINE ? 16 * i + 4 : view.getInt32(16 * i + 12, true);
    if (!source) throw new SourceError("source/corrupt", "a view points to no buffer", { column });
    bytes.set(source.subarray(start, start + long), offsets[i]);
  }
  return { ...packed(length, null, [offsets, bytes]), ...validityOf(data, from, length) };
}

/** The buffers that views point to. apache-arrow's minified builds rename the property, so it is known by its values. */
function variadicBuffersOf(data: ArrowData): readonly Uint8Array[] | undefined {
  if (data.variadicBuffers) return data.variadicBuffers;
  const areBuffers = (value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.every((item) => item instanceof Uint8Array);
  return Object.values(data).find(areBuffers);
}

/** Structs, and lists of one length. */
function packChildren(data: ArrowData, from: number, length: number, column: string): PackedColumn {
  const { typeId, listSize, children: fields } = data.type;
  const size = typeId === TypeId.FixedSizeList ? (listSize ?? 0) : 1;
  const children = data.children.map((child, index) => {
    const path = typeId === TypeId.FixedSizeList ? `${column}[]` : `${column}.${fields?.[index]?.name}`;
    return packArrow(child, size * from, size * length, path);
  });
  return { ...packed(length, null, [], children), ...validityOf(data, from, length) };
}

function valuesOf(data: ArrowData): Uint8Array {
  return data.values ? bytesOf(data.values) : new Uint8Array(0);
}
