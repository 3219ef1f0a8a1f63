import type { FieldSpec, Observation, PlainSource } from "../boundary.js";
import { Observer } from "../pack/observe.js";
import { ColumnPacker, placed } from "../pack/pack.js";
import { CellError } from "../pack/packer.js";
import { Batches, maxRows } from "./batch.js";
import type { RowReader } from "./readers.js";
import { ArrayShape, type Cells, isArray, ObjectShape, type RowShape } from "./shape.js";
import { endOf, type Port, type TableSource } from "./source.js";

/** Rows that are looked at before the types are decided: `WINDOW_ROWS` of the core. */
export const WINDOW = 10_000;

/** Rows, as objects or as arrays. */
export class RowsSource implements TableSource {
  readonly plain: PlainSource;
  readonly #reader: RowReader;
  #table: Table | undefined;
  /** Rows that were read and not yet packed. */
  #waiting: unknown[] = [];
  /** The row number of the first of them. */
  #firstRow = 0;
  #ended = false;

  constructor(reader: RowReader, rows?: number) {
    this.#reader = reader;
    this.plain = rows === undefined ? { kind: "packed" } : { kind: "packed", rows };
  }

  async pull(port: Port): Promise<void> {
    if (!this.#table) {
      await this.#fill(WINDOW, port);
      this.#table = await openTable(this.#waiting, port);
    }
    const left = endOf(port.config) - this.#firstRow;
    await this.#fill(Math.min(this.#table.batches.rows, left), port);
    const rows = this.#waiting.slice(0, left);
    if (rows.length === 0) {
      port.end();
      return;
    }
    const given = await this.#table.give(rows, this.#firstRow, port);
    this.#waiting = this.#waiting.slice(given);
    this.#firstRow += given;
  }

  close(reason: unknown): Promise<unknown> | undefined {
    this.#waiting = [];
    return this.#reader.close(reason);
  }

  /** Reads until `count` rows wait, or there are no more. */
  async #fill(count: number, port: Port): Promise<void> {
    while (!this.#ended && this.#waiting.length < count) {
      const rows = await this.#reader.read(count - this.#waiting.length);
      if (rows.length === 0) this.#ended = true;
      else this.#waiting = this.#waiting.length === 0 ? rows : this.#waiting.concat(rows);
      await port.rest();
    }
  }
}

/** Looks at the first rows and has the core decide on the columns. */
async function openTable(rows: readonly unknown[], port: Port): Promise<Table> {
  const shape = await shapeOf(rows, port);
  const seen = await observeRows(rows, shape, port);
  const fields = await port.infer(seen);
  // A column that was selected and that only `schema` names may still come.
  if (port.config.selectors && shape instanceof ObjectShape) for (const { name } of fields) shape.add(name);
  return new Table(shape, fields);
}

/** The shape of a table by its first rows. */
async function shapeOf(rows: readonly unknown[], port: Port): Promise<RowShape> {
  const { schema, selectors } = port.config;
  const first = rows[0];
  if (isArray(first, 0)) return new ArrayShape(first, schema);
  const shape = new ObjectShape(!selectors);
  for (let from = 0; from < rows.length; from += PIECE) {
    shape.learn(rows.slice(from, from + PIECE), from);
    await port.rest();
  }
  return shape;
}

/** Rows whose keys are looked at without a break. */
const PIECE = 512;

/** What each column is in the first rows. */
async function observeRows(
  rows: readonly unknown[],
  shape: RowShape,
  port: Port,
): Promise<[string, Observation][]> {
  const { selectors } = port.config;
  const wanted = selectors && new Set(selectors);
  const observers = shape.names.map(() => new Observer());
  const size = Math.min(PIECE, maxRows(observers.length));
  for (let from = 0; from < rows.length; from += size) {
    const count = Math.min(size, rows.length - from);
    const columns = shape.names.map((name) => (!wanted || wanted.has(name) ? cellsOf(count) : undefined));
    shape.read(rows.slice(from, from + count), count, from, columns);
    for (const [at, cells] of columns.entries()) {
      if (cells) see(observers[at] as Observer, cells, from, shape.names[at] as string);
    }
    await port.rest();
  }
  return shape.names.map((name, at) => [name, (observers[at] as Observer).result()]);
}

/** Looks at values of a column, of which the first is of row `firstRow`. */
export function see(observer: Observer, values: readonly unknown[], firstRow: number, column: string): void {
  try {
    for (let i = 0; i < values.length; i++) observer.see(values[i], firstRow + i);
  } catch (error) {
    throw error instanceof CellError ? placed(error, column, 0) : error;
  }
}

/** Room for cells of every kind: engines would make it anew for what it has not held yet. */
function cellsOf(count: number): unknown[] {
  return new Array<unknown>(count).fill(undefined);
}

/** A table whose columns are decided. */
class Table {
  readonly batches: Batches;
  readonly #shape: RowShape;
  readonly #packers: readonly ColumnPacker[];
  /** The cells of rows that were read, by column: in the order of the core's, and of the shape's. */
  readonly #cells: readonly unknown[][];
  readonly #columns: readonly Cells[];
  /** Rows that were read and not yet given. */
  #held = 0;

  constructor(shape: RowShape, fields: readonly FieldSpec[]) {
    this.#shape = shape;
    this.batches = new Batches(fields.length);
    this.#packers = fields.map((field, index) => new ColumnPacker(index, field));
    this.#cells = fields.map(() => cellsOf(maxRows(fields.length)));
    const byName = new Map(fields.map((field, index) => [field.name, this.#cells[index]]));
    this.#columns = shape.names.map((name) => byName.get(name));
  }

  /** Gives the core a batch of the first of these rows; answers with how many. */
  async give(rows: readonly unknown[], firstRow: number, port: Port): Promise<number> {
    if (this.#held === 0) {
      this.#held = Math.min(rows.length, this.batches.rows);
      this.#shape.read(rows, this.#held, firstRow, this.#columns);
    }
    const given = await this.batches.give(
      Math.min(this.#held, this.batches.rows),
      firstRow,
      port,
      (index, count) => {
        const cells = this.#cells[index] as unknown[];
        return (this.#packers[index] as ColumnPacker).pack(cells, count, firstRow, port);
      },
    );
    if (given < this.#held) for (const cells of this.#cells) cells.copyWithin(0, given, this.#held);
    this.#held -= given;
    return given;
  }
}
