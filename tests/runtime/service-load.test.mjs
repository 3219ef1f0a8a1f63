// More jobs than are taken, while those that run do not end: the service answers, and all of them end.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { LIMITS, loadTable, startService, until } from "./service.mjs";
import { listen, sendFile } from "./support.mjs";

const CSV = "id,name\n1,Ann\n2,Bo\n3,\n";
const WAITING = 1_000;
/** Jobs of a queue that run at once. */
const RUNNING = 4;
/** Requests at once. */
const AT_ONCE = 20;

let folder;
let service;
let tables;
let release;
const released = new Promise((resolve) => {
  release = resolve;
});
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tableport-load-"));
  await writeFile(join(folder, "slow.csv"), CSV);
  // The table that is read only once it is released.
  tables = await listen(async (request, response) => {
    await released;
    await sendFile(join(folder, "slow.csv"), request, response);
  });
  service = await startService({
    files: { "people.csv": CSV },
    tables: {
      "open.people": { type: "r2", key: "people.csv" },
      "open.slow": { type: "url", url: `${tables.origin}/slow.csv` },
    },
    vars: { LIMITS: { ...LIMITS, waiting: WAITING, tasks: 8 }, QUEUES: { default: { jobs: RUNNING } } },
  });
});
after(async () => {
  release?.();
  await service?.stop();
  await tables?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Asks an API for an export of a table. */
const ask = {
  redivis: (table) => service.call(`/tables/ada.open.${table}/exports`, { body: { format: "parquet" } }),
  "earth-engine": (table, name) =>
    service.call("/v1/projects/one/table:export", {
      body: {
        expression: loadTable(`open/${table}`),
        fileExportOptions: { cloudStorageDestination: { bucket: "exports", filenamePrefix: `ee/${name}` } },
      },
    }),
  dli: (table, name) =>
    service.call("/v1.0/one/jobs/export-table", {
      body: {
        ...{ database_name: "open", table_name: table, data_type: "csv", compress: "none" },
        data_path: `obs://exports/dli/${name}`,
      },
    }),
};
const pathOf = {
  redivis: ({ uri }) => uri,
  "earth-engine": ({ name }) => `/v1/${name}`,
  dli: ({ job_id }) => `/v1.0/one/jobs/${job_id}/status`,
};
const stateOf = {
  redivis: ({ status }) => status,
  "earth-engine": ({ metadata }) => metadata.state,
  dli: ({ status }) => status,
};
const cancel = {
  redivis: ({ uri }) => service.call(`${uri}/cancel`, { method: "POST" }),
  "earth-engine": ({ name }) => service.call(`/v1/${name}:cancel`, { method: "POST" }),
  dli: ({ job_id }) => service.call(`/v1.0/one/jobs/${job_id}`, { method: "DELETE" }),
};
const APIS = Object.keys(ask);

test("a thousand jobs wait, the next are refused, others are served, and all end", {
  timeout: 600_000,
}, async () => {
  const jobs = [];
  const make = async (api, table, name) => {
    const { status, body } = await ask[api](table, name);
    assert.equal(status, 200, JSON.stringify(body));
    jobs.push({ api, body, path: pathOf[api](body) });
  };
  for (let job = 0; job < RUNNING; job++) await make("redivis", "slow");
  for (let job = 0; job < WAITING; job += AT_ONCE)
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, at) => make(APIS[(job + at) % APIS.length], "people", job + at)),
    );

  const refused = await Promise.all(APIS.map((api) => ask[api]("people", "refused")));
  assert.deepEqual(
    refused.map(({ status, body }) => [status, body.error?.status ?? body.error ?? body.error_code]),
    [
      [503, "api/busy"],
      [503, "UNAVAILABLE"],
      [400, "DLI.0012"],
    ],
  );
  const bobs = await service.call("/tables/bob.open.people/exports", {
    token: "token-of-bob",
    body: { format: "csv" },
  });
  assert.equal(bobs.status, 200);
  const bobsJob = () => service.call(bobs.body.uri, { token: "token-of-bob" });
  await until(bobsJob, ({ body }) => body.status === "completed");
  for (const { api, path } of jobs.slice(-APIS.length)) {
    const { body } = await service.call(path);
    assert.ok(["queued", "PENDING", "LAUNCHING"].includes(stateOf[api](body)), JSON.stringify(body));
  }
  const page = await service.call("/v1/projects/one/operations?pageSize=500");
  assert.equal(page.body.operations.length, jobs.filter(({ api }) => api === "earth-engine").length);

  // Few are let run, so that it does not take minutes.
  const isKept = (_, index) => index < RUNNING || index % 20 === 0;
  const others = jobs.filter((...job) => !isKept(...job));
  for (let at = 0; at < others.length; at += AT_ONCE)
    await Promise.all(others.slice(at, at + AT_ONCE).map(({ api, body }) => cancel[api](body)));
  release();
  for (const [index, { api, path }] of jobs.entries()) {
    const ends = isKept(null, index) ? ["completed", "SUCCEEDED", "FINISHED"] : ["cancelled", "CANCELLED"];
    await until(
      () => service.call(path),
      ({ body }) => ends.includes(stateOf[api](body)),
    );
  }
  const again = await ask.redivis("people");
  await until(
    () => service.call(again.body.uri),
    ({ body }) => body.status === "completed",
  );
});
