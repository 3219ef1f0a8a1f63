import type { CoreSignRequest } from "../boundary.js";
import type { PresignedDestination, Signed } from "../types.js";
import { calling, httpUrl } from "./callback.js";
import { objectHeaders, type Settled, type Store, type Target, texts } from "./store.js";

/** A store whose requests the caller signs. A `Failure` has what `sign` threw as its cause. */
export function presigned(destination: PresignedDestination): Store {
  return {
    sign: (request) =>
      calling("sign", async () => {
        const answer: unknown = await destination.sign(request);
        return isDone(answer) ? settled(answer.done) : target(answer, destination, request);
      }),
  };
}

function target(answer: unknown, destination: PresignedDestination, request: CoreSignRequest): Target {
  const { url, headers } = isSigned(answer) ? answer : { url: answer, headers: {} };
  return {
    url: httpUrl(url, "sign() must return an https:// or http:// URL, {url, headers}, or {done}"),
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
