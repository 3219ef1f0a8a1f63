// Exports of Earth Engine's API to Google's services, by the Worker's service account.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../tools/server.mjs";
import { startGoogleServices } from "./google-services.mjs";
import { ACCOUNTS, LIMITS, loadTable, startService, until } from "./service.mjs";

const CSV = "id,name\n1,Ann\n2,Bo\n3,\n";
const ROWS = [
  { id: 1n, name: "Ann" },
  { id: 2n, name: "Bo" },
  { id: 3n, name: null },
];
const CANARY = "canary-7f3a91";

let folder;
let google;
let options;
let service;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tableport-google-"));
  google = await startGoogleServices({ canary: CANARY, datasets: { lake: "US", far: "europe-west3" } });
  const buckets = ["cloud", "inside", "gone"];
  options = {
    port: await freePort(),
    persistTo: join(folder, "state"),
    tables: { "open.people": { type: "r2", key: "people.csv" } },
    vars: {
      ACCOUNTS: { ...ACCOUNTS, ada: { ...ACCOUNTS.ada, buckets, services: ["drive", "bigquery"] } },
      BUCKETS: {
        cloud: { type: "google", bucket: "exports" },
        inside: { type: "google", bucket: "exports", prefix: "inside/" },
        gone: { type: "google", bucket: "gone" },
      },
      GOOGLE: google.settings,
      LIMITS: { ...LIMITS, silence: 5_000 },
    },
    hear: (text) => {
      printed += text;
    },
  };
  service = await startService({ ...options, files: { "people.csv": CSV } });
});
after(async () => {
  await service?.stop();
  await google?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});
let printed = "";

const EXPRESSION = loadTable("open/people");

/** Asks for an export: `{status, body}`. */
const ask = (way, token) =>
  service.call("/v1/projects/one/table:export", { body: { expression: EXPRESSION, ...way }, token });

async function operation(way) {
  const { status, body } = await ask(way);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function ended({ name }) {
  return (
    await until(
      () => service.call(`/v1/${name}`),
      ({ body }) => body.done,
    )
  ).body;
}

/** The operation of an export at its end. */
const exported = async (way) => ended(await operation(way));

function succeeded({ metadata, error }) {
  assert.equal(metadata.state, "SUCCEEDED", JSON.stringify(error));
}

function failed({ metadata, error }, message) {
  assert.equal(metadata.state, "FAILED");
  assert.match(error.message, message);
}

const cloud = (bucket, filenamePrefix) => ({
  fileExportOptions: { fileFormat: "CSV", cloudStorageDestination: { bucket, filenamePrefix } },
});
const drive = (driveDestination) => ({ fileExportOptions: { fileFormat: "CSV", driveDestination } });
const bigquery = (table, how = {}) => ({
  bigqueryExportOptions: { bigqueryDestination: { table: `warehouse.${table}`, ...how } },
});

test("cloud storage: the object is in the bucket, and below the bucket's prefix", async () => {
  const job = await exported(cloud("cloud", "a folder/people"));
  succeeded(job);
  assert.deepEqual(job.metadata.destinationUris, ["gs://cloud/a folder/people.csv"]);
  assert.equal((await google.object("a folder/people.csv")).bytes.toString(), CSV);
  succeeded(await exported(cloud("inside", "%2e%2e/people")));
  assert.equal((await google.object("inside/%2e%2e/people.csv")).bytes.toString(), CSV);
});

test("cloud storage: what is swept of a folder is found on every page", async () => {
  for (const name of ["a", "b", "c", "d", "e"]) succeeded(await exported(cloud("cloud", `dli/over/${name}`)));
  const order = {
    data_path: "obs://cloud/dli/over",
    data_type: "csv",
    compress: "none",
    database_name: "open",
    table_name: "people",
    with_column_header: true,
  };
  const dli = async (change) => {
    const { body } = await service.call("/v1.0/one/jobs/export-table", { body: { ...order, ...change } });
    const status = () => service.call(`/v1.0/one/jobs/${body.job_id}/status`);
    return (await until(status, ({ body }) => /FINISHED|FAILED/.test(body.status))).body;
  };
  const { status, message } = await dli({});
  assert.deepEqual([status, message], ["FAILED", "the folder exists already"]);
  assert.equal((await dli({ export_mode: "Overwrite" })).status, "FINISHED");
  for (const name of ["a", "b", "c", "d", "e"])
    assert.equal(await google.object(`dli/over/${name}.csv`), undefined);
  assert.equal((await google.object("dli/over/000000.csv")).bytes.toString(), CSV);
});

test("drive: a file, and one in a folder that is made once", async () => {
  succeeded(await exported(drive({ filenamePrefix: "at the root" })));
  const folder = "Ada's \\ tables";
  succeeded(await exported(drive({ folder, filenamePrefix: "first" })));
  succeeded(await exported(drive({ folder, filenamePrefix: "second" })));
  const found = [...google.files.values()];
  const [made, ...others] = found.filter(({ name }) => name === folder);
  assert.deepEqual(others, []);
  const placed = found
    .filter(({ bytes }) => bytes)
    .map(({ name, parents, bytes }) => [name, parents, `${bytes}`]);
  assert.deepEqual(placed, [
    ["at the root.csv", undefined, CSV],
    ["first.csv", [made.id], CSV],
    ["second.csv", [made.id], CSV],
  ]);
});

test("drive: a Worker that is killed once the file is there leaves one of it", {
  timeout: 180_000,
}, async () => {
  const named = () => [...google.files.values()].filter(({ name }) => name === "killed.csv");
  let answer;
  google.hold.answers = new Promise((resolve) => {
    answer = resolve;
  });
  const job = await operation(drive({ filenamePrefix: "killed" }));
  const [{ id }] = await until(named, (files) => files.length > 0);
  await service.stop();
  google.hold.answers = answer();
  service = await startService(options);
  succeeded(await ended(job));
  assert.equal(named().length, 1);
  assert.notEqual(named()[0].id, id);
});

test("bigquery: neither writes to an empty table only, overwrite replaces, append adds", async () => {
  succeeded(await exported(bigquery("lake.people")));
  assert.deepEqual(google.tables.get("lake.people"), ROWS);
  failed(await exported(bigquery("lake.people")), /^BigQuery did not load the table: duplicate$/);
  succeeded(await exported(bigquery("lake.people", { append: true })));
  assert.deepEqual(google.tables.get("lake.people"), [...ROWS, ...ROWS]);
  succeeded(await exported(bigquery("lake.people", { overwrite: true })));
  assert.deepEqual(google.tables.get("lake.people"), ROWS);
  assert.deepEqual(
    [...google.loads.values()].map(({ load }) => [load.sourceFormat, load.writeDisposition]),
    ["WRITE_EMPTY", "WRITE_EMPTY", "WRITE_APPEND", "WRITE_TRUNCATE"].map((write) => ["PARQUET", write]),
  );
});

test("bigquery: a dataset of another region, one that there is not, and a project that is a path", async () => {
  succeeded(await exported(bigquery("far.people")));
  assert.deepEqual(google.tables.get("far.people"), ROWS);
  failed(await exported(bigquery("none.people")), /^there is no such dataset$/);
  const way = { bigqueryExportOptions: { bigqueryDestination: { table: "...lake.people" } } };
  failed(await exported(way), /^there is no such project$/);
});

test("bigquery: a load job that another attempt began meanwhile is the export's", async () => {
  google.refuse.loads = true;
  try {
    succeeded(await exported(bigquery("lake.meanwhile", { append: true })));
  } finally {
    google.refuse.loads = false;
  }
  assert.deepEqual(google.tables.get("lake.meanwhile"), ROWS);
});

test("bigquery: a Worker that is killed while the table loads does not load it twice", {
  timeout: 180_000,
}, async () => {
  google.hold.loads = true;
  const job = await operation(bigquery("lake.killed", { append: true }));
  const id = `tableport-${job.name.split("/").at(-1)}`;
  await until(
    () => google.loads.get(id)?.status.state,
    (state) => state === "RUNNING",
  );
  await service.stop();
  service = await startService(options);
  google.hold.loads = false;
  const { metadata, ...rest } = await ended(job);
  succeeded({ metadata, ...rest });
  assert.deepEqual(google.tables.get("lake.killed"), ROWS);
  assert.deepEqual(
    google.uploads.filter((upload) => upload === id),
    [id],
  );
});

test("what Google refuses fails the export, and says so", async () => {
  google.refuse.scope = "bigquery";
  failed(await exported(bigquery("lake.refused")), /^Google answered 403 to a request$/);
  google.refuse.scope = undefined;
  failed(await exported(cloud("gone", "people")), /^Google answered 404 to an upload$/);
  google.refuse.tokens = true;
  for (const way of [cloud("cloud", "refused"), drive({}), bigquery("lake.refused")])
    failed(await exported(way), /^Google answered 400 to the service account$/);
  google.refuse.tokens = false;
});

test("an account without the service has no use of it", async () => {
  for (const way of [drive({}), bigquery("lake.people"), cloud("cloud", "people")]) {
    const { status, body } = await ask(way, "token-of-bob");
    assert.equal(status, 404, JSON.stringify(body));
    const own = await service.call("/v1/projects/two/table:export", {
      body: { expression: EXPRESSION, ...way },
      token: "token-of-bob",
    });
    assert.deepEqual([own.status, own.body.error.status], [403, "PERMISSION_DENIED"]);
  }
});

test("nothing that was printed has the private key, or a token", () => {
  assert.ok(google.tokens.size > 3);
  assert.ok(printed.length > 0);
  assert.doesNotMatch(printed, new RegExp(`${CANARY}|PRIVATE KEY`));
});
