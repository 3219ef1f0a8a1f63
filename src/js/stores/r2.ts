import type { CoreSignRequest } from "../boundary.js";
import { Failure } from "../errors.js";
import type { Answer, Outgoing } from "../http.js";
import type { R2Destination } from "../types.js";
import type { Store } from "./store.js";

/** A bucket that is bound to a Worker. There is nothing to sign: each request is a call. */
export function r2(destination: R2Destination): Store {
  return {
    sign: async (request) => ({
      carry: async (outgoing) => {
        try {
          return await carry(destination, request, outgoing);
        } catch (error) {
          return refusal(error);
        }
      },
    }),
  };
}

async function carry(destination: R2Destination, request: CoreSignRequest, sent: Outgoing): Promise<Answer> {
  const { bucket, prefix = "" } = destination;
  const key = prefix + request.fileName;
  const isConditional = "if-none-match" in sent.headers;
  const metadata = { httpMetadata: { contentType: request.contentType } };
  const upload = () => bucket.resumeMultipartUpload(key, request.uploadId as string);
  const body = sent.body as Uint8Array;
  switch (request.operation) {
    case "put": {
      const onlyIf = isConditional && { onlyIf: { etagDoesNotMatch: "*" } };
      const object = await bucket.put(key, body, { ...metadata, ...onlyIf });
      return object ? answer(200, object.httpEtag) : answer(412);
    }
    case "create": {
      const { uploadId } = await bucket.createMultipartUpload(key, metadata);
      return { ...answer(200), body: element("UploadId", uploadId) };
    }
    case "part":
      return answer(200, (await upload().uploadPart(request.partNumber as number, body)).etag);
    case "complete":
      // The binding takes no condition here: what is stored between the two calls is overwritten.
      if (isConditional && (await bucket.head(key))) return answer(412);
      return answer(200, (await upload().complete([...(request.parts ?? [])])).httpEtag);
    case "abort":
      await upload().abort();
      return answer(204);
    case "head": {
      const object = await bucket.head(key);
      return object ? answer(200, object.httpEtag) : answer(404);
    }
    case "delete":
      await bucket.delete(key);
      return answer(204);
    case "list":
      return answer(501);
  }
}

function answer(status: number, etag?: string): Answer {
  return { status, headers: etag === undefined ? {} : { etag }, body: "" };
}

/** What R2 answers over HTTP where the binding throws these codes. All others are refusals. */
const STATUSES = new Map([
  [10001, 500],
  [10043, 503],
  [10054, 408],
  [10058, 429],
  [10024, 404],
  [10031, 412],
]);

/** The binding says its code at the end of a message, which may hold the key. Without one, no answer came. */
function refusal(error: unknown): Answer {
  const code = /\((\d{5,6})\)\s*$/.exec(`${(error as Partial<Error> | null)?.message}`)?.[1];
  if (!code) throw new Failure("network/failed", "the R2 binding failed without a code", { error });
  return { ...answer(STATUSES.get(Number(code)) ?? 400), body: element("Code", code) };
}

function element(name: string, text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<${name}>${escaped}</${name}>`;
}
