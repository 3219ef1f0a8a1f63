// The cases in Chromium, under a strict Content-Security-Policy: the same bytes as in Node.
import assert from "node:assert/strict";
import { join, normalize } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as arrow from "apache-arrow";
import { chromium as browsers } from "playwright-core";
import { exportTable } from "../../pkg/node.js";
import { chromium } from "../../tools/setup.mjs";
import { cases, report } from "./cases.mjs";
import { listen, openFixtures, sendFile } from "./support.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
const PAGE = '<!doctype html><script src="/arrow.js"></script><script type="module" src="/page.js"></script>';
const SCRIPT = `
import { exportTable } from "/pkg/browser.js";
import { report } from "/cases.mjs";
const url = (name) => new URL("/fixtures/" + name, location.href);
const fixture = async (name) => new Uint8Array(await (await fetch(url(name))).arrayBuffer());
window.run = (config) =>
  report({ exportTable: (own) => exportTable({ ...own, ...config }), arrow: window.Arrow, url, fixture });
`;
const TYPES = { html: "text/html", js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };

let fixtures;
let server;
let browser;
before(async () => {
  fixtures = await openFixtures();
  const roots = {
    "/pkg/": join(root, "pkg"),
    "/fixtures/": fixtures.folder,
    "/arrow.js": join(root, "node_modules/apache-arrow/Arrow.es2015.min.js"),
    "/cases.mjs": join(root, "tests/runtime/cases.mjs"),
  };
  server = await listen((request, response) => {
    const path = normalize(new URL(request.url, "http://host").pathname);
    const type = TYPES[path.split(".").pop()] ?? (path === "/" ? TYPES.html : "application/octet-stream");
    const headers = { "content-security-policy": POLICY, "content-type": type };
    if (path === "/") return response.writeHead(200, headers).end(PAGE);
    if (path === "/favicon.ico") return response.writeHead(204).end();
    if (path === "/page.js") return response.writeHead(200, headers).end(SCRIPT);
    const base = Object.keys(roots).find((prefix) => path.startsWith(prefix));
    if (!base) return response.writeHead(404).end();
    return sendFile(join(roots[base], path.slice(base.length)), request, response, headers);
  });
  browser = await browsers.launch({ executablePath: await chromium(), args: [...FLAGS, ...QUIET] });
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
  await page.goto(server.origin);
  await page.waitForFunction(() => window.run);
});
afterEach(() => page.close());

let expected;
for (const [where, config, started] of [
  ["in a worker", {}, ["/pkg/worker/worker.js"]],
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
