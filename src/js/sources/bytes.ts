import type { PlainSource, Pull } from "../boundary.js";
import { SourceError } from "../errors.js";
import { bytesOf } from "../pack/packer.js";
import type { RandomAccessFile } from "../types.js";
import { calling, type RowReader } from "./readers.js";
import type { Port, TableSource } from "./source.js";

/** Bytes that are given to the core at once. */
const PIECE = 1 << 20;

/** Bytes of neighbouring ranges that are read together, at most: a read may be a request. */
const JOINED = 8 << 20;

/** Whether this is a piece of a byte stream. */
export function isBytes(chunk: unknown): chunk is Uint8Array | ArrayBuffer {
  try {
    return chunk instanceof Uint8Array || chunk instanceof ArrayBuffer;
  } catch {
    // A revoked Proxy, which is found out as it is read.
    return false;
  }
}

export function toBytes(chunk: Uint8Array | ArrayBuffer): Uint8Array {
  return chunk instanceof ArrayBuffer ? new Uint8Array(chunk) : bytesOf(chunk);
}

/** The bytes of a stream, from its beginning to its end. */
export class BytesSource implements TableSource {
  readonly plain: PlainSource;
  readonly #chunks: RowReader;
  #waiting: Uint8Array = new Uint8Array(0);

  constructor(chunks: RowReader, about: { size?: number; name?: string } = {}) {
    this.#chunks = chunks;
    this.plain = { kind: "bytes", ...about };
  }

  async pull(port: Port): Promise<void> {
    while (this.#waiting.length === 0) {
      const [chunk] = await this.#chunks.read(1);
      if (chunk === undefined) {
        port.end();
        return;
      }
      this.#waiting = toPiece(chunk);
    }
    const piece = this.#waiting.subarray(0, PIECE);
    this.#waiting = this.#waiting.subarray(piece.length);
    port.bytes(piece);
  }

  close(reason: unknown): Promise<unknown> | undefined {
    this.#waiting = new Uint8Array(0);
    return this.#chunks.close(reason);
  }
}

/** A file that can be read at any place. */
export interface RandomAccess {
  readonly size: number;
  /** The bytes of a range; what it throws is the caller's. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Ends the reads under way. */
  close?(reason: unknown): void;
}

/** A file of which the core asks for ranges. */
export class FileSource implements TableSource {
  readonly plain: PlainSource;
  readonly #file: RandomAccess;

  constructor(file: RandomAccess, name?: string) {
    this.#file = file;
    this.plain = { kind: "file", size: file.size, ...(name === undefined ? {} : { name }) };
  }

  async pull(port: Port, pull: Pull): Promise<void> {
    for (const ranges of joined(pull.need === "ranges" ? pull.ranges : [])) {
      const [start, end] = [ranges[0]?.[0] ?? 0, ranges.at(-1)?.[1] ?? 0];
      const bytes = await this.#read(start, end);
      if (bytes.length < end - start) {
        throw new SourceError("source/truncated", "the source file is shorter than its size says");
      }
      if (bytes.length > end - start) {
        throw new SourceError(
          "source/read-failed",
          "a read of the source file gave more than it was asked for",
        );
      }
      for (const [from, to] of ranges) port.range(from, bytes.subarray(from - start, to - start));
    }
  }

  close(reason: unknown): undefined {
    this.#file.close?.(reason);
  }

  async #read(start: number, end: number): Promise<Uint8Array> {
    try {
      return await this.#file.read(start, end);
    } catch (error) {
      throw error instanceof SourceError ? error : unreadable(error);
    }
  }
}

type Range = Extract<Pull, { need: "ranges" }>["ranges"][number];

/** Ranges that follow one another, together as far as they are read at once. */
function joined(ranges: readonly Range[]): Range[][] {
  const groups: Range[][] = [];
  for (const range of ranges) {
    const group = groups.at(-1);
    const follows = group?.at(-1)?.[1] === range[0];
    if (group && follows && range[1] - (group[0] as Range)[0] <= JOINED) group.push(range);
    else groups.push([range]);
  }
  return groups;
}

export function blobFile(blob: Blob): RandomAccess {
  return {
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

/** Whether this is a caller's file that can be read at any place. */
export function isRandomAccess(source: object): source is RandomAccessFile {
  const { size, read } = source as Partial<RandomAccessFile>;
  return typeof size === "number" && typeof read === "function";
}

export function callersFile(file: RandomAccessFile): RandomAccess {
  return { size: file.size, read: async (start, end) => toPiece(await file.read(start, end)) };
}

export function memoryFile(bytes: Uint8Array): RandomAccess {
  // A transferred buffer leaves a view of length 0, and the read that finds it so fails.
  return { size: bytes.length, read: async (start, end) => bytes.subarray(start, end) };
}

export function unreadable(error: unknown): SourceError {
  return new SourceError("source/read-failed", "reading the source file failed", {}, { error });
}

/** Bytes at the beginning of a stream that tell what it is, at most. */
const HEAD = 256 << 10;

/** The beginning of a stream. */
export interface Head {
  readonly chunks: readonly Uint8Array[];
  /** Whether the rest is to be collected: the index of the file is at its end. */
  readonly readsWhole: boolean;
}

/** Reads chunks until there are enough to tell how the stream is to be read. */
export async function readHead(
  chunks: RowReader,
  port: Port,
  first: readonly Uint8Array[] = [],
): Promise<Head> {
  const read = [...first];
  for (let atEnd = false; ; ) {
    const head = beginning(read);
    const readsWhole = await port.readsWhole(head, atEnd || head.length === HEAD);
    if (readsWhole !== undefined) return { chunks: read, readsWhole };
    const [chunk] = await chunks.read(1);
    if (chunk === undefined) atEnd = true;
    else read.push(toPiece(chunk));
  }
}

function beginning(chunks: readonly Uint8Array[]): Uint8Array {
  const size = chunks.reduce((size, chunk) => size + chunk.length, 0);
  const head = new Uint8Array(Math.min(size, HEAD));
  let at = 0;
  for (const chunk of chunks) {
    head.set(chunk.subarray(0, HEAD - at), at);
    at = Math.min(HEAD, at + chunk.length);
  }
  return head;
}

function toPiece(chunk: unknown): Uint8Array {
  if (isBytes(chunk)) return toBytes(chunk);
  throw new SourceError("source/unsupported", "what gives the bytes of the source gives something else");
}

/** All of a stream, as a Blob: outside the JavaScript heap, where the runtime can. */
export async function collect(chunks: RowReader, port: Port): Promise<Blob> {
  const pieces: Blob[] = [];
  for (;;) {
    const [chunk] = await chunks.read(1);
    if (chunk === undefined) return new Blob(pieces);
    pieces.push(new Blob([calling(0, () => toPiece(chunk)) as BlobPart]));
    await port.rest();
  }
}
