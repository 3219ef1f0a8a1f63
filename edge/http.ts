import { type Api, refusal } from "../pkg/workerd.js";

/** Bytes of a request's body, at most. */
const MAX_BODY = 1 << 20;

export const SAFE_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

export function json(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: SAFE_HEADERS });
}

/** A Content-Disposition, as RFC 6266 has it; for clients that know only ASCII, too. */
export function attachment(name: string): string {
  const plain = name.replaceAll(/[^\w.-]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`;
}

export function notAllowed(allow: string): Response {
  return new Response(null, { status: 405, headers: { ...SAFE_HEADERS, allow } });
}

/** Why a request is not served, under one of the package's codes. The message holds nothing of the request's values. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The same, as `api` says it. */
export async function refuse(
  api: Api,
  { code, message }: { code: string; message: string },
): Promise<Response> {
  const { status, body } = await refusal(api, code, message);
  const answer = json(body, status);
  if (status === 401) answer.headers.set("www-authenticate", "Bearer");
  return answer;
}

/** What a store answers to a request, where that is no success. */
export function refusedBy(store: string, status: number, what: string): Refusal {
  const code = status >= 500 || status === 429 ? "store/unavailable" : "store/refused";
  return new Refusal(code, `${store} answered ${status} to ${what}`);
}

/** A request's body, of a megabyte at most. */
export async function readBody(request: Request): Promise<Uint8Array> {
  const tooLarge = new Refusal("limit/exceeded", `the body is larger than ${MAX_BODY} bytes`);
  if (Number(request.headers.get("content-length")) > MAX_BODY) throw tooLarge;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request.body ?? []) {
    size += piece.length;
    // The rest is read all the same: who has not sent all of it may not hear an answer.
    if (size <= MAX_BODY) pieces.push(piece);
  }
  if (size > MAX_BODY) throw tooLarge;
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    throw new Refusal("config/invalid-value", "the body is not JSON");
  }
}
