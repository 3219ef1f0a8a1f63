import { Failure } from "./errors.js";
import { isBrowser } from "./realm.js";

/** The answer to one request. */
export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The first MiB as text: a list of a thousand parts is a third of that. */
  body: string;
}

/** What goes to a store, whichever way. */
export interface Outgoing {
  headers: Record<string, string>;
  /** Of known length, since stores refuse a chunked body. */
  body: Uint8Array | Blob | string | null;
  signal: AbortSignal;
}

export interface HttpRequest extends Outgoing {
  url: string;
  method: string;
  /** Whether 308 answers it with how much has arrived, as Google has it, and is no redirect. Default false. */
  resumes?: boolean;
}

const MAX_TEXT = 1 << 20;

/** Sends one request and reads its answer; throws a `Failure` where none comes. */
export async function send(request: HttpRequest): Promise<Answer> {
  try {
    const { url, method, headers, body, resumes = false, signal } = request;
    // A browser shows nothing of what it does not follow, and a 308 that leads nowhere as it is.
    const redirect = resumes && isBrowser ? "follow" : "manual";
    const init: RequestInit = { ...PRIVATE, method, headers, signal, redirect };
    if (body !== null) init.body = unblocking(body) as BodyInit;
    const response = await fetch(url, init);
    if (isRedirect(response) && !(resumes && isIncomplete(response))) {
      await response.body?.cancel();
      throw new Failure(
        "store/refused",
        "the store answered with a redirect, which is not followed: sign the URL for where the object is to be",
      );
    }
    return { status: response.status, headers: headersOf(response), body: await textOf(response) };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("network/failed", describe(), { error });
  }
}

function isRedirect({ type, status, redirected }: Response): boolean {
  return type === "opaqueredirect" || redirected || (status >= 300 && status < 400);
}

function isIncomplete({ status, headers, redirected }: Response): boolean {
  return status === 308 && !headers.has("location") && !redirected;
}

/** In a page Chromium copies a typed array within the call to fetch, 50 ms for 5 MiB, and a Blob elsewhere. */
function unblocking(body: NonNullable<HttpRequest["body"]>): HttpRequest["body"] {
  return typeof document === "object" && body instanceof Uint8Array ? new Blob([body as BlobPart]) : body;
}

/** The message of a failed fetch may hold its URL, so it is not passed on; the cause has it. */
function describe(): string {
  return isBrowser
    ? "the request failed: no connection, or the store's CORS rules do not allow it"
    : "the request failed: no connection, or it broke off";
}

function headersOf(response: Response): Record<string, string> {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    headers[name.toLowerCase()] = value;
  });
  return headers;
}

async function textOf(response: Response): Promise<string> {
  if (!response.body) return "";
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    text += decoder.decode(value, { stream: true });
    if (size >= MAX_TEXT) {
      await reader.cancel();
      return text.slice(0, MAX_TEXT);
    }
  }
}

/** No cookies and no referrer. workerd has neither, and throws where it is told so. */
const PRIVATE: RequestInit = isWanted({ credentials: "omit", referrerPolicy: "no-referrer" });

function isWanted(init: RequestInit): RequestInit {
  try {
    new Request("https://localhost/", init);
    return init;
  } catch {
    return {};
  }
}
