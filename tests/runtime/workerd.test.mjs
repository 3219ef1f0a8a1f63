// The cases in workerd, bundled by wrangler through the package's export conditions: the same bytes as in Node.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as arrow from "apache-arrow";
import { exportTable } from "../../pkg/node.js";
import { wrangler } from "../../tools/setup.mjs";
import { cases, report } from "./cases.mjs";
import { openFixtures } from "./support.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const WORKER = `
import * as arrow from "apache-arrow";
import { exportTable } from "tableport";
import { cases, report } from "./cases.mjs";
export default {
  async fetch(request) {
    const base = new URL(request.url).searchParams.get("fixtures");
    if (!base) {
      const config = { source: [{ a: 1 }], format: "csv", destination: { type: "memory" }, worker: true };
      return exportTable(config).finished.catch(({ code, place }) => Response.json({ code, place }));
    }
    const url = (name) => new URL(name, base);
    const fixture = async (name) => new Uint8Array(await (await fetch(url(name))).arrayBuffer());
    return Response.json(await report({ exportTable, arrow, url, fixture }));
  },
};
`;
const CONFIG = { name: "cases", main: "worker.mjs", compatibility_date: "2026-01-01" };

let fixtures;
let folder;
let worker;
before(async () => {
  fixtures = await openFixtures();
  folder = await mkdtemp(join(tmpdir(), "tableport-workerd-"));
  await mkdir(join(folder, "node_modules"));
  const modules = { tableport: "pkg", "apache-arrow": "node_modules/apache-arrow" };
  for (const [name, path] of Object.entries(modules)) {
    await symlink(join(root, path), join(folder, "node_modules", name));
  }
  await symlink(join(root, "tests/runtime/cases.mjs"), join(folder, "cases.mjs"));
  await writeFile(join(folder, "worker.mjs"), WORKER);
  await writeFile(join(folder, "wrangler.json"), JSON.stringify(CONFIG));
  worker = await startWorker();
});
after(async () => {
  await worker?.stop();
  await fixtures?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The Worker under `wrangler dev`, which ends with this process however that ends. */
async function startWorker() {
  const { command, args, env } = await wrangler();
  const state = await mkdtemp(join(tmpdir(), "tableport-workerd-state-"));
  const supervisor = join(root, "tools/supervise.mjs");
  const flags = ["--config=wrangler.json", "--ip=127.0.0.1", "--port=0", "--inspector-port=0"];
  const quiet = {
    WRANGLER_SEND_ERROR_REPORTS: "false",
    XDG_CONFIG_HOME: state,
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  };
  const child = spawn(process.execPath, [supervisor, state, command, ...args, "dev", ...flags], {
    cwd: folder,
    env: { ...process.env, ...env, ...quiet, NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let log = "";
  const origin = await new Promise((resolve, reject) => {
    exited.then((code) => reject(new Error(`wrangler ended with code ${code}\n${log}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        log += text;
        const ready = /Ready on (http:\/\/127\.0\.0\.1:\d+)/.exec(log)?.[1];
        if (ready) resolve(ready);
      });
    }
  });
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  return { origin, stop, log: () => log };
}

test("every format from every source gives the bytes that Node gives", { timeout: 300_000 }, async () => {
  const here = await report({ ...fixtures, exportTable, arrow });
  const base = encodeURIComponent(String(fixtures.url("")));
  const response = await fetch(`${worker.origin}/?fixtures=${base}`);
  const text = await response.text();
  assert.equal(response.status, 200, `${text.slice(0, 2000)}\n${worker.log()}`);
  const there = JSON.parse(text);
  assert.equal(Object.keys(there).length, cases.length);
  for (const hash of Object.values(here)) assert.match(hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(there, here);
});

test("worker: true is refused where there are none", async () => {
  const response = await fetch(worker.origin);
  assert.deepEqual(await response.json(), { code: "config/invalid-value", place: { field: "worker" } });
});
