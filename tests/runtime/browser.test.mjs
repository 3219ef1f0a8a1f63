// The cases in Chromium, under a strict Content-Security-Policy: the same bytes as in Node.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as arrow from "apache-arrow";
import { exportTable } from "../../pkg/node.js";
import { cases, report } from "./cases.mjs";
import { launch, pretendCores, serve } from "./chromium.mjs";
import { openFixtures } from "./support.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const script = `
import { exportTable } from "/pkg/browser.js";
import { report } from "/cases.mjs";
const url = (name) => new URL("/fixtures/" + name, location.href);
const fixture = async (name) => new Uint8Array(await (await fetch(url(name))).arrayBuffer());
window.run = (config) =>
  report({ exportTable: (own) => exportTable({ ...own, ...config }), arrow: window.Arrow, url, fixture });
`;

let fixtures;
let server;
let browser;
before(async () => {
  fixtures = await openFixtures();
  const roots = {
    "/fixtures/": fixtures.folder,
    "/arrow.js": join(root, "node_modules/apache-arrow/Arrow.es2015.min.js"),
    "/cases.mjs": join(root, "tests/runtime/cases.mjs"),
  };
  server = await serve({ script, roots, head: '<script src="/arrow.js"></script>' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
  await fixtures?.close();
});

let page;
let complaints;
let workers;
beforeEach(async () => {
  complaints = [];
  workers = [];
  page = await browser.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("worker", (worker) => workers.push(new URL(worker.url()).pathname));
  await pretendCores(page, 2);
  await page.goto(server.origin);
  await page.waitForFunction(() => window.run);
});
afterEach(() => page.close());

let expected;
for (const [where, config, started] of [
  // Files of some length have a helper.
  ["in a worker", {}, ["/pkg/worker/worker.js", "/pkg/worker/worker.js"]],
  ["in the page", { worker: false }, []],
])
  test(`every format from every source gives ${where} the bytes that Node gives`, {
    timeout: 300_000,
  }, async () => {
    expected ??= await report({ ...fixtures, exportTable, arrow });
    const found = await page.evaluate((config) => window.run(config), config);
    assert.deepEqual(complaints, []);
    assert.equal(Object.keys(found).length, cases.length);
    for (const hash of Object.values(expected)) assert.match(hash, /^[0-9a-f]{64}$/);
    assert.deepEqual(found, expected);
    assert.deepEqual(workers, started);
  });
