import { allValid, clearBit, Misfit, type Packer, packed, setBit } from "./packer.js";

type IntegerArray =
  | Int8ArrayConstructor
  | Int16ArrayConstructor
  | Int32ArrayConstructor
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor;

/** Every value is null. */
export function nulls(): Packer {
  return {
    pack(values, length) {
      for (let i = 0; i < length; i++) if (values[i] != null) throw new Misfit(i);
      return packed(length, null, []);
    },
  };
}

export function booleans(): Packer {
  return {
    pack(values, length) {
      const bits = new Uint8Array((length + 7) >> 3);
      let validity: Uint8Array | null = null;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value === true) setBit(bits, i);
        else if (value == null) clearBit((validity ??= allValid(length)), i);
        else if (value !== false) throw new Misfit(i);
      }
      return packed(length, validity, [bits]);
    },
  };
}

/** Integers of up to 32 bits, within what the array type holds. */
export function integers(ArrayType: IntegerArray, min: number, max: number): Packer {
  return {
    pack(values, length) {
      const out = new ArrayType(length);
      let validity: Uint8Array | null = null;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "number") {
          out[i] = value;
          // The array wraps and truncates; what it changed does not fit. It makes 0 of -0 too.
          if (out[i] !== value || (value === 0 && 1 / value < 0)) throw new Misfit(i);
        } else if (value == null) {
          clearBit((validity ??= allValid(length)), i);
        } else if (typeof value === "bigint" && value >= min && value <= max) {
          out[i] = Number(value);
        } else {
          throw new Misfit(i);
        }
      }
      return packed(length, validity, [out]);
    },
  };
}

/** 64-bit integers: Numbers that are exact, and BigInts. */
export function longs(signed: boolean): Packer {
  return {
    pack(values, length) {
      const halves = new Int32Array(2 * length);
      const wholes = signed ? new BigInt64Array(halves.buffer) : new BigUint64Array(halves.buffer);
      let validity: Uint8Array | null = null;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "number") {
          if (!Number.isSafeInteger(value) || (!signed && value < 0) || (value === 0 && 1 / value < 0)) {
            throw new Misfit(i);
          }
          setHalves(halves, i, value);
        } else if (value == null) {
          clearBit((validity ??= allValid(length)), i);
        } else if (typeof value === "bigint") {
          wholes[i] = value;
          if (wholes[i] !== value) throw new Misfit(i);
        } else {
          throw new Misfit(i);
        }
      }
      return packed(length, validity, [halves]);
    },
  };
}

/** Writes a safe integer as 64 bits, without the detour by BigInt. */
export function setHalves(halves: Int32Array, index: number, value: number): void {
  halves[2 * index] = value;
  halves[2 * index + 1] = Math.floor(value / 4_294_967_296);
}

/** Floats of 32 or 64 bits. A 32-bit column rounds, as its type says; it does not make infinities. */
export function floats(ArrayType: Float32ArrayConstructor | Float64ArrayConstructor): Packer {
  return {
    pack(values, length) {
      const out = new ArrayType(length);
      let validity: Uint8Array | null = null;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "number") {
          out[i] = value;
          if (!Number.isFinite(out[i]) && Number.isFinite(value)) throw new Misfit(i);
        } else if (value == null) {
          clearBit((validity ??= allValid(length)), i);
        } else if (typeof value === "bigint" && BigInt(Number(value)) === value) {
          out[i] = Number(value);
          if (BigInt(out[i] as number) !== value) throw new Misfit(i);
        } else {
          throw new Misfit(i);
        }
      }
      return packed(length, validity, [out]);
    },
  };
}
