// The official clients of three of the APIs, unmodified, against the service of edge/.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { realTables } from "../data/tables.mjs";
import { runClient } from "./clients.mjs";
import { startProxy } from "./fault-proxy.mjs";
import { fillDatabase, LIMITS, startService } from "./service.mjs";
import { compare } from "./support.mjs";

const NAME = "flights-3m.parquet";
const TABLES = {
  "open.flights": { type: "r2", key: "flights.parquet" },
  "open.damaged": { type: "r2", key: "damaged.csv" },
  "open.people": { type: "d1", query: "SELECT id, name FROM people ORDER BY id" },
};
/** 5,000 people, of whom every fifth has no name. */
const PEOPLE = `
CREATE TABLE people (id INTEGER, name TEXT, age INTEGER);
INSERT INTO people
  WITH RECURSIVE ids(id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM ids WHERE id < 4999)
  SELECT id, iif(id % 5, 'person ' || id, NULL), 40 FROM ids;
`;

let folder;
let service;
let flights;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tableport-clients-"));
  ({ [NAME]: flights } = await realTables(NAME));
  const persistTo = join(folder, "state");
  await fillDatabase(persistTo, PEOPLE);
  service = await startService({
    persistTo,
    files: { "flights.parquet": await readFile(flights), "damaged.csv": 'a,b\n1,"2\n' },
    tables: TABLES,
    vars: { LIMITS: { ...LIMITS, shardBytes: 8_000_000 } },
  });
});
after(async () => {
  await service?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const redivis = (table, format, { endpoint = service.origin, into = `${table}-${format}` } = {}) =>
  runClient("redivis_exports", {
    endpoint,
    token: "token-of-ada",
    reference: `ada.${table}`,
    format,
    folder: join(folder, into),
  });

test("redivis: many files are downloaded, kept where their MD5 is theirs, and equal", {
  timeout: 300_000,
}, async () => {
  const { files, kept, mended, error } = await redivis("open.flights", "parquet");
  assert.equal(error, undefined, JSON.stringify(error));
  assert.equal(files.length, 2);
  assert.deepEqual([kept, mended], [true, true]);
  const paths = files.map(({ name }) => join(folder, "open.flights-parquet", name));
  await compare([{ format: "parquet", files: paths, readers: ["duckdb"], original: flights, table: NAME }]);
});

test("redivis: a download that breaks off goes on from where it was", { timeout: 300_000 }, async (t) => {
  const ranges = [];
  const proxy = await startProxy({
    origin: service.origin,
    route({ url, headers }) {
      const isDownload = url.includes("/download");
      if (isDownload && headers.range) ranges.push(headers.range);
      return { operation: isDownload ? "download" : "other", path: url };
    },
    fault: (operation, count) =>
      operation === "download" && count === 0 ? "break off the answer half-way" : undefined,
  });
  t.after(() => proxy.close());
  const { files, error } = await redivis("open.flights", "parquet", {
    endpoint: proxy.origin,
    into: "broken-off",
  });
  assert.equal(error, undefined, JSON.stringify(error));
  assert.equal(ranges.length, 1);
  const [, from] = /^bytes=(\d+)-$/.exec(ranges[0]);
  assert.ok(Number(from) > 1 << 20, ranges[0]);
  const paths = files.map(({ name }) => join(folder, "broken-off", name));
  await compare([{ format: "parquet", files: paths, readers: ["duckdb"], original: flights, table: NAME }]);
});

test("redivis: one file", { timeout: 120_000 }, async () => {
  const { files, kept, mended } = await redivis("open.people", "csv");
  assert.deepEqual([files.length, files[0].name, kept, mended], [1, "people.csv", true, true]);
  const text = await readFile(join(folder, "open.people-csv", "people.csv"), "utf8");
  assert.equal(text.slice(0, 27), "id,name\n0,\n1,person 1\n2,per");
  assert.equal(createHash("md5").update(text).digest("hex"), files[0].md5);
});

test("redivis: a failed export is the client's JobError, and errors are its own", {
  timeout: 120_000,
}, async () => {
  const { error } = await redivis("open.damaged", "parquet");
  assert.deepEqual([error.type, error.kind, error.status], ["JobError", "export", "failed"]);
  assert.match(error.message, /quote/);
  assert.equal((await redivis("own.missing", "csv")).error.type, "NotFoundError");
});

test("huawei's SDK, which signs with keys: export, status, progress, cancel, errors", {
  timeout: 300_000,
}, async () => {
  const told = await runClient("dli", {
    endpoint: service.origin,
    accessKey: "key-of-ada",
    secret: "secret-of-ada",
    project: "one",
    table: { database_name: "open", table_name: "people" },
    cancels: { database_name: "open", table_name: "flights" },
    data_path: "obs://exports/by-dli",
  });
  assert.deepEqual([told.exported.is_success, told.exported.job_mode], [true, "async"], JSON.stringify(told));
  assert.deepEqual([told.finished.status, told.finished.result_count], ["FINISHED", 5_000]);
  assert.deepEqual([told.progress.status, told.progress.progress], ["FINISHED", 1]);
  assert.equal(told.detail.data_path, "obs://exports/by-dli/exported");
  assert.deepEqual([told.cancel.is_success, told.cancelled.status], [true, "CANCELLED"]);
  assert.deepEqual(told.missingTable.error, [400, "DLI.0002", "there is no such table"]);
  assert.deepEqual(told.missingJob.error.slice(0, 2), [404, "DLI.0023"]);
  assert.deepEqual(told.wrongSecret.error.slice(0, 2), [401, "DLI.0013"]);
  const names = (await service.objects()).filter((name) => name.startsWith("by-dli/"));
  assert.deepEqual(names, ["by-dli/exported/000000.csv"]);
});

test("earth engine's client: start, status, list, cancel, the same requestId twice", {
  timeout: 300_000,
}, async () => {
  const told = await runClient("earth_engine", {
    url: service.origin,
    token: "token-of-ada",
    project: "one",
    bucket: "exports",
    prefix: "by-ee",
    table: "open/people",
    properties: ["name", "id"],
    limit: 1_000,
    cancels: "projects/one/assets/open/flights",
  });
  assert.equal(told.error, undefined, JSON.stringify(told));
  assert.equal(told.finished.state, "COMPLETED", JSON.stringify(told.finished));
  assert.deepEqual(told.finished.destination_uris, ["gs://exports/by-ee/first.csv"]);
  assert.equal(told.cancelled.state, "CANCELLED");
  assert.equal(told.again, told.finished.name);
  assert.deepEqual([told.listed.length, told.listed.includes(told.again)], [2, true]);
  assert.match(told.refused, /Collection\.merge is not implemented/);
  assert.match(told.missing, /no such job/);
  const lines = (await service.object("by-ee/first.csv")).toString().trimEnd().split("\n");
  assert.deepEqual([lines.length, lines[0], lines[1]], [1_001, "name,id", "person 1,1"]);
});

test("earth engine's client: a token that is not known", { timeout: 120_000 }, async () => {
  const { error } = await runClient("earth_engine", { url: service.origin, token: "forged", project: "one" });
  assert.equal(error.type, "RefreshError");
});
