import { refusal } from "../../pkg/workerd.js";
import { type Account, ofBearer } from "../accounts.js";
import { type Env, setting } from "../env.js";
import { json, notAllowed, parseJson, Refusal, readBody, refuse, SAFE_HEADERS } from "../http.js";
import { recordsOf } from "../records/stub.js";
import { type Found, findFor } from "../tables/catalogue.js";
import { download, partOf } from "./download.js";
import { create, read, say, tell } from "./order.js";

const API = "redivis";

/** Tables, and exports that are kept here until they are downloaded. */
export async function redivis(request: Request, env: Env, path: string): Promise<Response> {
  try {
    const account = await ofBearer(request, setting(env.ACCOUNTS), Date.now());
    const [, place, name = "", action, ...rest] = path.split("/");
    if (rest.length > 0) throw new Refusal("api/not-found", "there is nothing of this name");
    if (place === "tables") return await ofTable(request, env, account, name, action);
    return await ofExport(request, env, account, name, action);
  } catch (error) {
    if (request.method !== "HEAD" || !(error instanceof Refusal)) throw error;
    return refuseHead(error);
  }
}

async function ofTable(request: Request, env: Env, account: Account, reference: string, action?: string) {
  const found = findFor(account, setting(env.TABLES), nameOf(account, reference));
  const table = describe(account, found);
  if (action === undefined) {
    if (request.method === "HEAD") return new Response(null, { headers: SAFE_HEADERS });
    return request.method === "GET" ? json(table) : notAllowed("GET, HEAD");
  }
  if (action !== "exports") throw new Refusal("api/not-found", "there is nothing of this name");
  if (request.method !== "POST") return notAllowed("POST");
  const { config, terms } = await read(API, parseJson(await readBody(request)));
  const id = crypto.randomUUID();
  const work = {
    config,
    table: found.name,
    place: { kind: "results", prefix: `${account.name}/${id}/` },
    // What the API's document says: other formats are one file.
    shared: config.format === "parquet",
  } as const;
  const job = { id, api: API, queue: "default", priority: 0, work, terms, described: table } as const;
  return tell(API, await create(env, account, job));
}

async function ofExport(request: Request, env: Env, account: Account, id: string, action?: string) {
  const records = recordsOf(env, account.name);
  const { method } = request;
  switch (action) {
    case undefined:
      // An export is told of without its files.
      return method === "GET" ? tell(API, await records.get(API, id, 0)) : notAllowed("GET");
    case "cancel":
      return method === "POST" ? tell(API, await records.cancel(API, id)) : notAllowed("POST");
    case "download": {
      if (method !== "GET" && method !== "HEAD") return notAllowed("GET, HEAD");
      const job = await records.get(API, id, partOf(request));
      const failed = await say(API, job, { body: "error" });
      if (failed) return json(failed, Number(failed.status));
      return download(request, env, job);
    }
    default:
      throw new Refusal("api/not-found", "there is nothing of this name");
  }
}

/** `owner.dataset.table`, each with four characters of an id, and the dataset with `:current`, which is all there is. */
function nameOf(account: Account, reference: string): string {
  const plain = decode(reference).replaceAll(/:(?:current|[a-z0-9]{4})(?=[.:]|$)/g, "");
  const [owner, dataset, table, ...rest] = plain.split(".");
  return owner === account.name && rest.length === 0 ? `${dataset}.${table}` : "";
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return "";
  }
}

function describe(account: Account, { name, shortName }: Found) {
  const qualifiedReference = `${account.name}.${name}`;
  const dataset = name.slice(0, name.indexOf("."));
  return {
    kind: "table",
    uri: `/tables/${qualifiedReference}`,
    name: shortName,
    qualifiedReference,
    scopedReference: shortName,
    container: { kind: "dataset", name: dataset, scopedReference: dataset },
  };
}

/** An answer without a body, whose error stands in a header. */
async function refuseHead(error: Refusal): Promise<Response> {
  const { status, body } = await refusal(API, error.code, error.message);
  const answer = await refuse(API, error);
  const headers = new Headers(answer.headers);
  headers.set("x-redivis-error-payload", encodeURIComponent(JSON.stringify(body)));
  return new Response(null, { status, headers });
}
