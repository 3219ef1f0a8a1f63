import { within } from "./nested.js";
import { cellOf, entriesOf, isMap, isStruct, keysOf } from "./observe.js";
import { CellError, cut, Misfit, type Packer, packed, Scratch, Validity } from "./packer.js";

/** Maps, and objects as maps of their keys. */
export function maps(key: Packer, value: Packer): Packer {
  const scratch = new Scratch(Int32Array);
  const valid = new Validity();
  return {
    pack(cells, length, limit) {
      const offsets = scratch.of(length + 1);
      const validity = valid.reset(length);
      const owners: number[] = [];
      const keys: unknown[] = [];
      const values: unknown[] = [];
      for (let i = 0; i < length; i++) {
        const cell = cells[i];
        offsets[i] = keys.length;
        if (cell == null) {
          validity.clear(i);
        } else {
          for (const [key, value] of entries(cell, i)) {
            owners.push(i);
            keys.push(key);
            values.push(value);
          }
        }
      }
      offsets[length] = keys.length;
      const ownerOf = (index: number) => owners[index] as number;
      const pair = [
        within(".key", ownerOf, () => key.pack(keys, keys.length, limit)),
        within(".value", ownerOf, () => value.pack(values, values.length, limit)),
      ];
      return packed(length, validity, [cut(offsets, length + 1)], [packed(keys.length, null, [], pair)]);
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
