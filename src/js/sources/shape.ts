import { SourceError } from "../errors.js";
import { keep } from "../kept.js";
import { placed } from "../pack/pack.js";
import { CellError } from "../pack/packer.js";
import type { ExportConfig } from "../types.js";

/** The cells of a column, by row; undefined where a column is not wanted. */
export type Cells = unknown[] | undefined;

/** What the rows have in common. */
export interface RowShape {
  /** The columns' names. */
  readonly names: readonly string[];
  /**
   * Checks that the first `count` rows are of this shape, and reads each of their cells once, into the first of the
   * columns' cells. `firstRow` is the number of the first row.
   */
  read(rows: readonly unknown[], count: number, firstRow: number, columns: readonly Cells[]): void;
}

/** Rows as arrays. */
export class ArrayShape implements RowShape {
  readonly names: readonly string[];

  constructor(first: readonly unknown[], schema: ExportConfig["schema"]) {
    this.names = schema ? Object.keys(schema) : Array.from(first, (_, index) => `column${index}`);
  }

  read(rows: readonly unknown[], count: number, firstRow: number, columns: readonly Cells[]): void {
    const width = this.names.length;
    for (let i = 0; i < count; i++) {
      const row = rows[i];
      if (!isArray(row, firstRow + i)) throw notARow("an array", firstRow + i);
      if (row.length !== width) {
        const message = `a row has ${row.length} cells, and the table ${width} columns`;
        throw new SourceError("source/ragged-row", message, { row: firstRow + i });
      }
      let at = 0;
      try {
        for (; at < width; at++) {
          const cells = columns[at];
          if (cells) cells[i] = row[at];
        }
      } catch (error) {
        throw unreadableCell(firstRow + i, this.names[at], error);
      }
    }
  }
}

/** Rows as objects. */
export class ObjectShape implements RowShape {
  readonly names: string[] = [];
  readonly #indexes = new Map<string, number>();
  /** Whether a key that no name is for is an error; with selectors it is none that was selected. */
  readonly #isStrict: boolean;
  readonly #plain = new Plain();

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict;
  }

  /** Takes in the names of these rows. */
  learn(rows: readonly unknown[], firstRow: number): void {
    this.#plain.forget();
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (this.#plain.has(row, firstRow + i) && this.#hasNames(row, firstRow + i)) continue;
      for (const name of keysOf(row, firstRow + i)) this.add(name);
    }
  }

  add(name: string): void {
    if (this.#indexes.has(name)) return;
    this.#indexes.set(name, this.names.length);
    this.names.push(name);
  }

  read(rows: readonly unknown[], count: number, firstRow: number, columns: readonly Cells[]): void {
    this.#plain.forget();
    for (let i = 0; i < count; i++) {
      const row = rows[i];
      if (this.#plain.has(row, firstRow + i)) this.#readPlain(row, i, firstRow + i, columns);
      else this.#readOwn(row, i, firstRow + i, columns);
    }
  }

  /** Whether the keys are the names in their order, as most rows' are; the engine has them at hand. */
  #hasNames(row: object, index: number): boolean {
    let at = 0;
    try {
      for (const key in row) if (key !== this.names[at++]) return false;
    } catch (error) {
      throw unreadable(index, error);
    }
    return at === this.names.length;
  }

  /** Reads a row that inherits no keys. Engines know what is under a key of `for in` without looking it up. */
  #readPlain(row: PlainRow, i: number, index: number, columns: readonly Cells[]): void {
    const { names } = this;
    let at = 0;
    let cell = -1;
    let isCleared = false;
    let unknown: string | undefined;
    try {
      for (const key in row) {
        if (key !== names[at]) {
          if (!isCleared) clear(columns, at, i);
          isCleared = true;
          const found = this.#indexes.get(key);
          if (found === undefined) {
            unknown ??= key;
            continue;
          }
          at = found;
        }
        const cells = columns[at];
        if (cells !== undefined) {
          cell = at;
          cells[i] = row[key];
          cell = -1;
        }
        at++;
      }
    } catch (error) {
      throw cell < 0 ? unreadable(index, error) : unreadableCell(index, names[cell], error);
    }
    if (!isCleared) clear(columns, at, i);
    if (unknown !== undefined && this.#isStrict) throw newColumn(index, unknown);
  }

  /** Reads what a row has under keys of its own. */
  #readOwn(row: unknown, i: number, index: number, columns: readonly Cells[]): void {
    clear(columns, 0, i);
    let next = 0;
    for (const key of keysOf(row, index)) {
      const at = key === this.names[next] ? next : this.#indexes.get(key);
      if (at === undefined) {
        if (this.#isStrict) throw newColumn(index, key);
        continue;
      }
      const cells = columns[at];
      try {
        if (cells) cells[i] = (row as PlainRow)[key];
      } catch (error) {
        throw unreadableCell(index, key, error);
      }
      next = at + 1;
    }
  }
}

/** Leaves a row without cells from column `at` on. */
function clear(columns: readonly Cells[], at: number, i: number): void {
  for (; at < columns.length; at++) {
    const cells = columns[at];
    if (cells) cells[i] = undefined;
  }
}

type PlainRow = Readonly<Record<string, unknown>>;

/** Tells rows that inherit no keys, by their prototypes. */
class Plain {
  #prototype: unknown;

  /** Forgets what prototypes are like, since they may change between batches. */
  forget(): void {
    this.#prototype = undefined;
  }

  has(row: unknown, index: number): row is PlainRow {
    if (typeof row !== "object" || row === null) return false;
    try {
      const prototype: unknown = Object.getPrototypeOf(row);
      if (prototype !== this.#prototype) {
        if (prototype !== Object.prototype && !isRecord(row, index)) return false;
        for (const _ in prototype as object) return false;
        this.#prototype = prototype;
      }
      return true;
    } catch {
      return false;
    }
  }
}

/** Whether this is an object that can be a row. */
function isRecord(row: unknown, index: number): row is object {
  if (typeof row !== "object" || row === null) return false;
  try {
    return !(Array.isArray(row) || ArrayBuffer.isView(row) || NO_ROWS.some((type) => row instanceof type));
  } catch (error) {
    throw unreadable(index, error);
  }
}

/** Objects without keys of their own, whatever they hold. */
const NO_ROWS = [Date, Map, Set, RegExp, Promise, ArrayBuffer, Number, String, Boolean];

export function isArray(row: unknown, index: number): row is readonly unknown[] {
  try {
    return Array.isArray(row);
  } catch (error) {
    throw unreadable(index, error);
  }
}

function keysOf(row: unknown, index: number): string[] {
  if (!isRecord(row, index)) throw notARow("an object", index);
  try {
    return Object.keys(row);
  } catch (error) {
    throw unreadable(index, error);
  }
}

function newColumn(row: number, column: string): SourceError {
  const message = "a row has a column that the first rows did not have; selectors would leave it out";
  return new SourceError("source/new-column", message, { row, column });
}

function notARow(expected: string, row: number): SourceError {
  return new SourceError("source/not-a-row", `a row is not ${expected}, as the others are`, { row });
}

function unreadable(row: number, error: unknown): SourceError {
  return new SourceError("source/read-failed", "reading a row threw", { row }, { error });
}

function unreadableCell(row: number, column = "", error: unknown): SourceError {
  return placed(new CellError("source/read-failed", "reading a cell threw", 0, "", { error }), column, row);
}

keep(new ObjectShape(true));
