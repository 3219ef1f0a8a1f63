import { Misfit, type Packer, packed, setBit, Validity } from "./packer.js";

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
      const validity = new Validity(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value === true) setBit(bits, i);
        else if (value == null) validity.clear(i);
        else if (value !== false) throw new Misfit(i);
      }
      return packed(length, validity, [bits]);
    },
  };
}

/** Integers of 32 bits. */
export function ints(): Packer {
  return {
    pack(values, length) {
      const out = new Int32Array(length);
      const validity = new Validity(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "number") {
          // The array makes 0 of -0, which is no integer.
          if ((value | 0) !== value || Object.is(value, -0)) throw new Misfit(i);
          out[i] = value;
        } else if (value == null) {
          validity.clear(i);
        } else if (typeof value === "bigint" && BigInt.asIntN(32, value) === value) {
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
      const validity = new Validity(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "number") {
          const fits = Number.isSafeInteger(value) && (signed || value >= 0);
          if (!fits || Object.is(value, -0)) throw new Misfit(i);
          setHalves(halves, i, value);
        } else if (value == null) {
          validity.clear(i);
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

/** 64-bit floats: Numbers, and BigInts that are safe integers. */
export function doubles(): Packer {
  return {
    pack(values, length) {
      const out = new Float64Array(length);
      const validity = new Validity(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "number") out[i] = value;
        else if (value == null) validity.clear(i);
        else if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) out[i] = Number(value);
        else throw new Misfit(i);
      }
      return packed(length, validity, [out]);
    },
  };
}
