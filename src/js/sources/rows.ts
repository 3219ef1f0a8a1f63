import type { Observation, PackedColumn, PlainSource } from "../boundary.js";
import { SourceError } from "../errors.js";
import { Observer } from "../pack/observe.js";
import { ColumnPacker, placed } from "../pack/pack.js";
import { CellError, Oversize, sizeOf } from "../pack/packer.js";
import type { RowReader } from "./readers.js";
import { type RowColumn, type RowShape, shapeOf } from "./shape.js";
import type { Port, TableSource } from "./source.js";

/** Rows that are looked at before the types are decided. */
const WINDOW = 10_000;
/** Rows and cells of a batch, at most. */
const BATCH_ROWS = 8192;
const BATCH_CELLS = 1 << 17;
/** Bytes of a batch: about, and at most, unless it is one row. */
const BATCH_BYTES = 2 << 20;
const MAX_BATCH_BYTES = 8 << 20;

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
    const count = this.#table.batchRows;
    await this.#fill(count, port);
    if (this.#waiting.length === 0) return port.end();
    const packed = this.#table.pack(this.#waiting.slice(0, count), this.#firstRow, port);
    this.#waiting = this.#waiting.slice(packed);
    this.#firstRow += packed;
  }

  close(reason: unknown): void | Promise<unknown> {
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
    const observer = new Observer();
    if (!wanted || wanted.has(column.name)) see(observer, shape.gather(rows, column, 0), column.name);
    seen.push([column.name, observer.result()]);
    await port.rest();
  }
  const byName = new Map(shape.columns.map((column) => [column.name, column]));
  const packers = port.infer(seen).map((field, index) => ({
    column: byName.get(field.name) ?? { name: field.name, key: field.name },
    packer: new ColumnPacker(index, field),
  }));
  return new Table(shape, packers);
}

function see(observer: Observer, values: readonly unknown[], name: string): void {
  try {
    for (let row = 0; row < values.length; row++) observer.see(values[row], row);
  } catch (error) {
    throw error instanceof CellError ? placed(error, name, 0) : error;
  }
}

/** A table whose columns are decided. */
class Table {
  readonly #shape: RowShape;
  readonly #columns: readonly { column: RowColumn; packer: ColumnPacker }[];
  readonly #maxRows: number;
  /** Rows that the next batch should have. */
  batchRows: number;

  constructor(shape: RowShape, columns: readonly { column: RowColumn; packer: ColumnPacker }[]) {
    this.#shape = shape;
    this.#columns = columns;
    this.#maxRows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_CELLS / (columns.length || 1))));
    this.batchRows = Math.min(this.#maxRows, 1024);
  }

  /** Packs rows as one batch, and answers with how many: fewer than were given where all would be too much. */
  pack(rows: readonly unknown[], firstRow: number, port: Port): number {
    this.#shape.check(rows, firstRow);
    for (let count = rows.length; ; count = count >> 1) {
      if (count === 0) {
        throw new SourceError("limit/exceeded", "a row is larger than a batch can be", { row: firstRow });
      }
      const batch = this.#tryPack(rows.slice(0, count), firstRow, port);
      if (!batch) continue;
      port.packed(count, batch.columns);
      const affordable = Math.floor((BATCH_BYTES * count) / (batch.size + 1));
      this.batchRows = Math.max(1, Math.min(this.#maxRows, affordable));
      return count;
    }
  }

  /** A batch of these rows, unless that is too much. */
  #tryPack(rows: readonly unknown[], firstRow: number, port: Port) {
    const columns: PackedColumn[] = [];
    let size = 0;
    try {
      for (const { column, packer } of this.#columns) {
        const packed = packer.pack(this.#shape.gather(rows, column, firstRow), rows.length, firstRow, port);
        size += sizeOf(packed);
        if (size > MAX_BATCH_BYTES && rows.length > 1) return undefined;
        columns.push(packed);
      }
    } catch (error) {
      if (error instanceof Oversize) return undefined;
      throw error;
    }
    return { columns, size };
  }
}
