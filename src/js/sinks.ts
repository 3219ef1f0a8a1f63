import type { Outlet } from "./outlet.js";
import type { FileToOpen } from "./types.js";

/** What takes the bytes of one file, in order. */
export interface Sink {
  write(bytes: Uint8Array): void | Promise<void>;
  close(): void | Promise<void>;
  abort(reason: unknown): Promise<void> | undefined | void;
}

/** Opens the sink of a file. */
export async function openSink(outlet: Outlet, file: FileToOpen): Promise<Sink> {
  switch (outlet.type) {
    case "stream":
    case "download":
      return outlet.open(file);
    case "memory":
      return new MemorySink((bytes) => outlet.keep(file.index, bytes));
    default:
      return new Spool();
  }
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

/** A stream of the caller's. */
export class StreamSink implements Sink {
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
  readonly #keep: (whole: Uint8Array) => void;

  constructor(keep: (whole: Uint8Array) => void) {
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

/** A file that the browser saves. */
export class DownloadSink implements Sink {
  readonly #spool = new Spool();
  readonly #file: FileToOpen;

  constructor(file: FileToOpen) {
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
