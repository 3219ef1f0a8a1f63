import type { PackedColumn } from "../boundary.js";
import { SourceError } from "../errors.js";
import { Oversize, sizeOfRows } from "../pack/packer.js";
import type { Port } from "./source.js";

/** Rows and cells of a batch, at most. Batches end where the core's blocks do, which then need not be put together. */
const MAX_ROWS = 8192;
const MAX_CELLS = 1 << 17;
/** Bytes of a batch: about, and at most, unless it is one row. */
const BYTES = 2 << 20;
const MAX_BYTES = 8 << 20;

/** Rows that a batch of so many columns has at most. */
export function maxRows(columns: number): number {
  return Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_CELLS / (columns || 1))));
}

/** Packs one column of a batch: that of this index, of the first `count` rows. */
export type PackColumn = (column: number, count: number) => PackedColumn | Promise<PackedColumn>;

/** Gives the core batch after batch, of a size that memory and a page's patience allow. */
export class Batches {
  readonly #columns: number;
  readonly #maxRows: number;
  /** Rows that the next batch should have. */
  rows: number;

  constructor(columns: number) {
    this.#columns = columns;
    this.#maxRows = maxRows(columns);
    this.rows = Math.min(this.#maxRows, 1024);
  }

  /** Gives a batch of `rows` rows, or of fewer where that would be too much; answers with how many. */
  async give(rows: number, firstRow: number, port: Port, pack: PackColumn): Promise<number> {
    for (let count = rows; count > 0; count >>= 1) {
      const batch = await this.#tryPack(count, pack);
      if (!batch) continue;
      port.packed(count, batch.columns);
      const affordable = Math.floor((BYTES * count) / (batch.size + 1));
      const left = MAX_ROWS - ((firstRow + count) % MAX_ROWS);
      this.rows = Math.max(1, Math.min(this.#maxRows, affordable, left));
      return count;
    }
    throw new SourceError("limit/exceeded", "a row is larger than 2 GiB", { row: firstRow });
  }

  async #tryPack(
    count: number,
    pack: PackColumn,
  ): Promise<{ columns: PackedColumn[]; size: number } | undefined> {
    const columns: PackedColumn[] = [];
    let size = 0;
    try {
      for (let index = 0; index < this.#columns; index++) {
        const column = await pack(index, count);
        columns.push(column);
        size += sizeOfRows(column);
        if (size > MAX_BYTES && count > 1) return undefined;
      }
    } catch (error) {
      if (error instanceof Oversize) return undefined;
      throw error;
    }
    return { columns, size };
  }
}
