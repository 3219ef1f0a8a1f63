// Exports of DLI's API to the buckets of other hands: S3's protocol at LocalStack, and Azure's at Azurite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { exportTable } from "../../pkg/node.js";
import { s3Request, signS3 } from "../../pkg/stores/s3.js";
import { startLocalStack } from "../../tools/localstack.mjs";
import { startAzurite } from "./azurite.mjs";
import { startProxy } from "./fault-proxy.mjs";
import { ACCOUNTS, LIMITS, startService, until } from "./service.mjs";

const CSV = "id,name\n1,Ann\n2,Bo\n3,\n";
const SHARDS = 12;

let service;
const stores = {};
before(async () => {
  const [localstack, azurite] = await Promise.all([startLocalStack(), startAzurite()]);
  Object.assign(stores, { s3: s3Store(localstack), azure: await azureStore(azurite) });
  await stores.s3.make();
  service = await startService({
    files: { "people.csv": CSV, "groups.parquet": await parquet() },
    tables: {
      "open.people": { type: "r2", key: "people.csv" },
      "open.groups": { type: "r2", key: "groups.parquet" },
    },
    vars: {
      ACCOUNTS: { ...ACCOUNTS, ada: { ...ACCOUNTS.ada, buckets: Object.keys(stores) } },
      BUCKETS: { s3: stores.s3.setting, azure: stores.azure.setting },
      LIMITS: { ...LIMITS, tasks: 2, shardBytes: 1 << 12 },
    },
  });
});
after(() => Promise.all([service, ...Object.values(stores)].map((started) => started?.stop())));

function s3Store({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, stop }) {
  const credentials = { accessKeyId, secretAccessKey };
  const place = { endpoint, bucket: "exports" };
  const ask = async (key, operation, method) => {
    const request = s3Request(place, key, { operation });
    const asked = { url: request.url, method: method ?? request.method };
    return fetch(await signS3(asked, credentials, region, Date.now()), { method: asked.method });
  };
  return {
    setting: { type: "s3", ...place, region, ...credentials, prefix: "below/", allowHttp: true },
    page: 1_000,
    make: () => ask("", "put"),
    put: (name) => ask(`below/${name}`, "put"),
    get: (name) => ask(`below/${name}`, "head", "GET"),
    /** Of the first page, which is all there is when this is asked. */
    names: async () => (await namesOf(await ask("", "list"), "Key")).map((key) => key.replace("below/", "")),
    stop,
  };
}

/** A page of its lists has 5,000 blobs; a proxy asks it for smaller ones. */
async function azureStore({ origin, sas, ofAccount, stop }) {
  const page = 20;
  const list = `${ofAccount()}&restype=container&comp=list`;
  const route = ({ url }) => ({ path: url.includes("comp=list") ? `${url}&maxresults=${page}` : url });
  const proxy = await startProxy({ origin, route });
  const url = sas(undefined, { permissions: "rcwdl" }).replace(origin, proxy.origin);
  return {
    setting: { type: "azure", url },
    page,
    put: (name) =>
      fetch(sas(name, { permissions: "w" }), { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" } }),
    get: (name) => fetch(sas(name, { permissions: "r" })),
    names: async () => namesOf(await fetch(list), "Name"),
    stop: () => Promise.all([proxy.close(), stop()]),
  };
}

async function namesOf(answer, element) {
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return [...text.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, "g"))].map(([, name]) => name);
}

/** A file of so many row groups, of which each is a shard, though they are small: the ids are told by their differences. */
async function parquet() {
  const rows = SHARDS * 150_000;
  const source = { id: Int32Array.from({ length: rows }, (_, row) => row) };
  const settings = {
    format: "parquet",
    parquet: { rowGroupRows: 150_000, compression: "none", dictionary: false },
  };
  const job = exportTable({ source, ...settings, destination: { type: "memory" } });
  await job.finished;
  return job.files[0].bytes;
}

const ORDER = {
  data_type: "csv",
  database_name: "open",
  table_name: "people",
  compress: "none",
  with_column_header: true,
};

/** A job that has begun: its status, which is asked again and again. */
async function begun(order) {
  const { status, body } = await service.call("/v1.0/one/jobs/export-table", {
    body: { ...ORDER, ...order },
  });
  assert.equal(status, 200, JSON.stringify(body));
  const path = `/v1.0/one/jobs/${body.job_id}`;
  const ask = async () => (await service.call(`${path}/status`)).body;
  return {
    cancel: () => service.call(path, { method: "DELETE" }),
    ended: () => until(ask, ({ status }) => /FINISHED|FAILED|CANCELLED/.test(status)),
  };
}

const exported = async (order) => (await begun(order)).ended();

for (const name of ["s3", "azure"]) {
  const path = (folder) => `obs://${name}/${folder}`;
  const inFolder = async (folder) =>
    (await stores[name].names()).filter((object) => object.startsWith(`${folder}/`)).sort();

  test(`${name}: a folder is exported to once, unless it is to be overwritten`, async () => {
    const folder = "a & b/people";
    const first = await exported({ data_path: path(folder) });
    assert.deepEqual([first.status, first.result_count], ["FINISHED", 3], first.message);
    assert.equal(await (await stores[name].get(`${folder}/000000.csv`)).text(), CSV);
    const again = await exported({ data_path: path(folder) });
    assert.deepEqual([again.status, again.message], ["FAILED", "the folder exists already"]);
    const over = await exported({ data_path: path(folder), data_type: "json", export_mode: "Overwrite" });
    assert.equal(over.status, "FINISHED", over.message);
    assert.deepEqual(await inFolder(folder.replace("&", "&amp;")), [
      `${folder.replace("&", "&amp;")}/000000.jsonl`,
    ]);
  });

  test(`${name}: what is swept is found on every page of the list`, { timeout: 180_000 }, async () => {
    const { page, put } = stores[name];
    const old = Array.from({ length: page + 2 }, (_, index) => `pages/swept/${index}`);
    for (let at = 0; at < old.length; at += 50) {
      const answers = await Promise.all(old.slice(at, at + 50).map(put));
      assert.ok(answers.every(({ ok }) => ok));
    }
    const job = await exported({ data_path: path("pages/swept"), export_mode: "Overwrite" });
    assert.equal(job.status, "FINISHED", job.message);
    assert.deepEqual(await inFolder("pages"), ["pages/swept/000000.csv"]);
  });

  test(`${name}: what is percent-encoded in a path is its name`, async () => {
    const job = await exported({ data_path: path("x/%2e%2e/y%2Fz") });
    assert.equal(job.status, "FINISHED", job.message);
    assert.equal(await (await stores[name].get("x/%2e%2e/y%2Fz/000000.csv")).text(), CSV);
  });

  test(`${name}: a large table is many files`, { timeout: 120_000 }, async () => {
    const job = await exported({ data_path: path("many/groups"), table_name: "groups" });
    assert.deepEqual([job.status, job.result_count], ["FINISHED", SHARDS * 150_000], job.message);
    const names = await inFolder("many/groups");
    assert.equal(names.length, SHARDS);
    const texts = await Promise.all(names.map(async (name_) => (await stores[name].get(name_)).text()));
    const ids = texts.flatMap((text) => text.trimEnd().split("\n").slice(1));
    assert.ok(ids.every((id, row) => id === String(row)));
  });

  test(`${name}: a job that is cancelled in the middle leaves no file`, { timeout: 120_000 }, async () => {
    const job = await begun({ data_path: path("cancelled/groups"), table_name: "groups" });
    await until(
      () => inFolder("cancelled/groups"),
      (names) => names.length > 1,
    );
    await job.cancel();
    assert.equal((await job.ended()).status, "CANCELLED");
    assert.deepEqual(await inFolder("cancelled/groups"), []);
  });
}
