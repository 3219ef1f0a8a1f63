import type { Boundary } from "./boundary.js";
import { ApiError, isPlainError } from "./errors.js";
import type { Api, ApiAnswer, ApiBody, ApiRequest, JobRecord, RequestOptions, TellOptions } from "./types.js";
import { loadWasm, resetWasm } from "./wasm.js";

/**
 * What the body of a request to a server API asks for: each of its fields is in the result, or refused by its name. `body`
 * is JSON that was parsed. Rejects with an {@link ApiError}, whose `response` is the answer.
 */
export async function fromRequest(
  api: Api,
  body: unknown,
  { request: asked = "export-table" }: RequestOptions = {},
): Promise<ApiRequest> {
  const secrets = new Map<unknown, string>();
  const judged = plain(body, (key, value) => (key === "credentials" ? concealed(value, secrets) : value));
  const request = await speak((wasm) => wasm.fromRequest(String(api), String(asked), judged));
  return plain(request, (_, value) => secrets.get(value) ?? value) as ApiRequest;
}

/** What `job.as` says, of a job that was kept as its record. */
export function recordAs(
  api: Api,
  record: JobRecord,
  { body = "status", terms }: TellOptions = {},
): Promise<ApiBody | null> {
  const [told, agreed] = [plain(record), plain(terms)];
  return speak((wasm) => wasm.tellOf(String(api), String(body), told, agreed));
}

/** How an API answers a request that is refused for what the server finds; `message` is a sentence for a person. */
export function refusal(api: Api, code: string, message: string): Promise<ApiAnswer> {
  return speak((wasm) => wasm.answerTo(String(api), String(code), String(message)));
}

async function speak<T>(call: (wasm: Boundary) => T): Promise<T> {
  const wasm = (await loadWasm()) as unknown as Boundary;
  try {
    return call(wasm);
  } catch (error) {
    if (isPlainError(error)) throw new ApiError(error);
    resetWasm();
    throw error;
  }
}

/** A copy as JSON has it, of what may run code of the caller's when it is read. */
function plain(value: unknown, replace?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value ?? null, replace));
  } catch {
    return new Error("not JSON, or nested too deeply");
  }
}

/** With something else in the place of each text, since the core is to see no credential. */
function concealed(credentials: unknown, secrets: Map<unknown, string>): unknown {
  if (typeof credentials !== "object" || credentials === null) return credentials;
  const conceal = ([key, value]: [string, unknown]) => {
    if (typeof value !== "string" || value === "") return [key, value];
    const stand = crypto.randomUUID();
    secrets.set(stand, value);
    return [key, stand];
  };
  return Object.fromEntries(Object.entries(credentials).map(conceal));
}
