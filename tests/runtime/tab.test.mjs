// A tab that is closed in the middle of a large upload, in Chromium, and opened again.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { exportTable } from "../../pkg/node.js";
import { startStore } from "../../tools/store.mjs";
import { launch, serve } from "./chromium.mjs";
import { forward } from "./fault-proxy.mjs";

const ROWS = 200_000;
/** By default. */
const CONCURRENCY = 4;

/** Rows of a kilobyte: some 200 MB of csv. */
const rows = `function* rows(count) {
  for (let id = 0; id < count; id++) yield { id, text: String(id * 2654435761).repeat(70).slice(0, 980) };
}`;

/** The README's example, between its import and its end. */
const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
const [, example] = /^<!-- run: resume -->\n```js\nimport .*?$(.*?)^```$/ms.exec(readme);

const script = `
import { exportTable, keepToken, keptToken } from "/pkg/browser.js";
${rows}
const source = rows(${ROWS});
const destination = { type: "presigned", sign };
async function sign(request) {
  const answer = await fetch("/sign", { method: "POST", body: JSON.stringify(request) });
  if (!answer.ok) throw new Error("not signed");
  return location.origin + (await answer.text());
}
window.tableport = { keptToken };
window.begin = async () => {
  ${example}
  window.job = job;
  return resume?.files[0].parts.length ?? 0;
};
`;

let store;
let server;
let browser;
/** The numbers of the parts that the store stored. */
const stored = [];
before(async () => {
  store = await startStore();
  browser = await launch();
  server = await serve({ script, answer });
});
after(async () => {
  await browser?.close();
  await server?.close();
  await store?.stop();
});

/** The page's own server signs, and stands before the store, which knows no CORS. */
async function answer(path, request, response) {
  if (path === "/sign") {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const wanted = JSON.parse(Buffer.concat(chunks).toString());
    const url = new URL(await store.sign(wanted));
    response.end(`/store${url.pathname}${url.search}`);
    return true;
  }
  if (!request.url.startsWith("/store/")) return false;
  const url = new URL(request.url.slice("/store".length), store.origin);
  const { status, headers, body } = await forward(request, url);
  const part = url.searchParams.get("partNumber");
  if (part && status === 200) stored.push(Number(part));
  response.writeHead(status, headers).end(body);
  return true;
}

async function md5Of(chunks) {
  const md5 = createHash("md5");
  for await (const chunk of chunks) md5.update(chunk);
  return md5.digest("hex");
}

/** Of the csv of all rows, as Node writes it. */
async function expected() {
  const md5 = createHash("md5");
  const open = () => new WritableStream({ write: (chunk) => void md5.update(chunk) });
  const source = new Function(`${rows}; return rows(${ROWS});`)();
  await exportTable({ source, format: "csv", destination: { type: "stream", open } }).finished;
  return md5.digest("hex");
}

test("an upload of 200 MB goes on where the tab was closed", { timeout: 300_000 }, async () => {
  const context = await browser.newContext();
  const opened = async () => {
    const page = await context.newPage();
    await page.goto(server.origin);
    await page.waitForFunction(() => window.begin);
    return page;
  };
  const first = await opened();
  assert.equal(await first.evaluate(() => begin()), 0);
  await first.waitForFunction(() => job.progress.bytesAcknowledged > 80e6, undefined, { timeout: 120_000 });
  await first.close();

  const second = await opened();
  const known = await second.evaluate(() => begin());
  assert.ok(known >= 9, `${known} parts were known`);
  const done = await second.evaluate(() => job.finished);
  assert.equal(done.status, "completed");
  assert.ok(done.size > 190e6, `${done.size} bytes`);
  const parts = new Set(stored).size;
  assert.equal(parts, Math.ceil(done.size / (8 << 20)));
  assert.ok(stored.length <= parts + CONCURRENCY, `${stored.length - parts} parts were sent twice`);
  const object = await fetch(`${store.origin}/objects/flights.csv`);
  assert.equal(await md5Of(object.body), await expected());

  // Nothing is left to go on from, once it is known to have ended.
  const third = await opened();
  await third.waitForFunction(async () => (await tableport.keptToken("flights")) === undefined);
  await context.close();
});
