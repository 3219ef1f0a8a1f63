import type { Observation, PackedColumn, PlainSource } from "../boundary.js";
import { SourceError } from "../errors.js";
import { checkAttached, Observer } from "../pack/observe.js";
import { ColumnPacker } from "../pack/pack.js";
import { bytesOf, packed } from "../pack/packer.js";
import { Batches } from "./batch.js";
import { see, WINDOW } from "./rows.js";
import { endOf, type Port, type TableSource } from "./source.js";

type TypedArray = Exclude<ArrayBufferView, DataView> &
  ArrayLike<number | bigint> & { BYTES_PER_ELEMENT: number };

/** The types of typed arrays. */
const TYPES: Readonly<Record<string, string>> = {
  Int8Array: "int8",
  Int16Array: "int16",
  Int32Array: "int32",
  BigInt64Array: "int64",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
  Uint16Array: "uint16",
  Uint32Array: "uint32",
  BigUint64Array: "uint64",
  Float16Array: "float16",
  Float32Array: "float32",
  Float64Array: "float64",
};

type Columns = Readonly<Record<string, readonly unknown[] | TypedArray>>;

/** Whether these are columns by name: arrays and typed arrays, and nothing else. */
export function isColumns(source: Record<string, unknown>): source is Columns {
  const columns = Object.values(source);
  return (
    columns.length > 0 && columns.every((column) => Array.isArray(column) || typeOf(column) !== undefined)
  );
}

/** The type that a typed array states. */
function typeOf(column: unknown): string | undefined {
  // By the built-in getter, which gives a Buffer the name of what it is, too.
  return ArrayBuffer.isView(column) ? TYPES[typedArrayName.call(column) ?? ""] : undefined;
}

const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as (this: ArrayBufferView) => string | undefined;

/** Columns by name. */
export class ColumnsSource implements TableSource {
  readonly plain: PlainSource;
  readonly #columns: Columns;
  readonly #length: number;
  #packers: readonly PackRange[] | undefined;
  #batches = new Batches(0);
  #at = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
    this.#length = Object.values(columns)[0]?.length ?? 0;
    this.plain = { kind: "packed", rows: this.#length };
  }

  async pull(port: Port): Promise<void> {
    if (!this.#packers) {
      this.#checkLengths();
      this.#packers = await this.#open(port);
      this.#batches = new Batches(this.#packers.length);
    }
    const packers = this.#packers;
    const rows = Math.min(this.#batches.rows, Math.min(this.#length, endOf(port.config)) - this.#at);
    if (rows === 0) {
      port.end();
      return;
    }
    this.#checkLengths();
    const from = this.#at;
    const given = await this.#batches.give(rows, from, port, (index, count) =>
      (packers[index] as PackRange)(from, from + count, port),
    );
    this.#at = from + given;
  }

  close(): undefined {}

  async #open(port: Port): Promise<PackRange[]> {
    const wanted = port.config.selectors && new Set(port.config.selectors);
    const seen: [string, Observation][] = [];
    for (const [name, column] of Object.entries(this.#columns)) {
      const stated = typeOf(column);
      const observer = new Observer();
      const isSeen = !stated && (!wanted || wanted.has(name));
      if (isSeen) see(observer, (column as unknown[]).slice(0, WINDOW), 0, name);
      seen.push([name, stated ? { ...observer.result(), stated } : observer.result()]);
      await port.rest();
    }
    const fields = await port.infer(seen);
    return fields.map((field, index) => {
      const column = Object.hasOwn(this.#columns, field.name) ? this.#columns[field.name] : [];
      return ArrayBuffer.isView(column)
        ? packTyped(column)
        : packPlain(column ?? [], new ColumnPacker(index, field));
    });
  }

  #checkAttached(column: string, values: Columns[string]): void {
    try {
      if (ArrayBuffer.isView(values)) checkAttached(values);
    } catch (error) {
      const message = "the buffer of a column is detached";
      throw new SourceError("source/read-failed", message, { row: this.#at, column }, { error });
    }
  }

  /** Of a typed array whose buffer was shrunk meanwhile, too. */
  #checkLengths(): void {
    for (const [column, values] of Object.entries(this.#columns)) {
      this.#checkAttached(column, values);
      const { length } = values;
      if (length === this.#length) continue;
      const message = `a column has ${length} values, and the first ${this.#length}`;
      const row = Math.min(length, this.#length);
      throw new SourceError("source/ragged-row", message, { row, column });
    }
  }
}

/** Packs the rows of a range of one column. */
type PackRange = (from: number, to: number, port: Port) => PackedColumn | Promise<PackedColumn>;

function packTyped(column: TypedArray): PackRange {
  const width = column.BYTES_PER_ELEMENT;
  return (from, to) => packed(to - from, null, [bytesOf(column).subarray(from * width, to * width)]);
}

function packPlain(column: readonly unknown[], packer: ColumnPacker): PackRange {
  return (from, to, port) => {
    const values = column.slice(from, to);
    // A column that only `schema` names has no values.
    values.length = to - from;
    return packer.pack(values, to - from, from, port);
  };
}
