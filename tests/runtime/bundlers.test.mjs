// The package in an app of its own, as the bundlers of the day make it, run in Chromium.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { chromium as browsers } from "playwright-core";
import { chromium, npmPackage } from "../../tools/setup.mjs";
import { installedApp, listen, sendFile } from "./support.mjs";

const execute = promisify(execFile);
const VITE = "8.3.8";
const WEBPACK = "5.112.2";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const TYPES = { html: "text/html", js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };

const MAIN = `
import * as full from "tableport";
import * as text from "tableport/text";
const rows = Array.from({ length: 1000 }, (_, id) => ({ id, name: "n" + id }));
const exporting = ({ exportTable }) => async (format) => {
  const job = exportTable({ source: rows, format, destination: { type: "memory" } });
  await job.finished;
  return { rows: job.files[0].rows, text: new TextDecoder("latin1").decode(job.files[0].bytes) };
};
window.runText = exporting(text);
window.run = exporting(full);
`;

let app;
let browser;
before(async () => {
  app = await installedApp();
  await writeFile(join(app, "main.js"), MAIN);
  await writeFile(join(app, "index.html"), '<!doctype html><script type="module" src="/main.js"></script>');
  browser = await browsers.launch({ executablePath: await chromium(), args: FLAGS });
});
after(async () => {
  await browser?.close();
  await rm(app, { recursive: true, force: true });
});

/** Exports in the page at `origin`, and looks at what came out. */
async function exportsAt(origin) {
  const page = await browser.newPage();
  const complaints = [];
  let workers = 0;
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("worker", () => workers++);
  try {
    await page.goto(origin);
    await page.waitForFunction(() => window.run, undefined, { timeout: 60_000 });
    const csv = await page.evaluate(() => window.run("csv"));
    assert.equal(csv.rows, 1000);
    assert.ok(csv.text.startsWith("id,name\n0,n0\n1,n1\n"));
    const parquet = await page.evaluate(() => window.run("parquet"));
    assert.match(parquet.text, /^PAR1.*PAR1$/s);
    assert.deepEqual(await page.evaluate(() => window.runText("csv")), csv);
    const refused = await page.evaluate(() => window.runText("parquet").catch(({ code }) => code));
    assert.equal(refused, "format/unsupported");
    assert.deepEqual(complaints, []);
    // An export would have run in the page where its file was missing: the worker of each module has exported twice.
    assert.equal(workers, 2);
  } finally {
    await page.close();
  }
}

/** The same, of a directory of static files. */
async function exportsFrom(folder) {
  const server = await listen((request, response) => {
    const path = normalize(new URL(request.url, "http://host").pathname);
    if (path === "/favicon.ico") return response.writeHead(204).end();
    const file = path === "/" ? "index.html" : path;
    const type = TYPES[file.split(".").pop()] ?? "application/octet-stream";
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
    return sendFile(join(folder, file), request, response, {
      "content-type": type,
      "content-security-policy": policy,
    });
  });
  try {
    await exportsAt(server.origin);
  } finally {
    await server.close();
  }
}

/** Makes a tool from the cache resolvable from the app. */
async function borrow(name, version) {
  const package_ = await npmPackage(name, version, { scripts: true });
  await mkdir(join(app, "node_modules"), { recursive: true });
  await symlink(package_, join(app, "node_modules", name)).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
  return package_;
}

test("vite builds it without settings", async () => {
  const vite = await borrow("vite", VITE);
  await execute(process.execPath, [join(vite, "bin/vite.js"), "build", "--outDir", "vite"], { cwd: app });
  await exportsFrom(join(app, "vite"));
});

test("vite's development server serves it without settings", async () => {
  const vite = await borrow("vite", VITE);
  const args = [join(vite, "bin/vite.js"), "--host", "127.0.0.1", "--port", "0", "--clearScreen", "false"];
  const server = spawn(process.execPath, args, { cwd: app, env: { ...process.env, NO_COLOR: "1" } });
  try {
    const origin = await new Promise((resolve, reject) => {
      let said = "";
      const listening = (data) => {
        said += data;
        const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
        if (found) resolve(found);
      };
      server.stdout.on("data", listening);
      server.stderr.on("data", listening);
      server.on("exit", () => reject(new Error(said)));
    });
    await exportsAt(origin);
  } finally {
    server.kill();
  }
});

test("webpack builds it without settings", async () => {
  await borrow("webpack", WEBPACK);
  const build = `
    import webpack from "webpack";
    webpack({ mode: "production", context: process.cwd(), entry: "./main.js", output: { path: process.cwd() + "/webpack" } },
      (error, stats) => {
        if (error || stats.hasErrors()) throw error ?? new Error(stats.toString());
      });`;
  await writeFile(join(app, "build.mjs"), build);
  await execute(process.execPath, ["build.mjs"], { cwd: app });
  const page = await readFile(join(app, "index.html"), "utf8");
  await writeFile(join(app, "webpack/index.html"), page.replace('type="module" ', "defer "));
  await exportsFrom(join(app, "webpack"));
});
