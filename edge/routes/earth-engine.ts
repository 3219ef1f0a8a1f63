import { type Account, checkProject, ofBearer } from "../accounts.js";
import { algorithms } from "../earth-engine/algorithms.js";
import { discovery } from "../earth-engine/discovery.js";
import { askedOf } from "../earth-engine/table.js";
import { type Env, setting } from "../env.js";
import { json, notAllowed, parseJson, Refusal, readBody } from "../http.js";
import type { KeptJob, NewJob } from "../records/job.js";
import { recordsOf } from "../records/stub.js";
import { placeOf } from "../stores/place.js";
import { findFor } from "../tables/catalogue.js";
import { operations } from "./operations.js";
import { create, read, say } from "./order.js";

const API = "earth-engine";

/** `projects.table:export` and its operations, and what a client asks before it comes to that. */
export async function earthEngine(request: Request, env: Env, path: string): Promise<Response> {
  const account = await ofBearer(request, setting(env.ACCOUNTS), Date.now());
  const isGet = request.method === "GET";
  if (path === "/$discovery/rest") return isGet ? json(discovery) : notAllowed("GET");
  const [, , , project = "", place = "", ...rest] = path.split("/");
  checkProject(account, project);
  const reply = (job: KeptJob | null) => say(API, job, { terms: { project } });
  if (rest.length === 0 && place === "algorithms") return isGet ? json(algorithms) : notAllowed("GET");
  if (rest.length === 0 && place === "table:export") {
    if (request.method !== "POST") return notAllowed("POST");
    return json(await reply(await start(request, env, account)));
  }
  if (place === "operations" && rest.length < 2)
    return operations(request, recordsOf(env, account.name), rest[0], reply);
  throw new Refusal("api/not-found", "there is nothing of this name");
}

async function start(request: Request, env: Env, account: Account): Promise<KeptJob> {
  const { config, source, destination, terms } = await read(API, parseJson(await readBody(request)));
  const { requestId, ...settings } = config;
  const { name, filters, selectors, limit } = askedOf(source.expression, settings.selectors);
  const { table, shortName, ...found } = findFor(account, setting(env.TABLES), name);
  if (filters && table.type !== "d1")
    throw new Refusal("api/unimplemented", "Collection.filter of a table that is a file is not implemented");
  const work = {
    config: {
      ...settings,
      ...(selectors && { selectors }),
      ...(limit !== undefined && { rows: { end: limit } }),
    },
    table: found.name,
    ...(filters && { filters }),
    place: placeOf(env, account, destination),
    shared: false,
  } satisfies NewJob["work"];
  return create(env, account, {
    id: crypto.randomUUID(),
    api: API,
    ...(requestId !== undefined && { requestId }),
    queue: "default",
    priority: Number(terms.priority),
    work,
    terms,
    described: { name: shortName },
  });
}
