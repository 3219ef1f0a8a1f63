import type { PlainError } from "./boundary.js";
import type { ApiAnswer, ExportJob, Place } from "./types.js";

/**
 * Why an export did not complete. `message` is a sentence for a person, without URLs, credentials or values of
 * cells; `cause` is the caller's own error, unchanged, where one of the caller's functions or sources threw.
 */
export class ExportError extends Error {
  override readonly name = "ExportError";
  /** Stable, such as `config/unknown-key` or `source/type-changed`. */
  readonly code: string;
  /** Where it went wrong, as far as that is known. */
  readonly place: Place;
  /** The job that failed. */
  readonly job: ExportJob;

  constructor(error: PlainError, job: ExportJob, options?: ErrorOptions) {
    super(error.message, options);
    this.code = error.code;
    this.place = error.place;
    // Not enumerable: an error that is printed or sent must not carry the table along.
    this.job = job;
    Object.defineProperty(this, "job", { enumerable: false });
  }
}

/** Why a request of a server API is refused, or an API has no words for what was asked. `message` holds no value of it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** Stable, such as `config/unknown-key` or `api/unimplemented`. */
  readonly code: string;
  /** `place.field` is a path into the request's body. */
  readonly place: Place;
  /** The answer in the API's own words; null where it is not the request that is wrong. */
  readonly response: ApiAnswer | null;

  constructor(error: PlainError) {
    super(error.message);
    this.code = error.code;
    this.place = error.place;
    this.response = error.response ?? null;
  }
}

/** Why something that the core asked for did not come about, under one of its codes. Its message holds no URL. */
export class Failure {
  readonly code: string;
  readonly message: string;
  /** The caller's own error, in a box, since anything can be thrown. */
  readonly cause: { error: unknown } | undefined;

  constructor(code: string, message: string, cause?: { error: unknown }) {
    this.code = code;
    this.message = message;
    this.cause = cause;
  }
}

/** Something wrong with the source that was found while reading or packing it. */
export class SourceError extends Failure {
  readonly row: number | undefined;
  readonly column: string | undefined;

  constructor(
    code: string,
    message: string,
    where: { row?: number | undefined; column?: string | undefined } = {},
    cause?: { error: unknown },
  ) {
    super(code, message, cause);
    this.row = where.row;
    this.column = where.column;
  }
}

/** Whether the core threw this, rather than trapped. */
export function isPlainError(error: unknown): error is PlainError {
  return (
    typeof error === "object" &&
    error !== null &&
    !(error instanceof Error || error instanceof Failure) &&
    typeof (error as PlainError).code === "string" &&
    typeof (error as PlainError).message === "string"
  );
}
