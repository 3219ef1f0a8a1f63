import type { CoreSignRequest } from "../boundary.js";

/** Where a request goes, with the headers that its signature covers. */
export interface Target {
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** What came of a request that whoever was to sign it made itself. */
export interface Settled {
  done: { uploadId?: string; etag?: string };
}

/** What takes the requests of one job, in the caller's thread: it has the credentials, or whoever has them. */
export interface Store {
  /** Asked when a request's turn comes, once for each try. Throws a `Failure`. */
  sign(request: CoreSignRequest): Promise<Target | Settled>;
}
