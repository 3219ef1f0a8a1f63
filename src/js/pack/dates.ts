import { setHalves } from "./numbers.js";
import { CellError, Misfit, type Packer, packed, Validity } from "./packer.js";

/** Dates as milliseconds since 1970-01-01. */
export function dates(): Packer {
  return {
    pack(values, length) {
      const halves = new Int32Array(2 * length);
      const validity = new Validity(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) validity.clear(i);
        else if (isDate(value)) setHalves(halves, i, timeOf(value, i));
        else throw new Misfit(i);
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
