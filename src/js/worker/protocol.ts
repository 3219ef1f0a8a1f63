import type { CoreSignRequest, CoreStatus, PackedColumn, PlainSource, Pull, Recipe } from "../boundary.js";
import type { Outlet } from "../outlet.js";
import type { Questions } from "../sources/source.js";
import type { Signature } from "../stores/store.js";
import type { ExportConfig, FileToOpen } from "../types.js";
import type { Thrown } from "./thrown.js";

/** The first message to a worker. */
export interface Greeting {
  wasm: WebAssembly.Module;
  /** The name of a lock, which the worker holds for as long as it lives. */
  lock: string;
  /** How many helpers it may ask for. */
  helpers: number;
}

/** What a worker says of itself. */
export type Said = "ready" | "failed" | "wants helpers";

/**
 * What the port is for that comes with a message: a job to run, blocks to compress for another worker, or a helper that
 * compresses blocks. A helper that could not be started comes without one.
 */
export type Purpose = "job" | "blocks" | "helper";

/** What a worker asks of its helper. */
export interface HelperSide {
  compress(recipe: Recipe, block: Uint8Array): Uint8Array;
}

/** A job, as a worker is told of it. */
export interface Start {
  id: string;
  createdAt: number;
  config: ExportConfig;
  /** What the worker reads itself, or what is said of what is read in the page. */
  source: { read: Blob | string } | { plain: PlainSource | undefined };
  outlet: Outlet["type"];
}

/** What one pull was answered with: what the core is to be given, or which source it was found to be. */
export interface Pulled {
  given: Given[];
  /** Whether the next pull will be the same, and have an answer. */
  goesOn: boolean;
  /** The buffer of the columns in it. */
  spendable?: ArrayBuffer;
  found?: { plain: PlainSource | undefined };
}

export type Given =
  | ["packed", rows: number, columns: PackedColumn[]]
  | ["bytes", chunk: Uint8Array]
  | ["range", start: number, chunk: Uint8Array]
  | ["end"];

/** What a worker asks of the page. Sinks go by number. */
export interface PageSide {
  /** With a buffer of an earlier batch, to be filled again: memory that was used before costs less. */
  pull(pull: Pull, spent: ArrayBuffer | undefined): Pulled;
  /** No more of the table is read. */
  letGo(): void;
  sign(request: CoreSignRequest, skew: number): Signature;
  open(file: FileToOpen): number;
  write(sink: number, bytes: Uint8Array): void;
  close(sink: number): void;
  abort(sink: number, reason: Thrown): void;
  keep(file: number, bytes: Uint8Array): void;
  publish(status: CoreStatus): void;
}

/** What a page asks of a worker's core: first, for the how-manieth pull, counted from 1. */
export type AskedForPull = {
  [K in keyof Questions]: (pull: number, ...args: Parameters<Questions[K]>) => ReturnType<Questions[K]>;
};

/** What a page asks of a worker. */
export interface WorkerSide extends AskedForPull {
  /** Runs the job to its end. */
  start(start: Start): { status: CoreStatus; cause: Thrown | undefined };
  cancel(reason: Thrown): void;
}
