import type { ExportCore, PlainSource, Pull } from "../boundary.js";
import type { ExportConfig } from "../types.js";

/** The core as a source sees it. Its methods throw once the job has ended. */
export interface Port
  extends Pick<
    ExportCore,
    "infer" | "declare" | "widen" | "packed" | "readsWhole" | "bytes" | "range" | "end"
  > {
  readonly config: ExportConfig;
  /** Gives others a turn where this has been going on for long. */
  rest(): Promise<void>;
}

/** A table that can be read. */
export interface TableSource {
  /** What the core is told of it; nothing of what cannot be read, so that the core refuses it. */
  readonly plain: PlainSource | undefined;
  /**
   * Reads on, and gives the core what it pulls. Where the first item shows that the source is of another kind than
   * `plain` says, resolves to the source that it is, having given nothing.
   */
  pull(port: Port, pull: Pull): Promise<TableSource | undefined | void>;
  /** Lets go of what it holds open. Called once, also while a pull is under way. */
  close(reason: unknown): Promise<unknown> | undefined;
}
