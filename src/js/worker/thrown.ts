import type { PlainError } from "../boundary.js";
import { Failure, isPlainError, SourceError } from "../errors.js";

/** An error on its way between the page and a worker. */
export type Thrown =
  /** A caller's own, which stays in the page. */
  | { held: number }
  /** One of the core. */
  | { plain: PlainError }
  | SentFailure
  /** One of the worker's own thread, as a copy. */
  | { error: unknown };

/** How errors cross. */
export interface ErrorCodec {
  encode(error: unknown): Thrown;
  decode(thrown: Thrown): unknown;
}

interface SentFailure {
  code: string;
  message: string;
  row: number | undefined;
  column: string | undefined;
  cause: Thrown | undefined;
}

/** In a worker: an error that stayed in the page. */
class Held {
  readonly held: number;

  constructor(held: number) {
    this.held = held;
  }
}

/** In the page: what the core refused. */
export class Refusal {
  readonly plain: PlainError;

  constructor(plain: PlainError) {
    this.plain = plain;
  }
}

/** The page's side: keeps errors, and gives each a number. */
export class HeldErrors implements ErrorCodec {
  readonly #held: unknown[] = [];

  encode(error: unknown): Thrown {
    if (error instanceof Refusal) return { plain: error.plain };
    if (error instanceof Failure) return ofFailure(error, (cause) => this.hold(cause));
    return this.hold(error);
  }

  hold(error: unknown): Thrown {
    return { held: this.#held.push(error) - 1 };
  }

  decode(thrown: Thrown): unknown {
    if ("held" in thrown) return this.#held[thrown.held];
    if ("plain" in thrown) return new Refusal(thrown.plain);
    return "error" in thrown ? thrown.error : toFailure(thrown, (cause) => this.decode(cause));
  }
}

/** The worker's side. */
export const visiting: ErrorCodec = {
  encode(error) {
    if (error instanceof Held) return { held: error.held };
    if (error instanceof Failure) return ofFailure(error, visiting.encode);
    return isPlainError(error) ? { plain: error } : { error: copyable(error) };
  },
  decode(thrown) {
    if ("held" in thrown) return new Held(thrown.held);
    if ("plain" in thrown) return thrown.plain;
    return "error" in thrown ? thrown.error : toFailure(thrown, visiting.decode);
  },
};

function ofFailure(failure: Failure, encode: (cause: unknown) => Thrown): SentFailure {
  const { code, message, cause, row, column } = failure as SourceError;
  return { code, message, row, column, cause: cause && encode(cause.error) };
}

function toFailure(sent: SentFailure, decode: (cause: Thrown) => unknown): Failure {
  const { code, message, row, column, cause } = sent;
  return new SourceError(code, message, { row, column }, cause && { error: decode(cause) });
}

function copyable(error: unknown): unknown {
  try {
    structuredClone(error);
    return error;
  } catch {
    return new Error(String(error));
  }
}
