import type { ApiBody } from "../../pkg/workerd.js";
import { json, notAllowed, parseJson, Refusal, readBody } from "../http.js";
import type { KeptJob } from "../records/job.js";
import type { RecordsStub } from "../records/stub.js";

const API = "earth-engine";
/** Of a page, at most and where none is asked for. */
const MAX_PAGE = 500;
/** Milliseconds that `:wait` waits at most, so that no connection is thought dead. */
const MAX_WAIT = 60_000;

type Reply = (job: KeptJob | null) => Promise<ApiBody | null>;

/** `projects.operations`: list, get, delete, `:cancel` and `:wait`. */
export async function operations(
  request: Request,
  records: RecordsStub,
  asked: string | undefined,
  reply: Reply,
): Promise<Response> {
  const { method } = request;
  if (asked === undefined) return method === "GET" ? list(request, records, reply) : notAllowed("GET");
  const [id = "", ...actions] = asked.split(":");
  const action = actions.length > 0 ? actions.join(":") : undefined;
  if (action === undefined) {
    if (method === "GET") return json(await reply(await records.get(API, id)));
    return method === "DELETE" ? remove(records, id) : notAllowed("GET, DELETE");
  }
  if (method !== "POST") return notAllowed("POST");
  const body = parseJson(await readBody(request).then((body) => (body.length ? body : EMPTY)));
  switch (action) {
    case "cancel":
      await reply(await records.cancel(API, id));
      return json({});
    case "wait":
      return json(await reply(await records.wait(API, id, timeoutOf(body))));
    default:
      throw new Refusal("api/not-found", "there is no such method");
  }
}

const EMPTY = new TextEncoder().encode("{}");

async function remove(records: RecordsStub, id: string): Promise<Response> {
  switch (await records.remove(API, id)) {
    case "unknown":
      throw new Refusal("api/not-found", "there is no such operation");
    case "running":
      throw new Refusal("api/wrong-state", "the operation is not done");
    case "removed":
      return json({});
  }
}

/** Of `{timeout: "3.5s"}`. */
function timeoutOf(body: unknown): number {
  const { timeout } = (body ?? {}) as { timeout?: unknown };
  if (timeout === undefined) return MAX_WAIT;
  const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(String(timeout)) ?? [];
  if (seconds === undefined) throw invalid("timeout", 'a duration such as "3.5s"');
  return Math.min(MAX_WAIT, Number(seconds) * 1000);
}

/** A page of operations, the latest first. A filter is applied to the operations of a page, which it may leave empty. */
async function list(request: Request, records: RecordsStub, reply: Reply): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const size = Math.min(whole(searchParams, "pageSize") || MAX_PAGE, MAX_PAGE);
  const offset = whole(searchParams, "pageToken");
  const passes = filterOf(searchParams.get("filter") ?? "");
  const jobs = await records.list(API, offset, size + 1);
  const page = await Promise.all(jobs.slice(0, size).map(reply));
  return json({
    operations: page.filter((operation) => operation && passes(operation)),
    ...(jobs.length > size && { nextPageToken: String(offset + size) }),
  });
}

function whole(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? "0";
  if (!/^\d{1,9}$/.test(text)) throw invalid(name, "a whole number");
  return Number(text);
}

/** Of `done=true` and `metadata.state="RUNNING"`, and several of them with AND. */
function filterOf(text: string): (operation: ApiBody) => boolean {
  const terms = text.trim() === "" ? [] : text.split(/\s+AND\s+/i);
  const tests = terms.map((term) => {
    const [, path, , value] =
      /^\s*(done|metadata\.state|metadata\.type|metadata\.description)\s*(=|:)\s*"?([^"]*)"?\s*$/.exec(
        term,
      ) ?? [];
    if (path === undefined || value === undefined)
      throw invalid(
        "filter",
        "of done, metadata.state, metadata.type and metadata.description, with = and AND",
      );
    return (operation: ApiBody) => String(at(operation, path)) === value;
  });
  return (operation) => tests.every((test) => test(operation));
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((value, key) => (value as ApiBody | undefined)?.[key], value);
}

function invalid(field: string, expected: string): Refusal {
  return new Refusal("config/invalid-value", `${field} must be ${expected}`);
}
