import { isBinary } from "./observe.js";
import { checkSize, cut, Misfit, type Packer, packed, Scratch, Validity } from "./packer.js";

/** Bytes of any length. */
export function binaries(): Packer {
  const starts = new Scratch(Int32Array);
  const scratch = new Scratch(Uint8Array);
  const valid = new Validity();
  return {
    pack(values, length, limit) {
      const offsets = starts.of(length + 1);
      const validity = valid.reset(length);
      let size = 0;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        offsets[i] = size;
        if (value == null) validity.clear(i);
        else if (isBinary(value)) size += value.byteLength;
        else throw new Misfit(i);
        checkSize(size, limit);
      }
      offsets[length] = size;
      const bytes = scratch.of(size);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (isBinary(value)) bytes.set(bytesOfCell(value), offsets[i]);
      }
      return packed(length, validity, [cut(offsets, length + 1), cut(bytes, size)]);
    },
  };
}

function bytesOfCell(value: Uint8Array | Uint8ClampedArray | ArrayBuffer): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
