import { ArrayReader, IteratorReader, StreamReader } from "./readers.js";
import { RowsSource } from "./rows.js";
import type { TableSource } from "./source.js";

/** What `source` is, by its shape, without reading from it; undefined where it is nothing that can be read. */
export function classify(source: unknown): TableSource | undefined {
  if (typeof source !== "object" || source === null) return undefined;
  if (Array.isArray(source)) return new RowsSource(new ArrayReader(source), source.length);
  if (isStream(source)) return new RowsSource(new StreamReader(source));
  if (hasMethod(source, Symbol.asyncIterator)) {
    return new RowsSource(
      new IteratorReader(() => (source as AsyncIterable<unknown>)[Symbol.asyncIterator]()),
    );
  }
  if (hasMethod(source, Symbol.iterator)) {
    return new RowsSource(new IteratorReader(() => (source as Iterable<unknown>)[Symbol.iterator]()));
  }
  return undefined;
}

function isStream(source: object): source is ReadableStream<unknown> {
  return hasMethod(source, "getReader");
}

function hasMethod(source: object, name: PropertyKey): boolean {
  return typeof (source as Record<PropertyKey, unknown>)[name] === "function";
}
