import type { FieldSpec, PackedColumn } from "../boundary.js";
import { SourceError } from "../errors.js";
import type { Port } from "../sources/source.js";
import { binaries, fixedBinaries } from "./bytes.js";
import { timestamps } from "./dates.js";
import { fixedLists, lists, structs } from "./nested.js";
import { booleans, floats, integers, longs, nulls } from "./numbers.js";
import { observe } from "./observe.js";
import { CellError, Misfit, type Packer } from "./packer.js";
import { strings } from "./strings.js";
import { parseType, type Type } from "./type.js";

/** Packs one column of the table, in the type that the core gave it; asks the core where a value does not fit. */
export class ColumnPacker {
  readonly #index: number;
  #field: FieldSpec;
  #packer: Packer;

  constructor(index: number, field: FieldSpec) {
    this.#index = index;
    this.#field = field;
    this.#packer = packerFor(field);
  }

  get name(): string {
    return this.#field.name;
  }

  /** Packs values of which the first is of row `firstRow`. Throws `Oversize` where they are too much for a batch. */
  pack(values: ArrayLike<unknown>, length: number, firstRow: number, port: Port): PackedColumn {
    for (;;) {
      try {
        return this.#packer.pack(values, length);
      } catch (error) {
        if (error instanceof CellError) throw placed(error, this.name, firstRow);
        if (!(error instanceof Misfit)) throw error;
        this.#widen(values[error.index], firstRow + error.index, port);
      }
    }
  }

  #widen(value: unknown, row: number, port: Port): void {
    const field = port.widen(this.#index, row, observeCell(value, row, this.name));
    if (field.type === this.#field.type && field.asText === this.#field.asText) {
      throw new SourceError("source/type-changed", `a value does not fit the type ${field.type}`, {
        row,
        column: this.name,
      });
    }
    this.#field = field;
    this.#packer = packerFor(field);
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

function packerFor(field: FieldSpec): Packer {
  return field.asText ? strings(false, true) : packerOf(parseType(field.type));
}

/** The packer for a type. */
export function packerOf(type: Type): Packer {
  const child = () => packerOf((type.children[0] as Type["children"][0]).type);
  switch (type.name) {
    case "null":
      return nulls();
    case "boolean":
      return booleans();
    case "int8":
      return integers(Int8Array, -(2 ** 7), 2 ** 7 - 1);
    case "int16":
      return integers(Int16Array, -(2 ** 15), 2 ** 15 - 1);
    case "int32":
      return integers(Int32Array, -(2 ** 31), 2 ** 31 - 1);
    case "uint8":
      return integers(Uint8Array, 0, 2 ** 8 - 1);
    case "uint16":
      return integers(Uint16Array, 0, 2 ** 16 - 1);
    case "uint32":
      return integers(Uint32Array, 0, 2 ** 32 - 1);
    case "int64":
      return longs(true);
    case "uint64":
      return longs(false);
    case "float32":
      return floats(Float32Array);
    case "float64":
      return floats(Float64Array);
    case "string":
      return strings(false);
    case "large_string":
      return strings(true);
    case "binary":
      return binaries(false);
    case "large_binary":
      return binaries(true);
    case "fixed_binary":
      return fixedBinaries(Number(type.args[0]));
    case "timestamp":
      return timestamps(type.args[0] as string);
    case "list":
      return lists(child(), false);
    case "large_list":
      return lists(child(), true);
    case "fixed_list":
      return fixedLists(child(), Number(type.args[0]));
    case "struct":
      return structs(type.children.map((field) => ({ name: field.name, packer: packerOf(field.type) })));
    default:
      throw new SourceError("config/cannot-convert", `JavaScript values cannot be written as ${type.name}`);
  }
}
