import { setHalves } from "./numbers.js";
import { allValid, CellError, clearBit, Misfit, type Packer, packed } from "./packer.js";

/** Dates as a count of `unit`s since 1970-01-01. */
export function timestamps(unit: string): Packer {
  const perMillisecond = { us: 1_000n, ns: 1_000_000n }[unit];
  return {
    pack(values, length) {
      const halves = new Int32Array(2 * length);
      const wholes = new BigInt64Array(halves.buffer);
      let validity: Uint8Array | null = null;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) {
          clearBit((validity ??= allValid(length)), i);
          continue;
        }
        if (!isDate(value)) throw new Misfit(i);
        const time = timeOf(value, i);
        if (perMillisecond !== undefined) {
          const scaled = BigInt(time) * perMillisecond;
          if (BigInt.asIntN(64, scaled) !== scaled) throw new Misfit(i);
          wholes[i] = scaled;
        } else if (unit === "ms") {
          setHalves(halves, i, time);
        } else if (time % 1000 === 0) {
          setHalves(halves, i, time / 1000);
        } else {
          throw new Misfit(i);
        }
      }
      return packed(length, validity, [halves]);
    },
  };
}

export function isDate(value: unknown): value is Date {
  // The second way finds a Date of another realm.
  return value instanceof Date || Object.prototype.toString.call(value) === "[object Date]";
}

/** Milliseconds since 1970-01-01. */
export function timeOf(date: Date, index: number): number {
  const time = Date.prototype.getTime.call(date);
  if (Number.isNaN(time)) throw new CellError("source/unsupported-value", "a Date is invalid", index);
  return time;
}
