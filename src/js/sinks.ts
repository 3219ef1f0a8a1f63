import type { Destination, FileToOpen } from "./types.js";

/** What takes the bytes of one file, in order. */
export interface Sink {
  write(bytes: Uint8Array): void | Promise<void>;
  close(): void | Promise<void>;
  abort(reason: unknown): Promise<void> | undefined | void;
}

/** Where a memory sink leaves the whole file. */
export type Keep = (bytes: Uint8Array) => void;

/** Opens the sink of a file, for the destinations that have one. */
export async function openSink(destination: Destination, file: FileToOpen, keep: Keep): Promise<Sink> {
  const type = typeof destination === "string" ? "url" : destination.type;
  if (typeof destination === "object" && destination.type === "stream") {
    return new StreamSink(await destination.open(file));
  }
  if (type === "download") return new DownloadSink(file);
  if (type === "memory") return new MemorySink(keep);
  return new Spool();
}

/** Collects a file until it can be sent as one body. Blobs may leave the JavaScript heap, and browsers swap them out. */
export class Spool implements Sink {
  #pieces: Blob[] = [];

  write(bytes: Uint8Array): void {
    this.#pieces.push(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  }

  close(): void {}

  abort(): void {
    this.#pieces = [];
  }

  blob(type = ""): Blob {
    return new Blob(this.#pieces, { type });
  }
}

class StreamSink implements Sink {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #isWriting = false;

  constructor(stream: WritableStream<Uint8Array>) {
    if (typeof stream?.getWriter !== "function") {
      throw new TypeError("open() of a stream destination must return a WritableStream.");
    }
    this.#writer = stream.getWriter();
    // Its failure is seen by the write or the close that it breaks.
    this.#writer.closed.catch(() => {});
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#isWriting = true;
    await this.#writer.ready;
    await this.#writer.write(bytes);
    this.#isWriting = false;
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  abort(reason: unknown): Promise<void> | undefined {
    const aborted = this.#writer.abort(reason);
    if (!this.#isWriting) return aborted;
    // A stream aborts once the write under way has ended, which may be never.
    aborted.catch(() => {});
    return undefined;
  }
}

class MemorySink implements Sink {
  #pieces: Uint8Array[] = [];
  readonly #keep: Keep;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  write(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
  }

  close(): void {
    const whole = new Uint8Array(this.#pieces.reduce((size, piece) => size + piece.length, 0));
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#keep(whole);
  }

  abort(): void {
    this.#pieces = [];
  }
}

/** Milliseconds after which a browser has surely begun to read what it was told to save. */
const SAVING = 60_000;

class DownloadSink implements Sink {
  readonly #spool = new Spool();
  readonly #file: FileToOpen;

  constructor(file: FileToOpen) {
    if (typeof document !== "object") throw new TypeError("Only a page can save a download.");
    this.#file = file;
  }

  write(bytes: Uint8Array): void {
    this.#spool.write(bytes);
  }

  close(): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(this.#spool.blob(this.#file.contentType));
    // A browser makes "_" of a slash.
    link.download = this.#file.name.replaceAll("/", "-");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), SAVING);
  }

  abort(): void {
    this.#spool.abort();
  }
}
