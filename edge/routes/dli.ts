import type { ApiRequest } from "../../pkg/workerd.js";
import { type Account, checkProject, ofBearer, ofKey, ofToken, unknown } from "../accounts.js";
import { type Env, setting } from "../env.js";
import { json, notAllowed, parseJson, Refusal, readBody } from "../http.js";
import type { KeptJob } from "../records/job.js";
import { recordsOf } from "../records/stub.js";
import { SignatureError, verify } from "../signature.js";
import { placeOf } from "../stores/place.js";
import { findFor } from "../tables/catalogue.js";
import { create, read, tell } from "./order.js";

const API = "dli";

/** `jobs/export-table`, `export-result` of the same table, and what may be asked of their jobs. */
export async function dli(request: Request, env: Env, path: string): Promise<Response> {
  const body = await readBody(request);
  const account = await authenticate(request, env, path, body);
  const [, , project = "", , id = "", action, ...rest] = path.split("/");
  checkProject(account, project);
  if (rest.length > 0) throw new Refusal("api/not-found", "there is nothing of this name");
  const { method } = request;
  if (id === "export-table" && action === undefined) {
    if (method !== "POST") return notAllowed("POST");
    const { source, ...order } = await read(API, parseJson(body));
    return start(env, account, `${source.database}.${source.table}`, order);
  }
  const records = recordsOf(env, account.name);
  switch (action) {
    case undefined:
      return method === "DELETE" ? cancelled(await records.cancel(API, id)) : notAllowed("DELETE");
    case "status":
    case "progress":
    case "detail":
      if (method !== "GET") return notAllowed("GET");
      return tell(API, await records.get(API, id), { body: action });
    case "export-result": {
      if (method !== "POST") return notAllowed("POST");
      const { source, ...order } = await read(API, parseJson(body), { request: action });
      const job = await records.get(API, id);
      if (!job) throw new Refusal("api/not-found", "there is no such job");
      const { database_name, table_name } = job.terms;
      const terms = { ...order.terms, database_name, table_name };
      return start(env, account, job.work.table, { ...order, terms });
    }
    default:
      throw new Refusal("api/not-found", "there is nothing of this name");
  }
}

/** Starts an export of a table to a folder. */
async function start(
  env: Env,
  account: Account,
  table: string,
  { config, destination, terms }: Omit<ApiRequest, "source">,
): Promise<Response> {
  const { name, shortName } = findFor(account, setting(env.TABLES), table);
  const job = await create(env, account, {
    id: crypto.randomUUID(),
    api: API,
    queue: String(terms.queue_name),
    priority: 0,
    work: { config, table: name, place: placeOf(env, account, destination), shared: true, isFolder: true },
    terms: { ...terms, owner: account.name },
    described: { name: shortName },
  });
  return tell(API, job, { body: "response" });
}

function cancelled(job: KeptJob | null): Response {
  if (!job) throw new Refusal("api/not-found", "there is no such job");
  return json({ is_success: true, message: "" });
}

/** By a signature with an account's keys (`SDK-HMAC-SHA256`), by `X-Auth-Token`, or by a bearer token. */
async function authenticate(request: Request, env: Env, path: string, body: Uint8Array): Promise<Account> {
  const accounts = setting(env.ACCOUNTS);
  const { headers, method } = request;
  if (headers.get("authorization")?.startsWith("SDK-")) {
    const { search } = new URL(request.url);
    const signed = { method, path, query: search.slice(1), headers, body };
    try {
      const key = await verify(signed, (key) => ofKey(key, accounts)?.secretKey, Date.now());
      return (ofKey(key, accounts) as { account: Account }).account;
    } catch (error) {
      if (error instanceof SignatureError) throw unknown(error.message);
      throw error;
    }
  }
  const token = headers.get("x-auth-token");
  return token ? ofToken(token, accounts, Date.now()) : ofBearer(request, accounts, Date.now());
}
