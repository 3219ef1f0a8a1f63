import type { Env } from "./env.js";
import { attachment, json, notAllowed, SAFE_HEADERS } from "./http.js";
import { createSigner, keyPath, SignError, type SignRequest } from "./sign.js";

const LOCAL_S3_PATH = "/cdn-cgi/local/r2/s3";
/** Names of this machine, which no deployed Worker is asked by. */
const HERE = new Set(["127.0.0.1", "localhost", "[::1]"]);
const OBJECTS = "/objects/";
const MAX_SIGN_BYTES = 16_384;

/**
 * The demo page, and under `wrangler dev` the signer that it asks and what it stored. Elsewhere there is neither: whoever
 * could ask would read and write what accounts export.
 */
export async function demo(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  if (!HERE.has(url.hostname)) return env.ASSETS.fetch(request);
  try {
    if (url.pathname === "/sign") return await sign(request, env, url.origin);
    if (url.pathname === "/objects") return await listObjects(request, env);
    if (url.pathname.startsWith(OBJECTS)) return await openObject(request, env, url.pathname);
    return await env.ASSETS.fetch(request);
  } catch (error) {
    if (error instanceof SignError)
      return json({ error: { field: error.field, message: error.message } }, 400);
    throw error;
  }
}

/** `POST /sign` with a sign request answers `{url}`, of the store inside `wrangler dev`. */
async function sign(request: Request, env: Env, origin: string): Promise<Response> {
  if (request.method !== "POST") return notAllowed("POST");
  const text = await request.text();
  if (text.length > MAX_SIGN_BYTES)
    throw new SignError("body", `must be at most ${MAX_SIGN_BYTES} characters`);
  const signer = createSigner({
    endpoint: origin + LOCAL_S3_PATH,
    bucket: env.S3_BUCKET,
    accessKeyId: env.S3_ACCESS_KEY_ID,
    secretAccessKey: env.S3_SECRET_ACCESS_KEY,
  });
  return json({ url: await signer(parseSignRequest(text)) });
}

function parseSignRequest(text: string): SignRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SignError("body", "must be JSON");
  }
  if (typeof value !== "object" || value === null) throw new SignError("body", "must be an object");
  return value as SignRequest;
}

/** `GET /objects` lists the first thousand objects. */
async function listObjects(request: Request, env: Env): Promise<Response> {
  if (request.method !== "GET") return notAllowed("GET");
  const { objects } = await env.EXPORTS.list();
  return json({
    objects: objects.map(({ key, size, etag, uploaded }) => ({
      name: key,
      size,
      etag,
      uploaded: uploaded.getTime(),
    })),
  });
}

/** `GET /objects/<name>` is the object, always as a download: a file's bytes never become a page of this origin. */
async function openObject(request: Request, env: Env, pathname: string): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET, HEAD");
  const name = decodeName(pathname.slice(OBJECTS.length));
  const object = await env.EXPORTS.get(name);
  if (!object) return json({ error: { field: "fileName", message: "no such object" } }, 404);
  const headers = new Headers(SAFE_HEADERS);
  object.writeHttpMetadata(headers);
  headers.set("etag", object.httpEtag);
  headers.set("content-length", String(object.size));
  headers.set("content-disposition", attachment(name.slice(name.lastIndexOf("/") + 1)));
  return new Response(request.method === "HEAD" ? null : object.body, { headers });
}

function decodeName(path: string): string {
  let name: string;
  try {
    name = decodeURIComponent(path);
  } catch {
    throw new SignError("fileName", "must be percent-encoded UTF-8");
  }
  keyPath(name);
  return name;
}
