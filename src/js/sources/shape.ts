import { SourceError } from "../errors.js";
import { placed } from "../pack/pack.js";
import { CellError } from "../pack/packer.js";
import type { ExportConfig } from "../types.js";

/** A column of rows: its name, and the key its cells are under. */
export interface RowColumn {
  name: string;
  key: string | number;
}

/** What the rows have in common. */
export interface RowShape {
  readonly columns: readonly RowColumn[];
  /** Checks that these are rows of this shape. */
  check(rows: readonly unknown[], firstRow: number): void;
  /** The cells of one column, of rows that were checked last. */
  gather(rows: readonly unknown[], column: RowColumn, firstRow: number): unknown[];
}

/** The shape of a table by its first rows. */
export function shapeOf(rows: readonly unknown[], config: ExportConfig): RowShape {
  const first = rows[0];
  const shape = isArray(first, 0) ? new ArrayShape(first, config.schema) : new ObjectShape(rows, config);
  shape.check(rows, 0);
  return shape;
}

class ArrayShape implements RowShape {
  readonly columns: readonly RowColumn[];

  constructor(first: readonly unknown[], schema: ExportConfig["schema"]) {
    const names = schema ? Object.keys(schema) : Array.from(first, (_, index) => `column${index}`);
    this.columns = names.map((name, key) => ({ name, key }));
  }

  check(rows: readonly unknown[], firstRow: number): void {
    const width = this.columns.length;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (!isArray(row, firstRow + i)) throw notARow("an array", firstRow + i);
      if (row.length !== width) {
        const message = `a row has ${row.length} cells, and the table ${width} columns`;
        throw new SourceError("source/ragged-row", message, { row: firstRow + i });
      }
    }
  }

  gather(rows: readonly unknown[], column: RowColumn, firstRow: number): unknown[] {
    return gather(rows, column, firstRow);
  }
}

/** Names that every object has something under; a row has them only where they are its own. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

class ObjectShape implements RowShape {
  readonly columns: readonly RowColumn[];
  readonly #names: readonly string[];
  readonly #known: ReadonlySet<string>;
  /** Whether a key that the first rows did not have is an error; with selectors it is none that was selected. */
  readonly #strict: boolean;
  /** Whether the rows that were checked last inherit nothing that could be taken for a cell. */
  #allPlain = false;

  constructor(rows: readonly unknown[], config: ExportConfig) {
    const known = new Set<string>();
    for (let i = 0; i < rows.length; i++) for (const name of keysOf(rows[i], i)) known.add(name);
    this.#known = known;
    this.#names = [...known];
    this.#strict = !config.selectors;
    this.columns = this.#names.map((name) => ({ name, key: name }));
  }

  check(rows: readonly unknown[], firstRow: number): void {
    this.#allPlain = true;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (!isPlain(row)) {
        this.#allPlain = false;
        if (!isRecord(row, firstRow + i)) throw notARow("an object", firstRow + i);
      }
      if (this.#strict && !this.#looksKnown(row, firstRow + i)) this.#checkKeys(row, firstRow + i);
    }
  }

  gather(rows: readonly unknown[], column: RowColumn, firstRow: number): unknown[] {
    const isGuarded = !this.#allPlain || INHERITED.has(column.name);
    return isGuarded ? gatherOwn(rows, column, firstRow) : gather(rows, column, firstRow);
  }

  /** Whether the keys are the known ones in their order, as most rows' are; the engine has them at hand. */
  #looksKnown(row: object, index: number): boolean {
    let at = 0;
    try {
      for (const key in row) if (key !== this.#names[at++]) return false;
    } catch (error) {
      throw unreadable(index, error);
    }
    return true;
  }

  #checkKeys(row: object, index: number): void {
    for (const key of keysOf(row, index)) {
      if (this.#known.has(key)) continue;
      const message = "a row has a column that the first rows did not have; selectors would leave it out";
      throw new SourceError("source/new-column", message, { row: index, column: key });
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

function isArray(row: unknown, index: number): row is readonly unknown[] {
  try {
    return Array.isArray(row);
  } catch (error) {
    throw unreadable(index, error);
  }
}

/** Whether this is an object as a literal makes it: what most rows are, and quick to tell. */
function isPlain(row: unknown): row is object {
  if (typeof row !== "object" || row === null) return false;
  try {
    return Object.getPrototypeOf(row) === Object.prototype;
  } catch {
    return false;
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

function gather(rows: readonly unknown[], { name, key }: RowColumn, firstRow: number): unknown[] {
  const values = new Array<unknown>(rows.length);
  let i = 0;
  try {
    for (; i < rows.length; i++) values[i] = (rows[i] as Record<string | number, unknown>)[key];
  } catch (error) {
    throw unreadableCell(i, name, firstRow, error);
  }
  return values;
}

/** The same, for rows that inherit things which are no cells. */
function gatherOwn(rows: readonly unknown[], { name, key }: RowColumn, firstRow: number): unknown[] {
  const values = new Array<unknown>(rows.length);
  let i = 0;
  try {
    for (; i < rows.length; i++) {
      const row = rows[i] as Record<string | number, unknown>;
      if (Object.prototype.propertyIsEnumerable.call(row, key)) values[i] = row[key];
    }
  } catch (error) {
    throw unreadableCell(i, name, firstRow, error);
  }
  return values;
}

function notARow(expected: string, row: number): SourceError {
  return new SourceError("source/not-a-row", `a row is not ${expected}, as the others are`, { row });
}

function unreadable(row: number, error: unknown): SourceError {
  return new SourceError("source/read-failed", "reading a row threw", { row }, { error });
}

function unreadableCell(index: number, column: string, firstRow: number, error: unknown): SourceError {
  const cell = new CellError("source/read-failed", "reading a cell threw", index, "", { error });
  return placed(cell, column, firstRow);
}
