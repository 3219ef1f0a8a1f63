// The wasm module's exports, as the driver sees them. wasm-bindgen types most of them as `any`.

import type {
  ApiAnswer,
  ApiBody,
  ApiRequest,
  ExportFile,
  ExportProgress,
  ExportResource,
  Place,
  ResumeToken,
  SignRequest,
} from "./types.js";

/** An error in plain data, as the core throws and reports it. */
export interface PlainError {
  code: string;
  message: string;
  place: Place;
  /** Of a request that is refused. */
  response?: ApiAnswer;
}

/** What was seen in one column: the first row of each kind, and the same of what is nested in it. */
export interface Observation {
  kinds: [kind: string, row: number][];
  /** The first row with a negative integer. */
  negative: number | null;
  items: Observation | null;
  fields: [name: string, seen: Observation][];
  entries: [keys: Observation, values: Observation] | null;
  /** The type, where the source states it: a typed array's. */
  stated?: string;
}

/** A column to pack. */
export interface FieldSpec {
  name: string;
  type: string;
  nullable: boolean;
  /** Wherever the type says `string`, scalars of every kind are packed as their text. */
  asText?: boolean;
}

/** A column in Arrow's layout. */
export interface PackedColumn {
  length: number;
  /** One bit a value, 1 for present; null where there are no nulls. */
  validity: Uint8Array | null;
  /** The bit of the first value, in `validity` and in the values of booleans. */
  bitOffset: number;
  /** The buffers that Arrow lists for the type, without the validity. */
  buffers: Uint8Array[];
  children: PackedColumn[];
  dictionary?: PackedColumn;
}

/** What the source turned out to be: what the core is told in its place. */
export type PlainSource =
  | { kind: "packed"; rows?: number; name?: string }
  | { kind: "bytes"; size?: number; name?: string }
  | { kind: "file"; size: number; name?: string }
  /** Nothing that can be read. */
  | { kind: "other" };

/** What `sign` is asked. */
export interface CoreSignRequest {
  operation: SignRequest["operation"];
  fileName: string;
  fileIndex: number;
  contentType: string;
  size?: number;
  contentMd5?: string;
  /** What a signature has to cover. */
  headers?: Record<string, string>;
  partNumber?: number;
  uploadId?: string;
  parts?: { partNumber: number; etag: string; checksumCrc32c?: string }[];
  ifNoneMatch?: true;
  resume?: true;
  /** What the request adds to the query of the object's URL; of destinations that sign no requests one by one. */
  query?: Record<string, string>;
}

export type Pull = { need: "batch" } | { need: "bytes" } | { need: "ranges"; ranges: [number, number][] };

export interface SendAction {
  type: "send";
  task: number;
  request: CoreSignRequest;
  method: "PUT" | "POST" | "GET" | "HEAD" | "DELETE";
  headers: Record<string, string>;
  body: "none" | "part" | "spool" | "text";
  /** Bytes at the start of a part that are left out. */
  from: number;
  /** Whether 308 is an answer rather than a redirect. */
  resumes: boolean;
  text?: string;
}

export interface SinkAction {
  type: "sink";
  task: number;
  operation: "open" | "write" | "close" | "abort";
  file: number;
  fileName: string;
  contentType: string;
}

/** How a block is compressed. */
export interface Recipe {
  codec: string;
  level: number;
  /** Bytes at the block's start that come before it. */
  history: number;
  isLast: boolean;
}

export type Action =
  | ({ type: "pull" } & Pull)
  | { type: "close" }
  | { type: "sign"; task: number; request: CoreSignRequest }
  | SendAction
  | SinkAction
  | { type: "compress"; block: number; recipe: Recipe }
  | { type: "stop"; task: number; again: boolean }
  | { type: "again" }
  | { type: "wait"; until: number }
  | { type: "idle" }
  | { type: "done" };

/** A job's state, as the core tells it. */
export interface CoreStatus {
  resource: ExportResource;
  progress: ExportProgress;
  files: ExportFile[];
  error: PlainError | null;
  /** Where it changed since the last one. */
  resume?: ResumeToken;
}

export interface ExportCore {
  free(): void;
  poll(now: number): Action;
  status(): CoreStatus;
  infer(columns: [name: string, seen: Observation][]): FieldSpec[];
  declare(fields: FieldSpec[]): Uint32Array;
  widen(column: number, row: number, seen: Observation): FieldSpec;
  packed(rows: number, columns: PackedColumn[]): void;
  readsWhole(head: Uint8Array, atEnd: boolean): boolean | undefined;
  bytes(chunk: Uint8Array): void;
  range(start: number, chunk: Uint8Array): void;
  end(): void;
  sourceFailed(code: string, message: string, row?: number, column?: string): void;
  takePart(task: number): Uint8Array | undefined;
  takeBlock(block: number): Uint8Array;
  compressed(block: number, bytes: Uint8Array): void;
  signed(task: number): void;
  responded(
    task: number,
    status: number,
    headers: Record<string, string>,
    body: string,
    expired: boolean,
    now: number,
  ): boolean;
  settled(task: number, uploadId: string | undefined, etag: string | undefined, now: number): boolean;
  failed(task: number, code: string, message: string, now: number): void;
  offline(task: number): void;
  online(): void;
  cancel(): void;
}

/** Compresses blocks for a core in another thread. */
export interface BlockCompressor {
  compress(codec: string, level: number, history: number, isLast: boolean, block: Uint8Array): Uint8Array;
}

export interface Boundary {
  exportTable(
    config: unknown,
    id: string,
    now: number,
    seed: bigint,
    helpers: number,
    inBrowser: boolean,
  ): ExportCore;
  BlockCompressor: new () => BlockCompressor;
  fromRequest(api: string, request: string, body: unknown): ApiRequest;
  tellOf(api: string, body: string, job: unknown, terms: unknown): ApiBody | null;
  answerTo(api: string, code: string, message: string): ApiAnswer;
}
