import { Failure } from "../errors.js";
import type { S3Credentials, S3Destination } from "../types.js";
import { encode, presign } from "./sigv4.js";
import { objectHeaders, type Store, texts } from "./store.js";

/** A store of S3's protocol, whose requests are signed here: each when its turn comes, with the credentials of then. */
export function s3(destination: S3Destination): Store {
  return {
    async sign(request, skew) {
      const credentials = await credentialsOf(destination);
      const key = `${destination.prefix ?? ""}${request.fileName}`;
      const headers = { ...texts(objectHeaders(destination.headers, request)), ...request.headers };
      const target = s3Request(destination, key, request);
      const signed = await signS3({ ...target, headers }, credentials, destination.region, Date.now() + skew);
      return { url: signed.href, headers };
    },
  };
}

/** Where the objects of a bucket are. */
interface Place {
  readonly endpoint: string;
  readonly bucket: string;
  readonly virtualHostedStyle?: boolean;
}

export interface S3Request {
  readonly operation: keyof typeof METHODS;
  readonly partNumber?: number;
  readonly uploadId?: string;
}

const METHODS = {
  put: "PUT",
  head: "HEAD",
  delete: "DELETE",
  create: "POST",
  part: "PUT",
  list: "GET",
  complete: "POST",
  abort: "DELETE",
} as const;

/** What an operation on the object of this key is in HTTP. */
export function s3Request(place: Place, key: string, { operation, partNumber, uploadId }: S3Request) {
  const url = objectUrl(place, key);
  if (operation === "create") url.searchParams.set("uploads", "");
  const part = operation === "list" ? "part-number-marker" : "partNumber";
  if (partNumber !== undefined) url.searchParams.set(part, String(partNumber));
  if (uploadId !== undefined) url.searchParams.set("uploadId", uploadId);
  return { method: METHODS[operation], url };
}

function objectUrl({ endpoint, bucket, virtualHostedStyle = false }: Place, key: string): URL {
  const url = new URL(endpoint);
  if (virtualHostedStyle) url.host = `${bucket}.${url.host}`;
  const base = url.pathname.replace(/\/$/, "");
  const segments = [...(virtualHostedStyle ? [] : [bucket]), ...key.split("/")];
  url.pathname = [base, ...segments.map(encode)].join("/");
  return url;
}

/** Seconds that a URL is good for by the time it is sent, which is at once. */
const EXPIRES = 900;

/** Signs a request whose body nobody has read. */
export function signS3(
  request: { method: string; url: URL; headers?: Readonly<Record<string, string>>; expires?: number },
  credentials: S3Credentials,
  region: string,
  now: number,
): Promise<URL> {
  const unsigned = { expires: EXPIRES, ...request, payload: "UNSIGNED-PAYLOAD" };
  return presign(unsigned, { ...credentials, region, service: "s3" }, now);
}

async function credentialsOf({ credentials }: S3Destination): Promise<S3Credentials> {
  if (typeof credentials !== "function") return credentials;
  let given: unknown;
  try {
    given = await credentials();
  } catch (error) {
    throw new Failure("sign/failed", "the credentials function threw", { error });
  }
  if (areCredentials(given)) return given;
  throw new Failure("sign/invalid-answer", "the credentials function did not answer with credentials");
}

function areCredentials(given: unknown): given is S3Credentials {
  const { accessKeyId, secretAccessKey, sessionToken } = (given ?? {}) as Partial<S3Credentials>;
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  return isText(accessKeyId) && isText(secretAccessKey) && (sessionToken == null || isText(sessionToken));
}
