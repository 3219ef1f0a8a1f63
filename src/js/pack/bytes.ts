import { isBinary } from "./observe.js";
import { allValid, checkSize, clearBit, Misfit, type Packer, packed } from "./packer.js";
import { wideOffsets } from "./strings.js";

/** Bytes of any length. */
export function binaries(large: boolean): Packer {
  return {
    pack(values, length) {
      const offsets = new Int32Array(length + 1);
      const cells: (Uint8Array | null)[] = new Array(length);
      let validity: Uint8Array | null = null;
      let size = 0;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        const cell = value == null ? null : cellBytes(value, i);
        if (cell) checkSize((size += cell.length), length);
        else clearBit((validity ??= allValid(length)), i);
        cells[i] = cell;
        offsets[i + 1] = size;
      }
      const bytes = new Uint8Array(size);
      for (let i = 0; i < length; i++) {
        const cell = cells[i];
        if (cell) bytes.set(cell, offsets[i]);
      }
      return packed(length, validity, [large ? wideOffsets(offsets) : offsets, bytes]);
    },
  };
}

/** Bytes of one length. */
export function fixedBinaries(width: number): Packer {
  return {
    pack(values, length) {
      checkSize(width * length, length);
      const bytes = new Uint8Array(width * length);
      let validity: Uint8Array | null = null;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) {
          clearBit((validity ??= allValid(length)), i);
          continue;
        }
        const cell = cellBytes(value, i);
        if (cell.length !== width) throw new Misfit(i);
        bytes.set(cell, width * i);
      }
      return packed(length, validity, [bytes]);
    },
  };
}

function cellBytes(value: unknown, index: number): Uint8Array {
  if (!isBinary(value)) throw new Misfit(index);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
