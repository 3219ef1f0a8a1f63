import { SourceError } from "../errors.js";

/** Yields rows, as many at a time as are wanted. */
export interface RowReader {
  /** The next rows, at most `max` of them; none at the end. */
  read(max: number): unknown[] | Promise<unknown[]>;
  close(reason: unknown): Promise<unknown> | undefined;
}

/** The rows of an array, as many as it had at the start. */
export class ArrayReader implements RowReader {
  readonly #rows: readonly unknown[];
  readonly #length: number;
  #at = 0;

  constructor(rows: readonly unknown[]) {
    this.#rows = rows;
    this.#length = rows.length;
  }

  read(max: number): unknown[] {
    const end = Math.min(this.#length, this.#at + max);
    const rows = calling(this.#at, () => this.#rows.slice(this.#at, end));
    // A row that was removed meanwhile is missed rather than skipped.
    rows.length = end - this.#at;
    this.#at = end;
    return rows;
  }

  close(): undefined {}
}

/** Rows at a time of an iterator, which may take long over each. */
const CHUNK = 1024;

/** The items of an iterator, of either kind. */
export class IteratorReader implements RowReader {
  readonly #open: () => Iterator<unknown> | AsyncIterator<unknown>;
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #count = 0;
  #ended = false;

  constructor(open: () => Iterator<unknown> | AsyncIterator<unknown>) {
    this.#open = open;
  }

  async read(max: number): Promise<unknown[]> {
    const rows: unknown[] = [];
    const wanted = Math.min(max, CHUNK);
    try {
      while (!this.#ended && rows.length < wanted) {
        const next = calling(this.#count, () => {
          this.#iterator ??= this.#open();
          return this.#iterator.next();
        });
        // Awaiting what is there already would cost more than the rest of the row.
        const result = isThenable(next) ? await awaiting(this.#count, next) : next;
        const { done, value } = calling(this.#count, () => checkResult(result));
        if (done) this.#ended = true;
        else rows.push(value);
        this.#count++;
      }
    } catch (error) {
      // An iterator that threw is over, and not to be returned.
      this.#ended = true;
      throw error;
    }
    return rows;
  }

  close(): Promise<unknown> | undefined {
    if (this.#ended || !this.#iterator) return undefined;
    this.#ended = true;
    return this.#iterator.return?.() as Promise<unknown> | undefined;
  }
}

/** The chunks of a stream. */
export class StreamReader implements RowReader {
  readonly #stream: ReadableStream<unknown>;
  #reader: ReadableStreamDefaultReader<unknown> | undefined;
  #count = 0;
  #ended = false;

  constructor(stream: ReadableStream<unknown>) {
    this.#stream = stream;
  }

  async read(max: number): Promise<unknown[]> {
    const rows: unknown[] = [];
    const wanted = Math.min(max, CHUNK);
    while (!this.#ended && rows.length < wanted) {
      const reading = calling(this.#count, () => {
        this.#reader ??= this.#stream.getReader();
        return this.#reader.read();
      });
      const { done, value } = await awaiting(this.#count, reading);
      if (done) this.#release();
      else rows.push(value);
      this.#count++;
    }
    return rows;
  }

  async close(reason: unknown): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const reader = this.#reader ?? this.#stream.getReader();
    await reader.cancel(reason);
    reader.releaseLock();
  }

  #release(): void {
    this.#ended = true;
    this.#reader?.releaseLock();
  }
}

/** What was read already, and then the rest. */
export class PrefixReader implements RowReader {
  #first: readonly unknown[];
  readonly #rest: RowReader;

  constructor(first: readonly unknown[], rest: RowReader) {
    this.#first = first;
    this.#rest = rest;
  }

  read(max: number): unknown[] | Promise<unknown[]> {
    if (this.#first.length === 0) return this.#rest.read(max);
    const items = this.#first.slice(0, max);
    this.#first = this.#first.slice(max);
    return items;
  }

  close(reason: unknown): Promise<unknown> | undefined {
    this.#first = [];
    return this.#rest.close(reason);
  }
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === "function";
}

function checkResult(result: IteratorResult<unknown>): IteratorResult<unknown> {
  if (typeof result === "object" && result !== null) return result;
  throw new TypeError("The source's iterator did not return an object.");
}

/** Runs a caller's code; what it throws is the cause of the failure. */
export function calling<T>(row: number, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new SourceError("source/read-failed", "reading the source threw", { row }, { error });
  }
}

async function awaiting<T>(row: number, promise: PromiseLike<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new SourceError("source/read-failed", "reading the source threw", { row }, { error });
  }
}
