import { within } from "./nested.js";
import { cellOf, entriesOf, isMap, isStruct, keysOf } from "./observe.js";
import { CellError, Misfit, type Packer, packed, Validity } from "./packer.js";

/** Maps, and objects as maps of their keys. */
export function maps(key: Packer, value: Packer): Packer {
  return {
    pack(cells, length) {
      const offsets = new Int32Array(length + 1);
      const validity = new Validity(length);
      const owners: number[] = [];
      const keys: unknown[] = [];
      const values: unknown[] = [];
      for (let i = 0; i < length; i++) {
        const cell = cells[i];
        if (cell == null) {
          validity.clear(i);
        } else {
          for (const [key, value] of entries(cell, i)) {
            owners.push(i);
            keys.push(key);
            values.push(value);
          }
        }
        offsets[i + 1] = keys.length;
      }
      const ownerOf = (index: number) => owners[index] as number;
      const pair = [
        within(".key", ownerOf, () => key.pack(keys, keys.length)),
        within(".value", ownerOf, () => value.pack(values, values.length)),
      ];
      return packed(length, validity, [offsets], [packed(keys.length, null, [], pair)]);
    },
  };
}

function entries(cell: unknown, index: number): [unknown, unknown][] {
  if (isMap(cell)) return entriesOf(cell, index);
  if (!isObject(cell, index)) throw new Misfit(index);
  return keysOf(cell, index).map((key) => [key, cellOf(cell, key, index)]);
}

function isObject(cell: unknown, index: number): cell is Record<string, unknown> {
  try {
    return typeof cell === "object" && cell !== null && !Array.isArray(cell) && isStruct(cell);
  } catch (error) {
    throw new CellError("source/read-failed", "reading a cell threw", index, "", { error });
  }
}
