import { setHalves } from "./numbers.js";
import { CellError, cut, Misfit, type Packer, packed, Scratch, Validity } from "./packer.js";

/** Dates as milliseconds since 1970-01-01. */
export function dates(): Packer {
  const scratch = new Scratch(Int32Array);
  const valid = new Validity();
  return {
    pack(values, length) {
      const halves = scratch.of(2 * length);
      const validity = valid.reset(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) {
          validity.clear(i);
          setHalves(halves, i, 0);
        } else if (isDate(value)) {
          setHalves(halves, i, timeOf(value, i));
        } else {
          throw new Misfit(i);
        }
      }
      return packed(length, validity, [cut(halves, 2 * length)]);
    },
  };
}

export function isDate(value: unknown): value is Date {
  // The second way finds a Date of another realm.
  return value instanceof Date || Object.prototype.toString.call(value) === "[object Date]";
}

const { getTime } = Date.prototype;

/** Milliseconds since 1970-01-01. */
export function timeOf(date: Date, index: number): number {
  // A method of the date's own would not do; engines are quick with a plain call.
  const time = date.getTime === getTime ? date.getTime() : getTime.call(date);
  if (Number.isNaN(time)) throw new CellError("source/unsupported-value", "a Date is invalid", index);
  return time;
}
