import type { FieldSpec, PackedColumn } from "../boundary.js";
import { SourceError } from "../errors.js";
import type { Port } from "../sources/source.js";
import { binaries } from "./bytes.js";
import { dates } from "./dates.js";
import { maps } from "./maps.js";
import { lists, structs } from "./nested.js";
import { booleans, doubles, ints, longs, nulls } from "./numbers.js";
import { observe } from "./observe.js";
import { CellError, limitOf, Misfit, Oversize, type Packer } from "./packer.js";
import { scalarTexts, strings } from "./strings.js";
import { parseType, type Type } from "./type.js";

/** Packs one column of the table, in the type that the core gave it; asks the core where a value does not fit. */
export class ColumnPacker {
  readonly #index: number;
  #field: FieldSpec;
  #packer: Packer;

  /** The column of this index among those that the core wants. */
  constructor(index: number, field: FieldSpec) {
    this.#index = index;
    this.#field = field;
    this.#packer = packerOf(field);
  }

  get name(): string {
    return this.#field.name;
  }

  /**
   * Packs the first `length` values, one a row from row `firstRow` on. Throws `Oversize` where they are too much for a
   * batch. To be waited for where a value does not fit, and the core that is asked is in another thread. The buffers are
   * valid until the next call.
   */
  pack(
    values: ArrayLike<unknown>,
    length: number,
    firstRow: number,
    port: Port,
  ): PackedColumn | Promise<PackedColumn> {
    for (;;) {
      try {
        return this.#packer.pack(values, length, limitOf(length));
      } catch (error) {
        if (error instanceof CellError) throw placed(error, this.name, firstRow);
        if (error instanceof Oversize) throw error;
        if (!(error instanceof Misfit)) throw this.#blame(values, length, firstRow, error);
        const widened = this.#widen(values[error.index], firstRow + error.index, port);
        if (widened) return widened.then(() => this.pack(values, length, firstRow, port));
      }
    }
  }

  /** Finds the value that threw while it was packed, as a revoked Proxy does: it throws when it is looked at, too. */
  #blame(values: ArrayLike<unknown>, length: number, firstRow: number, error: unknown): unknown {
    try {
      for (let i = 0; i < length; i++) observeCell(values[i], firstRow + i, this.name);
      return error;
    } catch (found) {
      return found;
    }
  }

  #widen(value: unknown, row: number, port: Port): Promise<void> | undefined {
    const answer = port.widen(this.#index, row, observeCell(value, row, this.name));
    if (answer instanceof Promise) return answer.then((field) => this.#replace(field, row));
    this.#replace(answer, row);
    return undefined;
  }

  #replace(field: FieldSpec, row: number): void {
    const old = this.#field;
    if (field.type === old.type && field.asText === old.asText) {
      const message = `a value does not fit the column's type, ${field.type}`;
      throw new SourceError("source/type-changed", message, { row, column: old.name });
    }
    this.#field = field;
    this.#packer = packerOf(field);
  }
}

function observeCell(value: unknown, row: number, column: string) {
  try {
    return observe(value, row);
  } catch (error) {
    throw error instanceof CellError ? placed(error, column, 0) : error;
  }
}

/** What is wrong with a cell, as it is said of the table. */
export function placed(error: CellError, column: string, firstRow: number): SourceError {
  const where = { row: firstRow + error.index, column: column + error.path };
  return new SourceError(error.code, error.message, where, error.cause);
}

function packerOf(field: FieldSpec): Packer {
  return packerOfType(parseType(field.type), field.asText ? scalarTexts : strings);
}

/** The packer for a type: one of those that the core infers; what `schema` asks for is made of them afterwards. */
function packerOfType(type: Type, texts: () => Packer): Packer {
  const child = (index: number) => packerOfType(type.children[index] as Type, texts);
  switch (type.name) {
    case "null":
      return nulls();
    case "boolean":
      return booleans();
    case "int32":
      return ints();
    case "int64":
      return longs(true);
    case "uint64":
      return longs(false);
    case "float64":
      return doubles();
    case "string":
      return texts();
    case "binary":
      return binaries();
    case "timestamp":
      return dates();
    case "list":
      return lists(child(0));
    case "map":
      return maps(child(0), child(1));
    case "struct":
      return structs(type.children.map((_, i) => ({ name: type.names[i] ?? "", packer: child(i) })));
    default:
      throw new Error(`The core inferred ${type.name}, which no values are packed as.`);
  }
}
