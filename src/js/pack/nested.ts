import type { PackedColumn } from "../boundary.js";
import { cellOf, checkAttached, isBinary, isStruct } from "./observe.js";
import { CellError, checkSize, cut, Misfit, type Packer, packed, Scratch, Validity } from "./packer.js";

/** Lists of any length. */
export function lists(item: Packer): Packer {
  const scratch = new Scratch(Int32Array);
  const valid = new Validity();
  return {
    pack(values, length, limit) {
      const offsets = scratch.of(length + 1);
      const items: unknown[] = [];
      const validity = valid.reset(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        offsets[i] = items.length;
        if (value == null) {
          validity.clear(i);
        } else if (isList(value)) {
          checkSize(BYTES_OF_ITEM * (items.length + value.length), limit);
          for (let k = 0; k < value.length; k++) items.push(cellOf(value, k, i));
        } else {
          throw new Misfit(i);
        }
      }
      offsets[length] = items.length;
      const child = within(
        "[]",
        (index) => listOfItem(offsets, length, index),
        () => item.pack(items, items.length, limit),
      );
      return packed(length, validity, [cut(offsets, length + 1)], [child]);
    },
  };
}

/** What an item takes, more or less, so that more of them than a batch may have are not gathered first. */
const BYTES_OF_ITEM = 4;

/** Objects whose keys are among the fields; a missing one is null. */
export function structs(fields: { name: string; packer: Packer }[]): Packer {
  const names = new Set(fields.map((field) => field.name));
  const valid = new Validity();
  return {
    pack(values, length, limit) {
      const objects: (object | null)[] = new Array(length).fill(null);
      const validity = valid.reset(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) validity.clear(i);
        else if (isRecordOf(value, names, i)) objects[i] = value;
        else throw new Misfit(i);
      }
      const children = fields.map(({ name, packer }) =>
        within(
          `.${name}`,
          (index) => index,
          () => packer.pack(fieldsOf(objects, name), length, limit),
        ),
      );
      return packed(length, validity, [], children);
    },
  };
}

/** Runs the packing of a child; where it fails, says so of the parent's index, and of the way there. */
export function within(
  step: string,
  parentOf: (index: number) => number,
  pack: () => PackedColumn,
): PackedColumn {
  try {
    return pack();
  } catch (error) {
    if (error instanceof Misfit || error instanceof CellError) error.index = parentOf(error.index);
    if (error instanceof CellError) error.path = step + error.path;
    throw error;
  }
}

/** The list that holds the item of this index. */
function listOfItem(offsets: Int32Array, length: number, index: number): number {
  let low = 0;
  let high = length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) <= index) low = middle;
    else high = middle;
  }
  return low;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  if (Array.isArray(value)) return true;
  if (!ArrayBuffer.isView(value) || isBinary(value) || value instanceof DataView) return false;
  checkAttached(value);
  return true;
}

/** Whether this is an object without other keys than these. */
function isRecordOf(value: unknown, names: Set<string>, index: number): value is object {
  try {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !isStruct(value)) return false;
    return Object.keys(value).every((key) => names.has(key));
  } catch (error) {
    throw new CellError("source/read-failed", "reading a cell threw", index, "", { error });
  }
}

function fieldsOf(objects: readonly (object | null)[], name: string): unknown[] {
  return objects.map((object, i) => (object && Object.hasOwn(object, name) ? cellOf(object, name, i) : null));
}
