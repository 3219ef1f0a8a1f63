import { type ExportJob, exportTable, type S3Destination } from "../../pkg/workerd.js";
import { type Account, ofBearer } from "../accounts.js";
import { type Env, setting } from "../env.js";
import { json, notAllowed, parseJson, Refusal, readBody } from "../http.js";
import { findFor } from "../tables/catalogue.js";
import { open } from "../tables/open.js";
import { beat } from "../work/beat.js";
import { takeTurn } from "../work/turn.js";
import { isAllowed } from "./hosts.js";
import { read } from "./order.js";

const API = "export-temp";

/**
 * Exports while the client waits: the credentials of its store are held as long as that, and kept nowhere. The table is
 * `?table=dataset.table`, which the body has no field for.
 */
export async function exportTemp(request: Request, env: Env): Promise<Response> {
  const account = await ofBearer(request, setting(env.ACCOUNTS), Date.now());
  if (request.method !== "POST") return notAllowed("POST");
  const { config, destination, terms } = await read(API, parseJson(await readBody(request)));
  const name = new URL(request.url).searchParams.get("table") ?? "";
  const { table, shortName } = findFor(account, setting(env.TABLES), name);
  const store = storeOf(account, destination as unknown as S3Destination);
  const opened = await open(env, table);
  const job = await inTurn(() =>
    exportTable({
      ...config,
      fileName: config.fileName ?? shortName,
      source: opened.kind === "file" ? opened.file : opened.rows,
      destination: store,
      signal: request.signal,
    }),
  );
  const body = await job.as(API, { terms });
  return json(body, Number(body?.code));
}

/** The job at its end, which began when it was its turn. */
async function inTurn(start: () => ExportJob): Promise<ExportJob> {
  const turn = await takeTurn();
  const job = start();
  const stop = beat(async () => turn.tell(job.progress));
  await job.finished.catch(() => {});
  stop();
  turn.end();
  return job;
}

/** The client's store, on a host that its account may bring credentials for. */
function storeOf(account: Account, store: S3Destination): S3Destination {
  const { endpoint, bucket, virtualHostedStyle } = store;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const host = virtualHostedStyle && url ? `${bucket}.${url.host}` : url?.host;
  if (!host || !isAllowed(host, account.hosts))
    throw new Refusal("store/refused", "options.endpoint is on no host that is allowed here");
  return store;
}
