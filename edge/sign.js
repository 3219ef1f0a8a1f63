import { s3Request, signS3 } from "../pkg/stores/s3.js";

/**
 * What tableport asks of `sign`, once for each request, when that request's turn comes.
 * @typedef {object} SignRequest
 * @property {"put" | "create" | "part" | "complete" | "abort" | "head" | "list" | "delete"} operation
 * @property {string} fileName the object's key, "/" between its segments
 * @property {number} [fileIndex]
 * @property {string} [contentType]
 * @property {number} [size] bytes of the request's body
 * @property {Readonly<Record<string, string>>} [headers] of a checksum, which the signature is to cover
 * @property {number} [partNumber] 1 to 10,000, with "part", and with "list" where not all are wanted
 * @property {string} [uploadId] with "part", "complete", "abort" and "list"
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

const OPERATIONS = ["put", "create", "part", "complete", "abort", "head", "list", "delete"];
const OF_AN_UPLOAD = new Set(["part", "complete", "abort", "list"]);
const MAX_KEY_BYTES = 1024;
const MAX_PART_NUMBER = 10_000;

/**
 * Makes the `sign` function of a store: SigV4 query signatures of the path-style URL of an object.
 * @param {Store} store
 * @returns {(request: SignRequest) => Promise<string>} rejects with a SignError
 */
export function createSigner(store) {
  return async (request) => {
    check(request);
    checkHeaders(request.headers);
    const { headers } = request;
    const target = { ...s3Request(store, request.fileName, request), ...(headers && { headers }) };
    const asked = store.expires === undefined ? target : { ...target, expires: store.expires };
    return (await signS3(asked, store, store.region ?? "auto", Date.now())).href;
  };
}

/** @param {SignRequest} request */
function check({ operation, fileName, partNumber, uploadId }) {
  if (!OPERATIONS.includes(operation))
    throw new SignError("operation", `must be one of ${OPERATIONS.join(", ")}`);
  keyPath(fileName);
  const isOfUpload = OF_AN_UPLOAD.has(operation);
  if (isOfUpload !== (typeof uploadId === "string" && uploadId !== ""))
    throw new SignError("uploadId", isOfUpload ? "must be given" : "must not be given");
  const isPart =
    Number.isInteger(partNumber) && Number(partNumber) >= 1 && Number(partNumber) <= MAX_PART_NUMBER;
  const isWanted = operation === "part" || (operation === "list" && partNumber !== undefined);
  if (isWanted ? !isPart : partNumber !== undefined)
    throw new SignError(
      "partNumber",
      `must be an integer from 1 to ${MAX_PART_NUMBER} with "part" and "list"`,
    );
}

/**
 * Any other header of S3's might have it do something else, such as copy another object.
 * @param {unknown} headers
 */
function checkHeaders(headers = {}) {
  const isOfChecksum = (/** @type {[string, unknown]} */ [name, value]) =>
    /^x-amz-checksum-(algorithm|crc32c)$/.test(name) && typeof value === "string";
  if (typeof headers !== "object" || headers === null || !Object.entries(headers).every(isOfChecksum))
    throw new SignError("headers", "must be those of a checksum");
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
