import { isPlainObject } from "../config.js";
import { SourceError } from "../errors.js";
import { ArrowSource, isRecordBatch, isTable } from "./arrow.js";
import { blobFile, callersFile, FileSource, isBytes, isRandomAccess, memoryFile, toBytes } from "./bytes.js";
import { ColumnsSource, isColumns } from "./columns.js";
import { ResponseSource, SequenceSource, UrlSource } from "./peek.js";
import { ArrayReader, IteratorReader, StreamReader } from "./readers.js";
import { RowsSource } from "./rows.js";
import type { TableSource } from "./source.js";

/** What `source` is, by its shape, without reading from it. */
export function classify(source: unknown): TableSource {
  if (typeof source !== "object" || source === null) return UNREADABLE;
  try {
    return (
      ofArray(source) ??
      ofFile(source) ??
      ofArrow(source) ??
      ofEntries(source) ??
      ofSequence(source) ??
      ofRandomAccess(source) ??
      ofColumns(source) ??
      UNREADABLE
    );
  } catch (error) {
    throw new SourceError("source/read-failed", "looking at the source threw", {}, { error });
  }
}

/** What is no table: the core refuses it, by its type. */
const UNREADABLE: TableSource = {
  plain: undefined,
  pull: () => Promise.reject(new SourceError("source/unsupported", "the source is nothing that can be read")),
  close: () => undefined,
};

function ofArray(source: object): TableSource | undefined {
  if (!Array.isArray(source)) return undefined;
  const reader = new ArrayReader(source);
  if (isBytes(source[0])) return new SequenceSource(reader);
  return isRecordBatch(source[0]) ? new ArrowSource(reader) : new RowsSource(reader, source.length);
}

function ofFile(source: object): TableSource | undefined {
  if (source instanceof Blob) return new FileSource(blobFile(source), nameOf(source));
  if (isBytes(source)) return new FileSource(memoryFile(toBytes(source)));
  if (source instanceof Response) return new ResponseSource(source);
  return source instanceof URL && /^https?:$/.test(source.protocol) ? new UrlSource(source) : undefined;
}

function ofArrow(source: object): TableSource | undefined {
  if (isTable(source)) return new ArrowSource(new ArrayReader(source.batches), source.schema, source.numRows);
  if (isRecordBatch(source)) return new ArrowSource(new ArrayReader([source]), source.schema, source.numRows);
  return undefined;
}

/** What iterates over pairs of keys and values, as a Map does: they would pass for rows of two cells. */
function ofEntries(source: object): TableSource | undefined {
  const { entries } = source as { entries?: unknown };
  const isMap =
    typeof entries === "function" && entries === (source as Partial<Iterable<unknown>>)[Symbol.iterator];
  return isMap ? UNREADABLE : undefined;
}

function ofSequence(source: object): TableSource | undefined {
  const { schema } = source as { schema?: unknown };
  if (hasMethod(source, "getReader")) return new SequenceSource(new StreamReader(source as ReadableStream));
  if (hasMethod(source, Symbol.asyncIterator)) {
    const open = () => (source as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    return new SequenceSource(new IteratorReader(open), schema);
  }
  if (hasMethod(source, Symbol.iterator)) {
    const open = () => (source as Iterable<unknown>)[Symbol.iterator]();
    return new SequenceSource(new IteratorReader(open), schema);
  }
  return undefined;
}

function ofRandomAccess(source: object): TableSource | undefined {
  return isRandomAccess(source) ? new FileSource(callersFile(source), nameOf(source)) : undefined;
}

function ofColumns(source: object): TableSource | undefined {
  return isPlainObject(source) && isColumns(source) ? new ColumnsSource(source) : undefined;
}

function nameOf(source: object): string | undefined {
  const { name } = source as { name?: unknown };
  return typeof name === "string" ? name : undefined;
}

function hasMethod(source: object, name: PropertyKey): boolean {
  return typeof (source as Record<PropertyKey, unknown>)[name] === "function";
}
