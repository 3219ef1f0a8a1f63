import { cut, Misfit, type Packer, packed, Scratch, Validity } from "./packer.js";

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
  const scratch = new Scratch(Uint8Array);
  const valid = new Validity();
  return {
    pack(values, length) {
      const bytes = (length + 7) >> 3;
      const out = scratch.of(bytes);
      const validity = valid.reset(length);
      let bits = 0;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value === true) bits |= 1 << (i & 7);
        else if (value == null) validity.clear(i);
        else if (value !== false) throw new Misfit(i);
        if ((i & 7) === 7) {
          out[i >> 3] = bits;
          bits = 0;
        }
      }
      if (length & 7) out[length >> 3] = bits;
      return packed(length, validity, [cut(out, bytes)]);
    },
  };
}

/** Integers of 32 bits. */
export function ints(): Packer {
  const scratch = new Scratch(Int32Array);
  const valid = new Validity();
  return {
    pack(values, length) {
      const out = scratch.of(length);
      const validity = valid.reset(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "number") {
          // The array makes 0 of -0, which is no integer.
          if ((value | 0) !== value || Object.is(value, -0)) throw new Misfit(i);
          out[i] = value;
        } else if (value == null) {
          validity.clear(i);
          out[i] = 0;
        } else if (typeof value === "bigint" && BigInt.asIntN(32, value) === value) {
          out[i] = Number(value);
        } else {
          throw new Misfit(i);
        }
      }
      return packed(length, validity, [cut(out, length)]);
    },
  };
}

/** 64-bit integers: Numbers that are exact, and BigInts. */
export function longs(signed: boolean): Packer {
  const scratch = new Scratch(Int32Array);
  const valid = new Validity();
  return {
    pack(values, length) {
      const halves = scratch.of(2 * length);
      const wholes = signed ? new BigInt64Array(halves.buffer) : new BigUint64Array(halves.buffer);
      const validity = valid.reset(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "number") {
          const fits = Number.isSafeInteger(value) && (signed || value >= 0);
          if (!fits || Object.is(value, -0)) throw new Misfit(i);
          setHalves(halves, i, value);
        } else if (value == null) {
          validity.clear(i);
          setHalves(halves, i, 0);
        } else if (typeof value === "bigint") {
          wholes[i] = value;
          if (wholes[i] !== value) throw new Misfit(i);
        } else {
          throw new Misfit(i);
        }
      }
      return packed(length, validity, [cut(halves, 2 * length)]);
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
  const scratch = new Scratch(Float64Array);
  const valid = new Validity();
  return {
    pack(values, length) {
      const out = scratch.of(length);
      const validity = valid.reset(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "number") {
          out[i] = value;
        } else if (value == null) {
          validity.clear(i);
          out[i] = 0;
        } else if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) {
          out[i] = Number(value);
        } else {
          throw new Misfit(i);
        }
      }
      return packed(length, validity, [cut(out, length)]);
    },
  };
}
