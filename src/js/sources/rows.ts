import type { Observation, PlainSource } from "../boundary.js";
import { Observer } from "../pack/observe.js";
import { ColumnPacker, placed } from "../pack/pack.js";
import { CellError } from "../pack/packer.js";
import { Batches } from "./batch.js";
import type { RowReader } from "./readers.js";
import { type RowColumn, type RowShape, shapeOf } from "./shape.js";
import type { Port, TableSource } from "./source.js";

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
    const { batches } = this.#table;
    await this.#fill(batches.rows, port);
    if (this.#waiting.length === 0) {
      port.end();
      return;
    }
    const given = await this.#table.give(this.#waiting.slice(0, batches.rows), this.#firstRow, port);
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
  const { config } = port;
  const shape = shapeOf(rows, config);
  const wanted = config.selectors && new Set(config.selectors);
  const seen: [string, Observation][] = [];
  for (const column of shape.columns) {
    const isWanted = !wanted || wanted.has(column.name);
    seen.push([column.name, see(isWanted ? shape.gather(rows, column, 0) : [], column.name)]);
    await port.rest();
  }
  const byName = new Map(shape.columns.map((column) => [column.name, column]));
  const fields = await port.infer(seen);
  const columns = fields.map((field, index) => ({
    column: byName.get(field.name) ?? { name: field.name, key: field.name },
    packer: new ColumnPacker(index, field),
  }));
  return new Table(shape, columns);
}

/** What the first values of a column are. */
export function see(values: readonly unknown[], name: string): Observation {
  const observer = new Observer();
  try {
    for (let row = 0; row < values.length; row++) observer.see(values[row], row);
  } catch (error) {
    throw error instanceof CellError ? placed(error, name, 0) : error;
  }
  return observer.result();
}

interface TableColumn {
  column: RowColumn;
  packer: ColumnPacker;
}

/** A table whose columns are decided. */
class Table {
  readonly batches: Batches;
  readonly #shape: RowShape;
  readonly #columns: readonly TableColumn[];

  constructor(shape: RowShape, columns: readonly TableColumn[]) {
    this.#shape = shape;
    this.#columns = columns;
    this.batches = new Batches(columns.length);
  }

  /** Gives the core a batch of the first of these rows; answers with how many. */
  async give(rows: readonly unknown[], firstRow: number, port: Port): Promise<number> {
    this.#shape.check(rows, firstRow);
    return this.batches.give(rows.length, firstRow, port, (index, count) => {
      const { column, packer } = this.#columns[index] as TableColumn;
      const some = count === rows.length ? rows : rows.slice(0, count);
      return packer.pack(this.#shape.gather(some, column, firstRow), firstRow, port);
    });
  }
}
