import type { CoreSignRequest } from "./boundary.js";
import { Failure } from "./errors.js";
import type { Destination } from "./types.js";

/** Where a request goes, with the headers that its signature covers. */
export interface Target {
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** Asks the destination for the URL of a request. Throws a `Failure`, whose cause is what `sign` threw. */
export async function sign(destination: Destination, request: CoreSignRequest): Promise<Target> {
  if (typeof destination === "string") return { url: destination, headers: {} };
  if (destination.type !== "presigned")
    throw new TypeError(`A ${destination.type} destination signs nothing.`);
  try {
    const answer: unknown = await destination.sign(request);
    const { url, headers } = isSigned(answer) ? answer : { url: answer, headers: {} };
    return {
      url: httpUrl(url),
      headers: texts({ ...objectHeaders(destination.headers, request), ...headers }),
    };
  } catch (error) {
    throw error instanceof InvalidAnswer
      ? new Failure("sign/invalid-answer", "the sign callback did not answer with a URL", { error })
      : new Failure("sign/failed", "the sign callback threw", { error });
  }
}

/** What `sign` answered is no URL. */
class InvalidAnswer extends TypeError {}

function isSigned(answer: unknown): answer is { url: unknown; headers?: Record<string, string> } {
  return typeof answer === "object" && answer !== null && !(answer instanceof URL) && "url" in answer;
}

/** Not with the requests about parts: their headers would not be covered by the signature, and stores refuse that. */
function objectHeaders(headers: Readonly<Record<string, string>> | undefined, request: CoreSignRequest) {
  return request.operation === "put" || request.operation === "create" ? headers : undefined;
}

/** As `fetch` would make them, which may be in another thread. */
function texts(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}`]));
}

function httpUrl(answer: unknown): string {
  const text = answer instanceof URL ? answer.href : answer;
  if (typeof text !== "string" || !/^https?:\/\//i.test(text)) {
    throw new InvalidAnswer("sign() must return an https:// or http:// URL, or {url, headers}.");
  }
  return text;
}
