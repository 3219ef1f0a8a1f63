import { encode } from "../pkg/stores/sigv4.js";
import { bytesOfHex, sha256 } from "./hex.js";

/** A request as it arrived, with what its sender signed of it. */
export interface SignedRequest {
  method: string;
  /** Percent-encoded, without the query. */
  path: string;
  /** Without its question mark. */
  query: string;
  headers: Headers;
  body: Uint8Array;
}

/** Why a signature was refused. None says more of the request than that, and none of the secret. */
export type SignatureFault = keyof typeof FAULTS;

const FAULTS = {
  missing: "the request has no Authorization",
  scheme: "the Authorization is not of SDK-HMAC-SHA256",
  malformed: "the Authorization, the path or the date cannot be read",
  headers: "host and x-sdk-date must be signed, and each signed header be there",
  date: "X-Sdk-Date is more than 15 minutes from now",
  key: "the access key is not known",
  signature: "the signature is not that of the request",
};

export class SignatureError extends Error {
  override name = "SignatureError";
  readonly reason: SignatureFault;

  constructor(reason: SignatureFault) {
    super(FAULTS[reason]);
    this.reason = reason;
  }
}

const SCHEME = "SDK-HMAC-SHA256";
const CREDENTIALS = /^Access=([^\s,]+), ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const MAX_SKEW_MS = 15 * 60 * 1000;
const MUST_BE_SIGNED = ["host", "x-sdk-date"];

const utf8 = new TextEncoder();

/**
 * Verifies a signature of Huawei Cloud's API gateway; gives the access key that made it, and rejects with a
 * SignatureError. The body is always among what is signed: `UNSIGNED-PAYLOAD` is no hash of it.
 *
 * Requests that are the same within a second have the same signature, so that it tells nothing of replays.
 */
export async function verify(
  request: SignedRequest,
  secretOf: (accessKey: string) => string | undefined,
  now: number,
): Promise<string> {
  const { accessKey, signedHeaders, signature } = readAuthorization(request.headers);
  const date = readDate(request.headers, now);
  const secret = secretOf(accessKey);
  if (secret === undefined) throw new SignatureError("key");
  const toSign = [SCHEME, date, await sha256(utf8.encode(await canonical(request, signedHeaders)))].join(
    "\n",
  );
  const key = await crypto.subtle.importKey(
    "raw",
    utf8.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  // Takes as long wherever the first difference is.
  if (!(await crypto.subtle.verify("HMAC", key, signature, utf8.encode(toSign))))
    throw new SignatureError("signature");
  return accessKey;
}

function readAuthorization(headers: Headers) {
  const authorization = headers.get("authorization");
  if (authorization === null) throw new SignatureError("missing");
  if (!authorization.startsWith(`${SCHEME} `)) throw new SignatureError("scheme");
  const [, accessKey, names, hex] = CREDENTIALS.exec(authorization.slice(SCHEME.length + 1)) ?? [];
  if (!accessKey || !names || !hex) throw new SignatureError("malformed");
  const signedHeaders = names.split(";");
  const complete = MUST_BE_SIGNED.every((name) => signedHeaders.includes(name));
  if (!complete || !signedHeaders.every((name) => headers.has(name))) throw new SignatureError("headers");
  return { accessKey, signedHeaders, signature: bytesOfHex(hex) };
}

function readDate(headers: Headers, now: number): string {
  const date = headers.get("x-sdk-date") ?? "";
  const [, year, month, day, hour, minute, second] = DATE.exec(date) ?? [];
  if (second === undefined) throw new SignatureError("malformed");
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!(Math.abs(now - at) <= MAX_SKEW_MS)) throw new SignatureError("date");
  return date;
}

async function canonical(request: SignedRequest, signedHeaders: string[]): Promise<string> {
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...signedHeaders.map((name) => `${name}:${request.headers.get(name)}`),
    "",
    signedHeaders.join(";"),
    await sha256(request.body),
  ].join("\n");
}

function canonicalPath(path: string): string {
  // A slash within a segment would sign as one between two.
  if (/%2f/i.test(path)) throw new SignatureError("malformed");
  const segments = path.split("/").map((segment) => {
    try {
      return encode(decodeURIComponent(segment));
    } catch {
      throw new SignatureError("malformed");
    }
  });
  const encoded = segments.join("/");
  return encoded.endsWith("/") ? encoded : `${encoded}/`;
}

/** Of the parameters as URLSearchParams reads them, so that what is verified is what a server goes by. */
function canonicalQuery(query: string): string {
  const pairs = [...new URLSearchParams(query)].sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
}

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
