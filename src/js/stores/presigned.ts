import type { CoreSignRequest } from "../boundary.js";
import { Failure } from "../errors.js";
import type { PresignedDestination, Signed } from "../types.js";
import { objectHeaders, type Settled, type Store, type Target } from "./store.js";

/** A store whose requests the caller signs. A `Failure` has what `sign` threw as its cause. */
export function presigned(destination: PresignedDestination): Store {
  return {
    async sign(request) {
      try {
        const answer: unknown = await destination.sign(request);
        return isDone(answer) ? settled(answer.done) : target(answer, destination, request);
      } catch (error) {
        throw error instanceof InvalidAnswer
          ? new Failure("sign/invalid-answer", "the sign callback did not answer with a URL", { error })
          : new Failure("sign/failed", "the sign callback threw", { error });
      }
    },
  };
}

/** What `sign` answered is no URL. */
class InvalidAnswer extends TypeError {}

function target(answer: unknown, destination: PresignedDestination, request: CoreSignRequest): Target {
  const { url, headers } = isSigned(answer) ? answer : { url: answer, headers: {} };
  return {
    url: httpUrl(url),
    headers: texts({ ...objectHeaders(destination.headers, request), ...headers }),
  };
}

function settled({ uploadId, etag }: { uploadId?: unknown; etag?: unknown }): Settled {
  return {
    done: { ...(uploadId != null && { uploadId: `${uploadId}` }), ...(etag != null && { etag: `${etag}` }) },
  };
}

function isSigned(answer: unknown): answer is Extract<Signed, { url: unknown }> {
  return isObject(answer) && !(answer instanceof URL) && "url" in answer;
}

function isDone(answer: unknown): answer is Extract<Signed, { done: unknown }> {
  return isObject(answer) && "done" in answer && isObject(answer.done);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** As `fetch` would make them, which may be in another thread. */
function texts(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}`]));
}

function httpUrl(answer: unknown): string {
  const text = answer instanceof URL ? answer.href : answer;
  if (typeof text !== "string" || !/^https?:\/\//i.test(text)) {
    throw new InvalidAnswer("sign() must return an https:// or http:// URL, {url, headers}, or {done}.");
  }
  return text;
}
