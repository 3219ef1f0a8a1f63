// By curl: the requests that the APIs' documents show, answered as those show, and those of edge/README.md.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { freePort } from "../../tools/server.mjs";
import { apt, officialClients } from "../../tools/setup.mjs";
import { startStore } from "../../tools/store.mjs";
import { realTables } from "../data/tables.mjs";
import { ACCOUNTS, loadTable, startService, until } from "./service.mjs";

const execute = promisify(execFile);
const JSON_HEADER = "Content-Type: application/json";
const BEARER = "Authorization: Bearer token-of-ada";

let service;
before(async () => {
  await execute("curl", ["--version"]).catch(() => apt("curl"));
  const port = await freePort();
  const ada = { ...ACCOUNTS.ada, datasets: ["db2"], buckets: ["home"], hosts: [`127.0.0.1:${port}`] };
  service = await startService({
    port,
    files: { "t2.csv": "id,name\n1,Ann\n2,Bo\n" },
    tables: { "db2.t2": { type: "r2", key: "t2.csv" } },
    vars: {
      ACCOUNTS: { ada },
      BUCKETS: { home: { type: "r2", binding: "EXPORTS" } },
      QUEUES: { default: { jobs: 4 }, queue2: { jobs: 1 } },
    },
  });
});
after(() => service?.stop());

async function curl(...flags) {
  const { stdout } = await execute("curl", ["--silent", "--show-error", ...flags]);
  return JSON.parse(stdout);
}

/** The keys of an object and of those in it, with the kinds of what they lead to. */
function shape(value) {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
}

test("DLI's document: export-table", async () => {
  const order = {
    data_path: "obs://home/data1/DLI/test",
    data_type: "json",
    database_name: "db2",
    table_name: "t2",
    compress: "gzip",
    with_column_header: "true",
    queue_name: "queue2",
  };
  const flags = ["--header", "X-Auth-Token: token-of-ada", "--header", JSON_HEADER];
  const jobs = `${service.origin}/v1.0/one/jobs`;
  const answer = await curl(...flags, "--data", JSON.stringify(order), `${jobs}/export-table`);
  assert.deepEqual(answer, {
    is_success: true,
    message: "export all data from table db2.t2 to path obs://home/data1/DLI/test started",
    job_id: answer.job_id,
    job_mode: "async",
  });
  assert.match(answer.job_id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  const status = () => curl(...flags, `${jobs}/${answer.job_id}/status`);
  const job = await until(status, ({ status }) => status === "FINISHED");
  assert.deepEqual([job.queue_name, job.result_format], ["queue2", "json"]);
  assert.ok(await service.object("data1/DLI/test/000000.jsonl.gz"));
});

test("export-temp's document", async () => {
  const body = {
    bucket: "exports",
    credentials: { access_key: "tableport-local", secret_key: "for-the-local-store-only" },
    directory_path: "parquet/big.parquet",
    format: "Parquet",
    options: { allow_http: true, endpoint: service.endpoint, virtual_hosted_style: false },
    storage_type: "S3",
  };
  const answer = await curl(
    ...["--request", "POST", "--url", `${service.origin}/v1/data/export-temp?table=db2.t2`],
    ...["--header", BEARER, "--header", JSON_HEADER, "--data", JSON.stringify(body)],
  );
  assert.deepEqual(shape(answer), {
    code: "number",
    data: {
      elapsed_time: "number",
      export_result: {
        average_uncompressed_row_group_size: "number",
        file_path: "string",
        num_row_groups: "number",
        total_row_count: "number",
        total_uncompressed_byte_size: "number",
      },
    },
    exception: "null",
    success: "boolean",
  });
  assert.deepEqual([answer.code, answer.success], [200, true]);
  assert.equal(answer.data.export_result.file_path, "parquet/big.parquet");
  assert.equal(answer.data.export_result.total_row_count, 2);
});

test("Redivis's document: the definition of an export", async () => {
  const url = `${service.origin}/tables/ada.db2.t2/exports`;
  const { uri } = await curl("--header", BEARER, "--data", '{"format": "csv"}', url);
  const ask = () => curl("--header", BEARER, service.origin + uri);
  const { table, ...resource } = await until(ask, ({ status }) => status === "completed");
  assert.deepEqual(shape(resource), {
    kind: "string",
    uri: "string",
    id: "string",
    createdAt: "number",
    status: "string",
    errorMessage: "null",
    percentCompleted: "number",
    format: "string",
    size: "number",
    fileCount: "number",
  });
  assert.equal(table.kind, "table");
});

test("Earth Engine's document: table:export, with each field of the request that is honoured", async () => {
  const body = {
    expression: loadTable("db2/t2"),
    description: "two of them",
    selectors: ["name"],
    requestId: "as-documented-1",
    workloadTag: "documents",
    priority: 9_000,
    fileExportOptions: {
      fileFormat: "CSV",
      cloudStorageDestination: { bucket: "home", filenamePrefix: "ee/t2", permissions: "DEFAULT_OBJECT_ACL" },
    },
  };
  const flags = ["--header", BEARER, "--header", JSON_HEADER];
  const url = `${service.origin}/v1/projects/one`;
  const start = () => curl(...flags, "--data", JSON.stringify(body), `${url}/table:export`);
  const { name, metadata } = await start();
  assert.match(name, /^projects\/one\/operations\/[\w-]+$/);
  assert.deepEqual(
    [metadata.description, metadata.priority, metadata.type],
    ["two of them", 9_000, "EXPORT_FEATURES"],
  );
  assert.equal((await start()).name, name, "of two requests with one requestId only one starts");
  const wait = ["--data", '{"timeout": "60s"}', `${service.origin}/v1/${name}:wait`];
  const operation = await curl(...flags, ...wait);
  assert.deepEqual([operation.done, operation.metadata.state], [true, "SUCCEEDED"]);
  assert.deepEqual(operation.metadata.destinationUris, ["gs://home/ee/t2.csv"]);
  assert.equal((await service.object("ee/t2.csv")).toString(), "name\nAnn\nBo\n");
  const page = await curl(
    ...flags,
    "-G",
    "--data-urlencode",
    'filter=metadata.state="SUCCEEDED"',
    `${url}/operations`,
  );
  assert.deepEqual(page.operations, [operation]);
  assert.deepEqual(await curl(...flags, "--request", "DELETE", `${service.origin}/v1/${name}`), {});
  assert.equal((await curl(...flags, `${service.origin}/v1/${name}`)).error.status, "NOT_FOUND");
});

test("the commands of edge/README.md, and the client of README.md", { timeout: 300_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tableport-commands-"));
  const store = await startStore();
  t.after(() => Promise.all([store.stop(), rm(folder, { recursive: true, force: true })]));
  const { "flights-3m.parquet": table } = await realTables("flights-3m.parquet");
  await store.putTable("vega/flights.parquet", await readFile(table));
  const readme = await readFile(new URL("../../edge/README.md", import.meta.url), "utf8");
  const [, block] = /^```\n(AUTH=.*?)^```$/ms.exec(readme);
  const [setup, ...commands] = block.split(/\n(?=curl )/).map((text) => text.replace(/^#.*$/gm, ""));
  assert.equal(commands.length, 7);
  const here = setup.replace(/^API=.*$/m, `API=${store.origin}`);
  const run = async (command, id) => {
    const script = `${here}\n${command.replace(/<(job_)?id>/, id)}`;
    return (await execute("bash", ["-c", script], { cwd: folder })).stdout;
  };
  const ask = (command, id) => run(command, id).then(JSON.parse);
  const [redivis, statusOf, download, earthEngine, operations, dli, dliStatus] = commands;

  const { id } = await ask(redivis);
  await until(
    () => ask(statusOf, id),
    ({ status }) => status === "completed",
  );
  await run(download, id);
  assert.equal((await readFile(join(folder, "flights.parquet"))).subarray(-4).toString(), "PAR1");

  const python = /^```python\n(.*?)^```$/ms.exec(
    await readFile(new URL("../../README.md", import.meta.url), "utf8"),
  );
  const script = python[1].replace("http://127.0.0.1:8787", store.origin);
  await execute(await officialClients(), ["-c", script], { cwd: folder });
  const downloaded = await readFile(join(folder, "flights/flights.parquet"));
  assert.ok(downloaded.equals(await readFile(join(folder, "flights.parquet"))));

  const { name } = await ask(earthEngine);
  const done = await until(
    () => ask(operations),
    ({ operations: [one] }) => one.done,
  );
  assert.deepEqual([done.operations[0].name, done.operations[0].metadata.state], [name, "SUCCEEDED"]);

  const { job_id } = await ask(dli);
  const job = await until(
    () => ask(dliStatus, job_id),
    ({ status }) => /FINISHED|FAILED/.test(status),
  );
  assert.deepEqual([job.status, job.result_count], ["FINISHED", 3_000_000]);
});
