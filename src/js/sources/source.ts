import type { ExportCore, PlainSource, Pull } from "../boundary.js";
import type { ExportConfig } from "../types.js";

/** What the core is asked by a source, which waits for the answer: it may come from another thread. */
export type Questions = Pick<ExportCore, "infer" | "declare" | "widen" | "readsWhole">;

/** The core as a source sees it. Its methods throw once the job has ended. */
export interface Port
  extends Pick<ExportCore, "packed" | "bytes" | "range" | "end">,
    Readonly<{ [K in keyof Questions]: Awaitable<Questions[K]> }> {
  readonly config: ExportConfig;
  /** Gives others a turn where this has been going on for long. */
  rest(): Promise<void>;
}

type Awaitable<F> = F extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never;

/** A table that can be read. */
export interface TableSource {
  /** What the core is told of it; nothing of what cannot be read, so that the core refuses it. */
  readonly plain: PlainSource | undefined;
  /** A file or a URL, which another thread can read itself. */
  readonly portable?: Blob | string | undefined;
  /**
   * Reads on, and gives the core what it pulls. Where the first item shows that the source is of another kind than
   * `plain` says, resolves to the source that it is, having given nothing.
   */
  pull(port: Port, pull: Pull): Promise<TableSource | undefined | void>;
  /** Lets go of what it holds open. Called once, also while a pull is under way. */
  close(reason: unknown): Promise<unknown> | undefined;
}

/** The row at which the table ends for this export, should it have more: none behind it need be read. */
export function endOf({ rows }: ExportConfig): number {
  return rows?.end ?? Number.POSITIVE_INFINITY;
}

/** Lets go of a source. It is not waited for, since it may never answer; by now its errors change nothing. */
export function closeSource(source: TableSource, reason: unknown): void {
  try {
    Promise.resolve(source.close(reason)).catch(() => {});
  } catch {}
}
