// The README's examples are run as they stand; what they take for granted is given by a test each.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { chromium as browsers } from "playwright-core";
import { pkgDir, root } from "../../tools/paths.mjs";
import { chromium } from "../../tools/setup.mjs";
import { startStore } from "../../tools/store.mjs";
import { startWorkers } from "../../tools/workers.mjs";

const execute = promisify(execFile);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

let app;
let store;
let examples;

before(async () => {
  app = await mkdtemp(join(tmpdir(), "tableport-readme-"));
  await mkdir(join(app, "node_modules"));
  await symlink(pkgDir, join(app, "node_modules", "tableport"));
  store = await startStore();
  const readme = await readFile(join(root, "README.md"), "utf8");
  const blocks = readme.matchAll(/^<!-- run: (\w+) -->\n```js\n(.*?)^```$/gms);
  examples = Object.fromEntries([...blocks].map(([, runtime, code]) => [runtime, code]));
});

after(async () => {
  await store?.stop();
  await rm(app, { recursive: true, force: true });
});

/** Writes a file of the app, and gives its path. */
async function write(name, content) {
  const path = join(app, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** The bytes of an object in the store. */
async function stored(fileName) {
  const response = await fetch(`${store.origin}/objects/${fileName}`);
  assert.equal(response.status, 200);
  return response.arrayBuffer();
}

const readParquet = async (fileName) => parquetReadObjects({ file: await stored(fileName), compressors });

test("there is an example of each runtime, and no other", () => {
  // tab.test.mjs runs that of `resume`, r2.test.mjs that of `r2`.
  assert.deepEqual(Object.keys(examples), ["node", "browser", "workerd", "r2", "resume", "api"]);
});

test("the example of Node", { timeout: 120_000 }, async () => {
  const presignedPutUrl = await store.sign({ operation: "put", fileName: "readings.csv.gz" });
  const given = await write("given.mjs", `globalThis.presignedPutUrl = ${JSON.stringify(presignedPutUrl)};`);
  const example = await write("example.mjs", examples.node);
  const { stdout } = await execute(process.execPath, ["--import", given, example]);
  const object = Buffer.from(await stored("readings.csv.gz"));
  assert.equal(stdout, `completed ${object.length} readings.csv.gz 100000\n`);
  const [header, ...lines] = gunzipSync(object).toString().trimEnd().split("\n");
  assert.equal(header, "id,sensor,value,at");
  assert.equal(lines.length, 100_000);
  const at = new Date(1_700_000_000_000 + 99_999_000).toISOString();
  assert.equal(lines[99_999], `99999,s-4,${Math.sin(99_999)},${at}`);
});

test("the example of a server API", { timeout: 120_000 }, async () => {
  const given = await write(
    "server.mjs",
    `globalThis.jobs = new Map(); ${findTable} ${findStore}
globalThis.findTable = findTable; globalThis.findStore = findStore;`,
  );
  await write("api.mjs", examples.api);
  const request = {
    data_path: "obs://home/data1/DLI/test",
    ...{ data_type: "csv", database_name: "db2", table_name: "t2", compress: "none" },
  };
  const calls = `import { startExport, statusOf } from "./api.mjs";
const post = (body) => startExport(new Request("http://host/", { method: "POST", body: JSON.stringify(body) }));
const answer = async (response) => [response.status, await response.json()];
const started = await answer(await post(${JSON.stringify(request)}));
await jobs.get(started[1].job_id).job.finished;
const ended = await answer(await statusOf(started[1].job_id));
const refused = await answer(await post({ ...${JSON.stringify(request)}, compress: "bzip2" }));
console.log(JSON.stringify({ started, ended, refused }));`;
  const script = await write("calls.mjs", calls);
  const { stdout } = await execute(process.execPath, ["--import", given, script]);
  const { started, ended, refused } = JSON.parse(stdout);
  const message = "export all data from table db2.t2 to path obs://home/data1/DLI/test started";
  assert.deepEqual([started[0], started[1].message], [200, message]);
  assert.deepEqual([ended[1].status, ended[1].result_count, ended[1].table_name], ["FINISHED", 2, "t2"]);
  assert.deepEqual([refused[0], refused[1].error_code], [400, "DLI.0007"]);
});

/** What the example of a server API finds; their text goes beside it. */
function findTable({ database, table }) {
  return [1, 2].map((id) => ({ id, name: `${database}.${table}` }));
}

function findStore({ bucket, prefix }) {
  if (bucket !== "home" || prefix !== "data1/DLI/") throw new Error(`${bucket} ${prefix}`);
  return { type: "memory" };
}

test("the example of a page", { timeout: 120_000 }, async (t) => {
  const browser = await browsers.launch({ executablePath: await chromium(), args: [...FLAGS, ...QUIET] });
  t.after(() => browser.close());
  const rows = Array.from({ length: 30_000 }, (_, id) => ({ id: BigInt(id), name: `name ${id % 97}` }));
  const buffer = Buffer.from(`id,name\n${rows.map(({ id, name }) => `${id},${name}\n`).join("")}`);

  const page = await openPage(browser);
  await page.setInputFiles("#input", { name: "people.csv", mimeType: "text/csv", buffer });
  await page.addScriptTag({ type: "module", url: "example.js" });
  const done = await (await page.waitForFunction(() => globalThis.done)).jsonValue();
  assert.deepEqual([done.status, done.percentCompleted], ["completed", 100]);
  assert.equal(await page.evaluate(() => globalThis.progress.value), 100);
  assert.deepEqual(await readParquet("people.parquet"), rows);

  const second = await openPage(browser);
  // The upload never gets an answer.
  const upload = new Promise((resolve) => second.route("**/r2/s3/**", resolve));
  const failure = second.waitForEvent("pageerror");
  await second.setInputFiles("#input", { name: "cancelled.csv", mimeType: "text/csv", buffer });
  await second.addScriptTag({ type: "module", url: "example.js" });
  await upload;
  await second.click("#cancelButton");
  assert.equal((await failure).name, "ExportError");
  assert.equal((await fetch(`${store.origin}/objects/cancelled.parquet`)).status, 404);
});

/** A page with the example beside it, on the origin of the store, whose Worker signs. */
async function openPage(browser) {
  const page = await browser.newPage();
  page.setDefaultTimeout(100_000);
  const elements = '<input type="file" id="input"><progress id="progress" max="100"></progress>';
  const html = `<!doctype html>${elements}<button id="cancelButton">Cancel</button>`;
  const script = `${examples.browser.replace('"tableport"', '"./pkg/browser.js"')}globalThis.done = done;`;
  const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
  const answer = async (name) => {
    if (name === "")
      return { contentType: "text/html", headers: { "content-security-policy": CSP }, body: html };
    if (name === "example.js") return { contentType: types[".js"], body: script };
    const body = await readFile(join(pkgDir, name.replace(/^pkg\//, "")));
    return { contentType: types[extname(name)], body };
  };
  await page.route("**/readme/**", async (route) => {
    const name = new URL(route.request().url()).pathname.replace("/readme/", "");
    await route.fulfill(await answer(name));
  });
  await page.goto(`${store.origin}/readme/`);
  return page;
}

test("the example of a Cloudflare Worker", { timeout: 120_000 }, async (t) => {
  await write("example.js", examples.workerd);
  await write("api.js", `export default { fetch: ${answerRows} };`);
  const common = { compatibility_date: "2026-11-01" };
  const PRESIGNED_URL = await store.sign({ operation: "put", fileName: "from-a-worker.parquet" });
  const configs = [
    await write("example.json", {
      ...common,
      name: "example",
      main: "example.js",
      vars: { PRESIGNED_URL },
      services: [{ binding: "API", service: "api" }],
    }),
    await write("api.json", { ...common, name: "api", main: "api.js" }),
  ];
  const workers = await startWorkers({ configs });
  t.after(workers.stop);
  const response = await fetch(workers.origin);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const done = JSON.parse(text);
  assert.deepEqual([done.kind, done.status, done.format], ["export", "completed", "parquet"]);
  const read = await readParquet("from-a-worker.parquet");
  assert.equal(read.length, 20_000);
  assert.deepEqual(read[12_345], { page: 12, row: 345, name: "row 345 of page 12" });
});

/** The API of the Worker's example; its text becomes a Worker. */
function answerRows(request) {
  const page = Number(new URL(request.url).searchParams.get("page"));
  return Response.json(
    Array.from({ length: 1000 }, (_, row) => ({ page, row, name: `row ${row} of page ${page}` })),
  );
}
