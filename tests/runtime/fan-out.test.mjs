// Three million rows shared out among many tasks, and the Worker killed in the middle of them.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../tools/server.mjs";
import { realTables } from "../data/tables.mjs";
import { LIMITS, startService, until } from "./service.mjs";
import { compare } from "./support.mjs";

const NAME = "flights-3m.parquet";
const SHARDS = 11;

let folder;
let options;
let service;
let original;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tableport-fan-out-"));
  ({ [NAME]: original } = await realTables(NAME));
  options = {
    port: await freePort(),
    persistTo: join(folder, "state"),
    tables: { "open.flights": { type: "r2", key: NAME } },
    // A shard of each row group; what is lost is missed soon.
    vars: { LIMITS: { ...LIMITS, tasks: 3, shardBytes: 1_000_000, silence: 5_000 } },
  };
  service = await startService({ ...options, files: { [NAME]: await readFile(original) } });
});
after(async () => {
  await service?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const isEnded = ({ body }) => /completed|failed|cancelled|FINISHED|FAILED|CANCELLED/.test(body.status);

async function download(job) {
  const files = [];
  await mkdir(join(folder, job.id));
  for (let part = 0; part < job.fileCount; part++) {
    const response = await fetch(`${service.origin}${job.uri}/download?filePart=${part}`, {
      headers: { authorization: "Bearer token-of-ada" },
    });
    assert.equal(response.status, 200);
    files.push(join(folder, job.id, `${part}.parquet`));
    await writeFile(files[part], Buffer.from(await response.arrayBuffer()));
  }
  return files;
}

test("a table is shared out, and its files hold its rows", { timeout: 300_000 }, async () => {
  const { body } = await service.call("/tables/ada.open.flights/exports", { body: { format: "parquet" } });
  const job = (await until(() => service.call(body.uri), isEnded)).body;
  assert.deepEqual([job.status, job.fileCount], ["completed", SHARDS], JSON.stringify(job));
  const files = await download(job);
  await compare([{ format: "parquet", files, readers: ["duckdb"], original, table: NAME }]);
});

test("a Worker that is killed goes on where it was, and nothing is doubled", {
  timeout: 300_000,
}, async () => {
  const parquet = await service.call("/tables/ada.open.flights/exports", { body: { format: "parquet" } });
  const order = { data_type: "csv", compress: "none", database_name: "open", table_name: "flights" };
  const csv = await service.call("/v1.0/one/jobs/export-table", {
    body: { ...order, data_path: "obs://exports/killed/flights", with_column_header: true },
  });
  const uris = [parquet.body.uri, `/v1.0/one/jobs/${csv.body.job_id}/status`];
  const running = await until(
    () => service.call(uris[0]),
    ({ body }) => body.percentCompleted > 20,
  );
  assert.equal(running.body.status, "running");
  await service.stop();

  service = await startService(options);
  const [job, dli] = await Promise.all(uris.map((uri) => until(() => service.call(uri), isEnded)));
  assert.deepEqual([job.body.status, job.body.fileCount], ["completed", SHARDS], JSON.stringify(job.body));
  const files = await download(job.body);
  await compare([{ format: "parquet", files, readers: ["duckdb"], original, table: NAME }]);

  assert.deepEqual(
    [dli.body.status, dli.body.result_count],
    ["FINISHED", 3_000_000],
    JSON.stringify(dli.body),
  );
  const names = (await service.objects()).filter((name) => name.startsWith("killed/"));
  assert.deepEqual(
    names,
    Array.from({ length: SHARDS }, (_, shard) => `killed/flights/${String(shard).padStart(6, "0")}.csv`),
  );
  const texts = await Promise.all(names.map((name) => service.object(name)));
  const paths = texts.map((_, shard) => join(folder, `${shard}.csv`));
  await Promise.all(paths.map((path, shard) => writeFile(path, texts[shard])));
  await compare([{ format: "csv", files: paths, readers: ["duckdb"], original, table: NAME }]);
});

test("a cancelled job leaves no file", { timeout: 120_000 }, async () => {
  const order = { data_type: "json", compress: "gzip", database_name: "open", table_name: "flights" };
  const { body } = await service.call("/v1.0/one/jobs/export-table", {
    body: { ...order, data_path: "obs://exports/cancelled/flights" },
  });
  const status = () => service.call(`/v1.0/one/jobs/${body.job_id}/status`);
  await until(
    async () => (await service.objects()).filter((name) => name.startsWith("cancelled/")),
    (names) => names.length > 1,
  );
  await service.call(`/v1.0/one/jobs/${body.job_id}`, { method: "DELETE" });
  assert.equal((await until(status, isEnded)).body.status, "CANCELLED");
  assert.deepEqual(
    (await service.objects()).filter((name) => name.startsWith("cancelled/")),
    [],
  );
});
