import type { PlainSource } from "../boundary.js";
import { SourceError } from "../errors.js";
import { ArrowSource, isRecordBatch } from "./arrow.js";
import {
  BytesSource,
  blobFile,
  collect,
  FileSource,
  type Head,
  isBytes,
  readHead,
  toBytes,
} from "./bytes.js";
import { PrefixReader, type RowReader, StreamReader } from "./readers.js";
import { RowsSource } from "./rows.js";
import type { Port, TableSource } from "./source.js";

/** A sequence of which the first item tells what it is: rows, pieces of a file, or record batches. */
export class SequenceSource implements TableSource {
  readonly plain: PlainSource = { kind: "packed" };
  readonly #reader: RowReader;
  readonly #schema: unknown;

  /** `schema` is that of a reader of record batches, should it yield none. */
  constructor(reader: RowReader, schema?: unknown) {
    this.#reader = reader;
    this.#schema = schema;
  }

  async pull(port: Port): Promise<TableSource> {
    const first = await this.#reader.read(1);
    const reader = new PrefixReader(first, this.#reader);
    if (isBytes(first[0])) {
      return openStream(this.#reader, await readHead(this.#reader, port, [toBytes(first[0])]), {}, port);
    }
    if (isRecordBatch(first[0])) return new ArrowSource(reader);
    if (first.length === 0 && this.#schema) return new ArrowSource(reader, this.#schema);
    return new RowsSource(reader);
  }

  close(reason: unknown): Promise<unknown> | undefined {
    return this.#reader.close(reason);
  }
}

/** A stream of the bytes of a file, which is collected where it is read by an index at its end. */
async function openStream(
  chunks: RowReader,
  head: Head,
  about: { size?: number; name?: string },
  port: Port,
): Promise<TableSource> {
  const whole = new PrefixReader(head.chunks, chunks);
  if (!head.readsWhole) return new BytesSource(whole, about);
  return new FileSource(blobFile(await collect(whole, port)), about.name);
}

/** The body of a Response. */
export class ResponseSource implements TableSource {
  readonly plain: PlainSource;
  readonly #response: Response;
  readonly #about: { size?: number; name?: string };
  #chunks: RowReader | undefined;

  constructor(response: Response) {
    this.#response = response;
    this.#about = aboutResponse(response);
    this.plain = { kind: "bytes", ...this.#about };
  }

  async pull(port: Port): Promise<TableSource> {
    checkStatus(this.#response);
    this.#chunks = new StreamReader(this.#response.body ?? new Blob([]).stream());
    return openStream(this.#chunks, await readHead(this.#chunks, port), this.#about, port);
  }

  close(reason: unknown): Promise<unknown> | undefined {
    return this.#chunks?.close(reason) ?? this.#response.body?.cancel(reason);
  }
}

/** A file on a server. One with an index at its end is read by ranges, where the server answers those. */
export class UrlSource implements TableSource {
  readonly plain: PlainSource;
  readonly portable: string;
  readonly #url: URL;
  readonly #abort = new AbortController();
  #chunks: RowReader | undefined;

  constructor(url: URL) {
    this.#url = url;
    this.portable = url.href;
    this.plain = { kind: "bytes", ...nameOf(url) };
  }

  async pull(port: Port): Promise<TableSource> {
    const response = await this.#fetch();
    checkStatus(response);
    const chunks = new StreamReader(response.body ?? new Blob([]).stream());
    this.#chunks = chunks;
    const about = { ...aboutResponse(response), ...nameOf(this.#url) };
    const head = await readHead(chunks, port);
    const takesRanges = response.headers.get("accept-ranges")?.toLowerCase() === "bytes";
    if (!head.readsWhole || !takesRanges || about.size === undefined) {
      return openStream(chunks, head, about, port);
    }
    await chunks.close(undefined);
    const etag = response.headers.get("etag");
    const read = (start: number, end: number) => this.#range(start, end, etag);
    const close = (reason: unknown) => this.#abort.abort(reason);
    return new FileSource({ size: about.size, read, close }, about.name);
  }

  close(reason: unknown): Promise<unknown> | undefined {
    this.#abort.abort(reason);
    return this.#chunks?.close(reason);
  }

  async #range(start: number, end: number, etag: string | null): Promise<Uint8Array> {
    const response = await this.#fetch({ range: `bytes=${start}-${end - 1}` });
    if (response.status !== 206 || response.headers.get("etag") !== etag) {
      await response.body?.cancel();
      const message = "the server did not answer with the range of the file that it was asked for";
      throw new SourceError("source/read-failed", message);
    }
    return new Uint8Array(await response.arrayBuffer());
  }

  async #fetch(headers: Record<string, string> = {}): Promise<Response> {
    try {
      return await fetch(this.#url, { headers, signal: this.#abort.signal });
    } catch (error) {
      throw new SourceError("source/read-failed", "the source's server did not answer", {}, { error });
    }
  }
}

function checkStatus({ ok, status }: Response): void {
  if (!ok) throw new SourceError("source/read-failed", `the source's server answered with status ${status}`);
}

function aboutResponse(response: Response): { size?: number; name?: string } {
  const length = response.headers.get("content-length");
  // The length is of what was sent, and the body is what that was unpacked to.
  const isPlain = !response.headers.get("content-encoding");
  const size = length !== null && isPlain && /^\d{1,15}$/.test(length) ? { size: Number(length) } : {};
  return URL.canParse(response.url) ? { ...size, ...nameOf(new URL(response.url)) } : size;
}

/** The last step of the path, without the query, which may be a signature. */
function nameOf({ pathname }: URL): { name?: string } {
  const name = pathname.split("/").pop();
  return name ? { name } : {};
}
