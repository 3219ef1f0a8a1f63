import { AwsV4Signer } from "aws4fetch";

/**
 * What tableport asks of `sign`, once for each request, when that request's turn comes.
 * @typedef {object} SignRequest
 * @property {"put" | "create" | "part" | "complete" | "abort" | "head" | "list" | "delete"} operation
 * @property {string} fileName the object's key, "/" between its segments
 * @property {number} [fileIndex]
 * @property {string} [contentType]
 * @property {number} [size] bytes of the request's body
 * @property {number} [partNumber] 1 to 10,000, with "part", and with "list" where not all are wanted
 * @property {string} [uploadId] with "part", "complete", "abort" and "list"
 * @property {unknown} [checksum]
 */

/**
 * @typedef {object} Store
 * @property {string} endpoint of the S3 service, without the bucket
 * @property {string} bucket
 * @property {string} accessKeyId
 * @property {string} secretAccessKey
 * @property {string} [region] "auto" if left out, which is what R2 wants
 * @property {number} [expires] seconds a URL stays valid, 900 if left out
 */

/** A sign request that can't be honoured; `field` names the member that is wrong. */
export class SignError extends Error {
  /** @param {string} field @param {string} message */
  constructor(field, message) {
    super(`${field}: ${message}`);
    this.name = "SignError";
    this.field = field;
  }
}

const METHODS = new Map([
  ["put", "PUT"],
  ["create", "POST"],
  ["part", "PUT"],
  ["complete", "POST"],
  ["abort", "DELETE"],
  ["head", "HEAD"],
  ["list", "GET"],
  ["delete", "DELETE"],
]);
const OF_AN_UPLOAD = new Set(["part", "complete", "abort", "list"]);
const MAX_KEY_BYTES = 1024;
const MAX_PART_NUMBER = 10_000;

/**
 * Makes the `sign` function of a store: SigV4 query signatures of the path-style URL of an object.
 * @param {Store} store
 * @returns {(request: SignRequest) => Promise<string>} rejects with a SignError
 */
export function createSigner(store) {
  const base = `${store.endpoint.replace(/\/$/, "")}/${store.bucket}`;
  return async (request) => {
    const method = METHODS.get(request.operation);
    if (!method) throw new SignError("operation", `must be one of ${[...METHODS.keys()].join(", ")}`);
    const url = new URL(`${base}/${keyPath(request.fileName)}`);
    for (const [name, value] of query(request)) url.searchParams.set(name, value);
    url.searchParams.set("X-Amz-Expires", String(store.expires ?? 900));
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      accessKeyId: store.accessKeyId,
      secretAccessKey: store.secretAccessKey,
      region: store.region ?? "auto",
      service: "s3",
      signQuery: true,
    });
    return (await signer.sign()).url.href;
  };
}

/**
 * The key as a URL path. A segment that a URL parser or a file system would resolve is refused, so that a name
 * can't leave the place it is written to.
 * @param {unknown} name
 */
export function keyPath(name) {
  if (typeof name !== "string" || name === "") throw new SignError("fileName", "must be a name");
  if (new TextEncoder().encode(name).length > MAX_KEY_BYTES) {
    throw new SignError("fileName", `must be at most ${MAX_KEY_BYTES} bytes of UTF-8`);
  }
  if (!name.isWellFormed() || /[\p{Cc}\\]/u.test(name)) {
    throw new SignError("fileName", "must not contain control characters, backslashes or lone surrogates");
  }
  const segments = name.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw new SignError("fileName", "must not have empty, . or .. segments");
  }
  return segments.map(encodeURIComponent).join("/");
}

/**
 * @param {SignRequest} request
 * @returns {[string, string][]}
 */
function query({ operation, partNumber, uploadId }) {
  if (operation === "create") return [["uploads", ""]];
  if (!OF_AN_UPLOAD.has(operation)) return [];
  if (typeof uploadId !== "string" || uploadId === "") throw new SignError("uploadId", "must be given");
  if (operation !== "part" && partNumber === undefined) return [["uploadId", uploadId]];
  if (!Number.isInteger(partNumber) || Number(partNumber) < 1 || Number(partNumber) > MAX_PART_NUMBER) {
    throw new SignError("partNumber", `must be an integer from 1 to ${MAX_PART_NUMBER}`);
  }
  return [
    [operation === "list" ? "part-number-marker" : "partNumber", String(partNumber)],
    ["uploadId", uploadId],
  ];
}
