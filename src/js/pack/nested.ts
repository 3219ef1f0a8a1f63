import type { PackedColumn } from "../boundary.js";
import { cellOf, isStruct } from "./observe.js";
import { allValid, CellError, clearBit, Misfit, type Packer, packed } from "./packer.js";
import { wideOffsets } from "./strings.js";

/** Lists of any length. */
export function lists(item: Packer, large: boolean): Packer {
  return {
    pack(values, length) {
      const offsets = new Int32Array(length + 1);
      const items: unknown[] = [];
      let validity: Uint8Array | null = null;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) clearBit((validity ??= allValid(length)), i);
        else if (isList(value)) gatherItems(value, items, i);
        else throw new Misfit(i);
        offsets[i + 1] = items.length;
      }
      const child = within(
        "[]",
        (index) => rowOfItem(offsets, index),
        () => item.pack(items, items.length),
      );
      return packed(length, validity, [large ? wideOffsets(offsets) : offsets], [child]);
    },
  };
}

/** Lists of one length. */
export function fixedLists(item: Packer, size: number): Packer {
  return {
    pack(values, length) {
      const items: unknown[] = [];
      let validity: Uint8Array | null = null;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) {
          clearBit((validity ??= allValid(length)), i);
          for (let k = 0; k < size; k++) items.push(null);
        } else if (isList(value) && value.length === size) {
          gatherItems(value, items, i);
        } else {
          throw new Misfit(i);
        }
      }
      const child = within(
        "[]",
        (index) => Math.floor(index / size),
        () => item.pack(items, items.length),
      );
      return packed(length, validity, [], [child]);
    },
  };
}

/** Objects whose keys are among the fields; a missing one is null. */
export function structs(fields: { name: string; packer: Packer }[]): Packer {
  const names = new Set(fields.map((field) => field.name));
  return {
    pack(values, length) {
      const objects: (object | null)[] = new Array(length);
      let validity: Uint8Array | null = null;
      for (let i = 0; i < length; i++) {
        const value = values[i];
        objects[i] = null;
        if (value == null) clearBit((validity ??= allValid(length)), i);
        else if (isRecord(value, i) && hasOnly(value, names)) objects[i] = value;
        else throw new Misfit(i);
      }
      const children = fields.map(({ name, packer }) =>
        within(
          `.${name}`,
          (index) => index,
          () =>
            packer.pack(
              objects.map((object, i) => fieldOf(object, name, i)),
              length,
            ),
        ),
      );
      return packed(length, validity, [], children);
    },
  };
}

/** Runs the packing of a child; where it fails, says so of the parent's index, and by the way there. */
function within(step: string, parentOf: (index: number) => number, pack: () => PackedColumn): PackedColumn {
  try {
    return pack();
  } catch (error) {
    if (error instanceof Misfit || error instanceof CellError) error.index = parentOf(error.index);
    if (error instanceof CellError) error.path = step + error.path;
    throw error;
  }
}

/** The list that holds the item of this index. */
function rowOfItem(offsets: Int32Array, index: number): number {
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
  return ArrayBuffer.isView(value) && !(value instanceof DataView || value instanceof Uint8Array);
}

function gatherItems(list: ArrayLike<unknown>, items: unknown[], index: number): void {
  for (let k = 0; k < list.length; k++) items.push(cellOf(list, k, index));
}

function isRecord(value: unknown, index: number): value is object {
  try {
    return typeof value === "object" && value !== null && !Array.isArray(value) && isStruct(value);
  } catch (error) {
    throw new CellError("source/read-failed", "reading a cell threw", index, "", { error });
  }
}

function hasOnly(object: object, names: Set<string>): boolean {
  for (const key of Object.keys(object)) if (!names.has(key)) return false;
  return true;
}

function fieldOf(object: object | null, name: string, index: number): unknown {
  return object && Object.hasOwn(object, name) ? cellOf(object, name, index) : null;
}
