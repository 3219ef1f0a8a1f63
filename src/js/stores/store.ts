import type { CoreSignRequest } from "../boundary.js";
import type { Answer, Outgoing } from "../http.js";

/** Where a request goes, with the headers that its signature covers. */
export interface Target {
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** What takes a request by other means than fetch. It can go to no other thread. */
export interface Carrier {
  /** Gives what S3 would have answered. Throws a `Failure`. */
  carry(request: Outgoing): Promise<Answer>;
}

/** What came of a request that whoever was to sign it made itself. */
export interface Settled {
  done: { uploadId?: string; etag?: string };
}

/** How a request is to be made, or that it was. */
export type Signature = Target | Carrier | Settled;

/** What takes the requests of one job, in the caller's thread: it has the credentials, or whoever has them. */
export interface Store {
  /**
   * Asked when a request's turn comes, once for each try. Throws a `Failure`. `skew` is how far the store's clock is ahead
   * of ours, in milliseconds, as far as its answers have shown.
   */
  sign(request: CoreSignRequest, skew: number): Promise<Signature>;
}

/** Not with the requests about parts: their headers would not be covered by the signature, and stores refuse that. */
export function objectHeaders(
  headers: Readonly<Record<string, string>> | undefined,
  request: CoreSignRequest,
): Readonly<Record<string, string>> | undefined {
  return request.operation === "put" || request.operation === "create" ? headers : undefined;
}

/**
 * Headers of a caller's, as `fetch` would make them, which may be in another thread. Names are in lower case, so that they
 * take the place of ours.
 */
export function texts(headers: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), `${value}`]),
  );
}
