import { isBinary } from "./observe.js";
import { checkSize, Misfit, type Packer, packed, Validity } from "./packer.js";

/** Bytes of any length. */
export function binaries(): Packer {
  return {
    pack(values, length) {
      const offsets = new Int32Array(length + 1);
      const validity = new Validity(length);
      let size = 0;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) validity.clear(i);
        else if (isBinary(value)) size += value.byteLength;
        else throw new Misfit(i);
        checkSize(size, length);
        offsets[i + 1] = size;
      }
      const bytes = new Uint8Array(size);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (isBinary(value)) bytes.set(bytesOfCell(value), offsets[i]);
      }
      return packed(length, validity, [offsets, bytes]);
    },
  };
}

function bytesOfCell(value: Uint8Array | Uint8ClampedArray | ArrayBuffer): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
