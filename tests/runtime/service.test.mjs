// The service of edge/, asked by plain HTTP: each API's job from its request to its files.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { exportTable } from "../../pkg/node.js";
import { freePort } from "../../tools/server.mjs";
import { ACCOUNTS, LIMITS, startService, until } from "./service.mjs";
import { listen } from "./support.mjs";

const CSV = "id,name\n1,Ann\n2,Bo\n3,\n";
const TABLES = {
  "open.people": { type: "r2", key: "people.csv" },
  "open.damaged": { type: "r2", key: "damaged.parquet" },
  "open.lines": { type: "r2", key: "lines.csv" },
  "own.groups": { type: "r2", key: "groups.parquet" },
  "open.gone": { type: "r2", key: "gone.csv" },
};

let service;
/** A store that never answers. */
let silent;
before(async () => {
  const port = await freePort();
  silent = await listen(() => {});
  service = await startService({
    port,
    files: {
      "people.csv": CSV,
      "damaged.parquet": "PAR1 and then nothing PAR1",
      "groups.parquet": await parquet(2_000_000),
    },
    tables: TABLES,
    vars: {
      LIMITS: { ...LIMITS, shardBytes: 1 << 20 },
      ACCOUNTS: {
        ...ACCOUNTS,
        ada: { ...ACCOUNTS.ada, hosts: [`127.0.0.1:${port}`, silent.origin.slice(7)] },
      },
    },
  });
});
after(async () => {
  await service?.stop();
  await silent?.close();
});

/** A file of many row groups. */
async function parquet(rows) {
  const source = { id: Int32Array.from({ length: rows }, (_, row) => row) };
  const settings = {
    format: "parquet",
    parquet: { rowGroupRows: 50_000, compression: "none", dictionary: false },
  };
  const job = exportTable({ source, ...settings, destination: { type: "memory" } });
  await job.finished;
  return job.files[0].bytes;
}

const isEnded = ({ body }) => /completed|failed|cancelled/.test(body.status);

async function exported(table, format, options) {
  const { status, body } = await service.call(`/tables/ada.${table}/exports`, {
    ...options,
    body: { format },
  });
  assert.equal(status, 200, JSON.stringify(body));
  return (await until(() => service.call(body.uri), isEnded)).body;
}

test("redivis: a table is described", async () => {
  const { status, body } = await service.call("/tables/ada.open.people");
  assert.equal(status, 200);
  assert.equal(body.uri, "/tables/ada.open.people");
  assert.equal((await service.call("/tables/ada.open%3Acurrent.people%3Aab12")).body.uri, body.uri);
});

test("redivis: an export is kept until it is downloaded, whole or a range of it", async () => {
  const job = await exported("open.people", "csv");
  assert.equal(job.status, "completed", JSON.stringify(job));
  assert.deepEqual([job.fileCount, job.size, job.percentCompleted], [1, CSV.length, 100]);
  const whole = await service.call(`${job.uri}/download?filePart=0`);
  assert.equal(whole.body, CSV);
  const md5 = createHash("md5").update(CSV).digest("base64");
  assert.equal(whole.headers.get("content-digest"), `md5=:${md5}:`);
  assert.equal(whole.headers.get("content-length"), String(CSV.length));
  for (const [range, status, text, of] of [
    ["bytes=8-12", 206, "1,Ann", `bytes 8-12/${CSV.length}`],
    ["bytes=-3", 206, "3,\n", `bytes ${CSV.length - 3}-${CSV.length - 1}/${CSV.length}`],
    ["bytes=8-", 206, CSV.slice(8), `bytes 8-${CSV.length - 1}/${CSV.length}`],
    [`bytes=${CSV.length}-`, 416, "", `bytes */${CSV.length}`],
    ["bytes=0-1,3-4", 200, CSV, null],
  ]) {
    const part = await service.call(`${job.uri}/download?filePart=0`, { headers: { range } });
    assert.deepEqual([part.status, part.body, part.headers.get("content-range")], [status, text, of], range);
  }
  assert.equal((await service.call(`${job.uri}/download?filePart=1`)).status, 404);
});

test("redivis: what went in parts has its MD5 all the same", { timeout: 120_000 }, async () => {
  const job = await exported("own.groups", "csv");
  const { headers, body } = await service.call(`${job.uri}/download`);
  assert.equal(headers.get("content-digest"), `md5=:${createHash("md5").update(body).digest("base64")}:`);
});

test("redivis: a damaged table fails the export, and there is no file", async () => {
  const job = await exported("open.damaged", "csv");
  assert.equal(job.status, "failed");
  assert.equal(job.size, null);
  const { status, body } = await service.call(`${job.uri}/download?filePart=0`);
  assert.equal(status, 400);
  assert.equal(body.error_description, job.errorMessage);
});

test("redivis: a table whose object is gone fails the export", async () => {
  const job = await exported("open.gone", "csv");
  assert.deepEqual([job.status, job.errorMessage], ["failed", "the table's object is not there"]);
});

const ORDER = {
  data_path: "obs://exports/dli/people",
  data_type: "csv",
  database_name: "open",
  table_name: "people",
  compress: "none",
  with_column_header: true,
};

/** A job of DLI's at its end. */
async function dli(order, status = 200) {
  const { body, ...answer } = await service.call("/v1.0/one/jobs/export-table", {
    body: { ...ORDER, ...order },
  });
  assert.equal(answer.status, status, JSON.stringify(body));
  if (status !== 200) return body;
  const ask = () => service.call(`/v1.0/one/jobs/${body.job_id}/status`);
  return (await until(ask, ({ body }) => /FINISHED|FAILED|CANCELLED/.test(body.status))).body;
}

test("dli: a table is exported to a folder, which may not be there", async () => {
  const job = await dli({});
  assert.deepEqual([job.status, job.result_count, job.owner, job.message], ["FINISHED", 3, "ada", ""]);
  assert.equal((await service.object("dli/people/000000.csv")).toString(), CSV);
  const again = await dli({});
  assert.deepEqual([again.status, again.message], ["FAILED", "the folder exists already"]);
});

test("dli: Overwrite leaves nothing of what was in the folder", async () => {
  assert.equal((await dli({ data_path: "obs://exports/dli/over" })).status, "FINISHED");
  const job = await dli({ data_path: "obs://exports/dli/over", data_type: "json", export_mode: "Overwrite" });
  assert.equal(job.status, "FINISHED");
  assert.deepEqual(
    (await service.objects()).filter((name) => name.startsWith("dli/over")),
    ["dli/over/000000.jsonl"],
  );
});

test("dli: a large csv file is shared out at the ends of its lines", { timeout: 120_000 }, async () => {
  const row = (id) => `${id},"a ""word"" in\nquotes, ${id}"\n`;
  const lines = Array.from({ length: 200_000 }, (_, id) => row(id));
  await service.putTable("lines.csv", `id,text\n${lines.join("")}`);
  const job = await dli({ table_name: "lines", data_path: "obs://exports/dli/lines" });
  assert.deepEqual([job.status, job.result_count, job.input_row_count], ["FINISHED", 200_000, 200_000]);
  const names = (await service.objects()).filter((name) => name.startsWith("dli/lines/"));
  assert.ok(names.length > 5, names.join());
  const files = await Promise.all(names.map((name) => service.object(name)));
  for (const file of files) assert.ok(file.toString().startsWith("id,text\n"));
  assert.equal(files.map((file) => file.toString().slice(8)).join(""), lines.join(""));
});

test("dli: the result of a job is exported again, some of its rows", async () => {
  const { job_id: id } = await dli({ data_path: "obs://exports/dli/first" });
  const order = { data_path: "obs://exports/dli/result", data_type: "csv", compress: "none", limit_num: 2 };
  const { body } = await service.call(`/v1.0/one/jobs/${id}/export-result`, {
    body: { ...order, with_column_header: "true", encoding_type: "utf-8" },
  });
  const ask = () => service.call(`/v1.0/one/jobs/${body.job_id}/status`);
  const job = (await until(ask, ({ body }) => /FINISHED|FAILED/.test(body.status))).body;
  assert.deepEqual([job.status, job.result_count, job.table_name], ["FINISHED", 2, "people"]);
  assert.equal((await service.object("dli/result/000000.csv")).toString(), "id,name\n1,Ann\n2,Bo\n");
});

test("dli: progress, detail, cancel, and what it refuses", async () => {
  const { job_id: id } = await dli({ data_path: "obs://exports/dli/asked" });
  for (const version of ["v1", "v1.0"]) {
    const { body } = await service.call(`/${version}/one/jobs/${id}/progress`);
    assert.deepEqual([body.status, body.progress], ["FINISHED", 1]);
  }
  const { body } = await service.call(`/v1.0/one/jobs/${id}/detail`);
  assert.deepEqual([body.data_path, body.compress], ["obs://exports/dli/asked", "none"]);
  const cancelled = await service.call(`/v1.0/one/jobs/${id}`, { method: "DELETE" });
  assert.deepEqual([cancelled.status, cancelled.body.is_success], [200, true]);
  for (const [order, status, code] of [
    [{ table_name: "nothing" }, 400, "DLI.0002"],
    [{ data_path: "obs://elsewhere/folder" }, 400, "DLI.0011"],
    [{ compress: "bzip2" }, 400, "DLI.0007"],
    [{ queue_name: "none" }, 400, "DLI.0001"],
  ])
    assert.equal((await dli(order, status)).error_code, code);
});

/** A request of export-temp's, into the bucket of exports by way of its S3 endpoint. */
const temp = (change = {}) => ({
  bucket: "exports",
  credentials: { access_key: "tableport-local", secret_key: "for-the-local-store-only" },
  directory_path: "temp/people.parquet",
  format: "Parquet",
  options: { allow_http: true, endpoint: service.endpoint, virtual_hosted_style: false },
  storage_type: "S3",
  ...change,
});

test("export-temp: the answer comes when the file is there", async () => {
  const { status, body } = await service.call("/v1/data/export-temp?table=open.people", { body: temp() });
  assert.equal(status, 200, JSON.stringify(body));
  const { file_path, total_row_count, num_row_groups } = body.data.export_result;
  assert.deepEqual([file_path, total_row_count, num_row_groups], ["temp/people.parquet", 3, 1]);
  assert.equal((await service.object("temp/people.parquet")).subarray(0, 4).toString(), "PAR1");
});

test("export-temp, v2: several files in one directory, with metrics", async () => {
  const { bucket, credentials, options, storage_type } = temp();
  const body = {
    export_paths: { paths: ["temp/groups"], storage_config: { bucket, credentials, options, storage_type } },
    format: "Jsonl",
    target_file_size_bytes: 8 << 20,
    include_metrics: true,
  };
  const answer = await service.call("/v2/data/export?table=own.groups", { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { files, total_row_count } = answer.body.data.export_result;
  assert.equal(total_row_count, 2_000_000);
  assert.ok(files.length > 2);
  assert.ok(answer.body.data.metrics.elapsed_time > 0);
  const stored = (await service.objects()).filter((name) => name.startsWith("temp/groups/"));
  assert.deepEqual(
    stored,
    files.map((name) => `temp/groups/${name}`),
  );
});

test("export-temp: stores are reached on hosts that were allowed, and no others", async () => {
  for (const endpoint of [
    "http://127.0.0.1:9",
    "http://169.254.169.254/latest",
    "http://[::1]:9",
    "http://localhost:9",
    "https://s3.example.com",
    "nonsense",
  ]) {
    const options = { allow_http: true, endpoint };
    const { status, body } = await service.call("/v1/data/export-temp?table=open.people", {
      body: temp({ options }),
    });
    assert.equal(status, 403, endpoint);
    assert.equal(body.exception.code, "store/refused");
  }
});

test("a store that does not answer keeps no other export waiting for long", {
  timeout: 120_000,
}, async () => {
  const ended = new AbortController();
  const options = { allow_http: true, endpoint: silent.origin };
  const url = `${service.origin}/v1/data/export-temp?table=open.people`;
  const headers = { authorization: "Bearer token-of-ada" };
  const body = JSON.stringify(temp({ options }));
  const stuck = fetch(url, { method: "POST", headers, body, signal: ended.signal }).catch(() => "ended");
  const job = await exported("open.people", "csv", { token: "token-of-ada" });
  assert.equal(job.status, "completed");
  ended.abort();
  assert.equal(await stuck, "ended");
});
