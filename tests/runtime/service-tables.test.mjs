// The kinds of tables that the service's catalogue may have, each exported from where it is.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { exportTable } from "../../pkg/node.js";
import { fillDatabase, LIMITS, startService, until } from "./service.mjs";
import { listen } from "./support.mjs";

const ROWS = Array.from({ length: 50_000 }, (_, id) => ({ id, name: `name of ${id}`, flag: id % 3 === 0 }));
const CSV = `id,name,flag\n${ROWS.map(({ id, name, flag }) => `${id},${name},${flag}\n`).join("")}`;

let folder;
let server;
let service;
let files;
/** What the server of files does with a request, beside answering it. */
let mood = {};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tableport-tables-"));
  const persistTo = join(folder, "state");
  await fillDatabase(
    persistTo,
    "CREATE TABLE pairs (a INTEGER, b TEXT); INSERT INTO pairs VALUES (1, 'x'), (2, NULL);",
  );
  files = {
    "rows.parquet": await encoded("parquet"),
    "rows.jsonl": ROWS.map((row) => `${JSON.stringify(row)}\n`).join(""),
    "rows.arrow": tableToIPC(tableFromArrays({ id: Int32Array.of(1, 2) }), "file"),
    "empty.csv": "",
  };
  server = await listen(serveFile);
  const object = (key) => ({ type: "r2", key });
  const url = (name) => ({ type: "url", url: `${server.origin}/${name}` });
  service = await startService({
    persistTo,
    files,
    tables: {
      "open.parquet": object("rows.parquet"),
      "open.jsonl": object("rows.jsonl"),
      "open.arrow": object("rows.arrow"),
      "open.empty": object("empty.csv"),
      "open.query": { type: "d1", query: "SELECT * FROM pairs ORDER BY a" },
      "open.broken": { type: "d1", query: "SELECT canary FROM nowhere" },
      "open.url": url("rows.parquet"),
      "open.missing": url("missing.csv"),
      "open.moved": url("moved"),
    },
    vars: { LIMITS: { ...LIMITS, shardBytes: 500_000 } },
  });
});
after(async () => {
  await service?.stop();
  await server?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function encoded(format) {
  const job = exportTable({ source: ROWS, format, destination: { type: "memory" } });
  await job.finished;
  return Buffer.from(job.files[0].bytes);
}

function serveFile(request, response) {
  const name = request.url.slice(1);
  if (name === "moved") return response.writeHead(302, { location: "/rows.parquet" }).end();
  const file = files[name];
  if (!file) return response.writeHead(404).end();
  const etag = mood.etag?.() ?? '"one"';
  if (request.headers["if-match"] && request.headers["if-match"] !== etag)
    return response.writeHead(412).end();
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [0, 0, file.length - 1];
  const bytes = file.subarray(Number(start), Number(end) + 1);
  const isPart = "range" in request.headers && !mood.ignoresRanges;
  response.writeHead(isPart ? 206 : 200, { etag, "content-length": isPart ? bytes.length : file.length });
  response.end(request.method === "HEAD" ? "" : isPart ? bytes : file);
}

async function csvOf(table) {
  const { body } = await service.call(`/tables/ada.open.${table}/exports`, { body: { format: "csv" } });
  const isEnded = ({ body }) => /completed|failed/.test(body.status);
  const job = (await until(() => service.call(body.uri), isEnded)).body;
  if (job.status === "failed") return { failed: job.errorMessage };
  return (await service.call(`${job.uri}/download`)).body;
}

for (const table of ["parquet", "jsonl", "url"])
  test(`a table that is ${table}`, async () => assert.equal(await csvOf(table), CSV));

test("a table that is an Arrow file", async () => assert.equal(await csvOf("arrow"), "id\n1\n2\n"));

test("a table that is a query", async () => assert.equal(await csvOf("query"), "a,b\n1,x\n2,\n"));

test("a file with nothing in it is an error", async () => {
  assert.match((await csvOf("empty")).failed, /./);
});

test("what goes wrong with a query says nothing of it", async () => {
  const { failed } = await csvOf("broken");
  assert.match(failed, /./);
  assert.doesNotMatch(failed, /canary|nowhere/);
});

test("a redirect is not followed, and a file that is not there fails the export", async () => {
  for (const table of ["moved", "missing"])
    assert.deepEqual(await csvOf(table), {
      failed: "the table's server does not answer range requests for it",
    });
});

test("a server that knows no ranges, and a file that changes as it is read, fail the export", async (t) => {
  t.after(() => (mood = {}));
  mood = { ignoresRanges: true };
  assert.ok((await csvOf("url")).failed);
  let asked = 0;
  mood = { etag: () => (asked++ < 2 ? '"one"' : '"two"') };
  assert.ok((await csvOf("url")).failed);
});

test("jsonl is shared out at the ends of its lines", async () => {
  const order = { data_type: "json", compress: "none", database_name: "open", table_name: "jsonl" };
  const { body } = await service.call("/v1.0/one/jobs/export-table", {
    body: { ...order, data_path: "obs://exports/lines" },
  });
  const ask = () => service.call(`/v1.0/one/jobs/${body.job_id}/status`);
  const job = (await until(ask, ({ body }) => /FINISHED|FAILED/.test(body.status))).body;
  assert.deepEqual([job.status, job.result_count], ["FINISHED", ROWS.length], job.message);
  const names = await service.objects();
  assert.ok(names.length > 3, names.join());
  const texts = await Promise.all(names.map(async (name) => (await service.object(name)).toString()));
  assert.equal(texts.join(""), files["rows.jsonl"]);
});
