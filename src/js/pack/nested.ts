import type { PackedColumn } from "../boundary.js";
import { cellOf, checkAttached, isBinary, isStruct } from "./observe.js";
import { CellError, Misfit, type Packer, packed, Validity } from "./packer.js";

/** Lists of any length. */
export function lists(item: Packer): Packer {
  return {
    pack(values, length) {
      const offsets = new Int32Array(length + 1);
      const items: unknown[] = [];
      const validity = new Validity(length);
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) validity.clear(i);
        else if (isList(value)) for (let k = 0; k < value.length; k++) items.push(cellOf(value, k, i));
        else throw new Misfit(i);
        offsets[i + 1] = items.length;
      }
      const child = within(
        "[]",
        (index) => listOfItem(offsets, index),
        () => item.pack(items, items.length),
      );
      return packed(length, validity, [offsets], [child]);
    },
  };
}

/** Objects whose keys are among the fields; a missing one is null. */
export function structs(fields: { name: string; packer: Packer }[]): Packer {
  const names = new Set(fields.map((field) => field.name));
  return {
    pack(values, length) {
      const objects: (object | null)[] = new Array(length).fill(null);
      const validity = new Validity(length);
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
          () => packer.pack(fieldsOf(objects, name), length),
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
function listOfItem(offsets: Int32Array, index: number): number {
  let low = 0;
  let high = offsets.length - 1;
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
