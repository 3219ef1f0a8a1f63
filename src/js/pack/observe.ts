import type { Observation } from "../boundary.js";
import { SourceError } from "../errors.js";
import { keep } from "../kept.js";
import { isDate, timeOf } from "./dates.js";
import { bytesOf, CellError } from "./packer.js";

/** Deeper than any table; a cycle ends here. */
const MAX_DEPTH = 64;

/** Collects what kinds of values a column holds, and where each was first. */
export class Observer {
  readonly #kinds = new Map<string, number>();
  #negative: number | undefined;
  #items: Observer | undefined;
  #fields: Map<string, Observer> | undefined;
  #entries: readonly [keys: Observer, values: Observer] | undefined;

  /** Looks at a value of row `row`. Throws a `CellError` where no type could hold it. */
  see(value: unknown, row: number, depth = 0): void {
    const kind = kindOf(value, row);
    if (!this.#kinds.has(kind)) this.#kinds.set(kind, row);
    if (isInteger(kind) && (value as number | bigint) < 0) this.#negative ??= row;
    if (kind === "list") this.#seeItems(value as ArrayLike<unknown>, row, depth);
    if (kind === "struct") this.#seeFields(value as Record<string, unknown>, row, depth);
    if (kind === "map") this.#seeEntries(value as Map<unknown, unknown>, row, depth);
  }

  /** What was seen, as the core is told. */
  result(): Observation {
    const fields = [...(this.#fields ?? [])];
    return {
      kinds: [...this.#kinds],
      negative: this.#negative ?? null,
      items: this.#items?.result() ?? null,
      fields: fields.map(([name, seen]) => [name, seen.result()]),
      entries: this.#entries ? [this.#entries[0].result(), this.#entries[1].result()] : null,
    };
  }

  #seeItems(items: ArrayLike<unknown>, row: number, depth: number): void {
    checkDepth(depth, row);
    this.#items ??= new Observer();
    for (let i = 0; i < items.length; i++) this.#see(this.#items, items, i, "[]", row, depth);
  }

  #seeFields(object: Record<string, unknown>, row: number, depth: number): void {
    checkDepth(depth, row);
    this.#fields ??= new Map();
    const names = keysOf(object, row);
    for (const name of names) {
      let field = this.#fields.get(name);
      if (!field) {
        field = new Observer();
        this.#fields.set(name, field);
      }
      this.#see(field, object, name, `.${name}`, row, depth);
    }
  }

  #seeEntries(map: Map<unknown, unknown>, row: number, depth: number): void {
    checkDepth(depth, row);
    this.#entries ??= [new Observer(), new Observer()];
    const [keys, values] = this.#entries;
    for (const [key, value] of entriesOf(map, row)) {
      this.#within(map, ".key", () => keys.see(key, row, depth + 1));
      this.#within(map, ".value", () => values.see(value, row, depth + 1));
    }
  }

  /** Looks at what is nested under `key`; a failure names the way there. */
  #see(
    observer: Observer,
    parent: object,
    key: string | number,
    step: string,
    row: number,
    depth: number,
  ): void {
    this.#within(parent, step, () => observer.see(cellOf(parent, key, row), row, depth + 1));
  }

  #within(parent: object, step: string, see: () => void): void {
    try {
      see();
    } catch (error) {
      if (error instanceof TooDeep) error.heldBy(parent, step);
      else if (error instanceof CellError) error.path = step + error.path;
      throw error;
    }
  }
}

/** What one value is, as the core is told. */
export function observe(value: unknown, row: number): Observation {
  const observer = new Observer();
  observer.see(value, row);
  return observer.result();
}

/** Checks the names of columns and of what is nested in them, whose lone surrogates would not come through. */
export function checkNames(columns: [name: string, seen: Observation][], parent = ""): void {
  for (const [name, seen] of columns) {
    const column = parent + name;
    if (/\p{Surrogate}/u.test(name)) {
      const message = "the name of a column holds a lone surrogate, which UTF-8 cannot";
      throw new SourceError("source/invalid-text", message, { row: seen.kinds[0]?.[1], column });
    }
    checkNames(seen.fields, `${column}.`);
    if (seen.items) checkNames([["[]", seen.items]], column);
    if (seen.entries) checkNames([[".value", seen.entries[1]]], column);
  }
}

/** `parent[key]`; what it throws is the caller's. */
export function cellOf(parent: object, key: string | number, index: number): unknown {
  try {
    return (parent as Record<string | number, unknown>)[key];
  } catch (error) {
    throw new CellError("source/read-failed", "reading a cell threw", index, "", { error });
  }
}

export function keysOf(object: object, index: number): string[] {
  try {
    return Object.keys(object);
  } catch (error) {
    throw new CellError("source/read-failed", "reading a cell threw", index, "", { error });
  }
}

function checkDepth(depth: number, row: number): void {
  if (depth >= MAX_DEPTH) {
    const message = `a value is nested more than ${MAX_DEPTH} deep, or holds itself`;
    throw new TooDeep("source/unsupported-value", message, row);
  }
}

/** Learns on its way up what holds what, and so where a cycle closes: the path ends there. */
class TooDeep extends CellError {
  #holders: object[] = [];
  #steps: string[] = [];

  heldBy(parent: object, step: string): void {
    const closes = this.#holders.indexOf(parent);
    const end = closes === -1 ? this.#holders.length : closes;
    this.#holders = [parent, ...this.#holders.slice(0, end)];
    this.#steps = [step, ...this.#steps.slice(0, end)];
    this.path = this.#steps.join("");
  }
}

function kindOf(value: unknown, row: number): string {
  switch (typeof value) {
    case "undefined":
      return "null";
    case "boolean":
    case "string":
      return typeof value;
    case "number":
      return kindOfNumber(value);
    case "bigint":
      return kindOfBigInt(value);
    case "object":
      return value === null ? "null" : kindOfObject(value, row);
    default:
      throw new CellError("source/unsupported-value", `a value is a ${typeof value}`, row);
  }
}

function isInteger(kind: string): boolean {
  return kind === "int32" || kind === "int53" || kind === "int64";
}

function kindOfNumber(value: number): string {
  if ((value | 0) === value) return Object.is(value, -0) ? "float" : "int32";
  return Number.isSafeInteger(value) ? "int53" : "float";
}

/** A column of BigInts is one of 64 bits, however small the first of them are. */
function kindOfBigInt(value: bigint): string {
  if (BigInt.asIntN(54, value) === value) return "int53";
  if (BigInt.asIntN(64, value) === value) return "int64";
  return BigInt.asUintN(64, value) === value ? "uint64" : "big";
}

function kindOfObject(value: object, row: number): string {
  try {
    const kind = structure(value, row);
    if (kind !== undefined) return kind;
  } catch (error) {
    if (error instanceof CellError) throw error;
    throw new CellError("source/read-failed", "reading a cell threw", row, "", { error });
  }
  const message = `a value is ${nameOf(value)}, which no type stands for; convert it in the rows`;
  throw new CellError("source/unsupported-value", message, row);
}

function structure(value: object, row: number): string | undefined {
  if (Array.isArray(value)) return "list";
  if (ArrayBuffer.isView(value)) checkAttached(value);
  if (isBinary(value)) return "binary";
  if (ArrayBuffer.isView(value)) return value instanceof DataView ? undefined : "list";
  if (isDate(value)) {
    timeOf(value, row);
    return "date";
  }
  if (isMap(value)) return "map";
  return isStruct(value) ? "struct" : undefined;
}

/** Throws where the buffer of a view is detached, which looks like an empty one. */
export function checkAttached(view: ArrayBufferView): void {
  if (view.byteLength === 0) bytesOf(view);
}

export function isBinary(value: unknown): value is Uint8Array | Uint8ClampedArray | ArrayBuffer {
  return value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof ArrayBuffer;
}

export function isMap(value: unknown): value is Map<unknown, unknown> {
  // The second way finds a Map of another realm.
  return value instanceof Map || Object.prototype.toString.call(value) === "[object Map]";
}

/** The entries of a map, none of whose keys may be null. */
export function entriesOf(map: Map<unknown, unknown>, index: number): [unknown, unknown][] {
  const entries: [unknown, unknown][] = [];
  try {
    // Not by its iterator, which may have been made another.
    Map.prototype.forEach.call(map, (value, key) => entries.push([key, value]));
  } catch (error) {
    throw new CellError("source/read-failed", "reading a cell threw", index, "", { error });
  }
  if (entries.some(([key]) => key == null)) {
    throw new CellError("source/unsupported-value", "a map has null for a key", index, ".key");
  }
  return entries;
}

/** Whether an object's own keys say all of it: not where it has a JSON form of its own, or hides what it is. */
export function isStruct(value: object): value is Record<string, unknown> {
  if (Object.prototype.toString.call(value) !== "[object Object]") return false;
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null || Object.keys(value).length > 0;
}

function nameOf(value: object): string {
  try {
    const name: unknown = value.constructor?.name;
    return typeof name === "string" && name !== "" ? `a ${name}` : "an object";
  } catch {
    return "an object";
  }
}

keep(new Observer());
