import type { CoreSignRequest } from "./boundary.js";
import type { Destination } from "./types.js";

/** Where a request goes, with the headers that its signature covers. */
export interface Target {
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** Asks the destination for the URL of a request. Throws what `sign` throws, or an `InvalidAnswer`. */
export async function sign(destination: Destination, request: CoreSignRequest): Promise<Target> {
  if (typeof destination === "string") return { url: destination, headers: {} };
  if (destination.type !== "presigned")
    throw new InvalidAnswer(`A ${destination.type} destination signs nothing.`);
  const answer: unknown = await destination.sign(request);
  const { url, headers } = isSigned(answer) ? answer : { url: answer, headers: {} };
  return { url: httpUrl(url), headers: { ...objectHeaders(destination.headers, request), ...headers } };
}

/** What `sign` answered is no URL. */
export class InvalidAnswer extends TypeError {}

function isSigned(answer: unknown): answer is { url: unknown; headers?: Record<string, string> } {
  return typeof answer === "object" && answer !== null && !(answer instanceof URL) && "url" in answer;
}

/** Not with the requests about parts: their headers would not be covered by the signature, and stores refuse that. */
function objectHeaders(headers: Readonly<Record<string, string>> | undefined, request: CoreSignRequest) {
  return request.operation === "put" || request.operation === "create" ? headers : undefined;
}

function httpUrl(answer: unknown): string {
  const text = answer instanceof URL ? answer.href : answer;
  if (typeof text !== "string" || !/^https?:\/\//i.test(text)) {
    throw new InvalidAnswer("sign() must return an https:// or http:// URL, or {url, headers}.");
  }
  return text;
}
