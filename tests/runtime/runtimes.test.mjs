// The package as it is installed, in the runtimes that the other suites do not run in: Node 24, Deno and Bun.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { node24, otherRuntimes } from "../../tools/setup.mjs";

const script = `
import { exportTable } from "tableport";

const source = Array.from({ length: 20_000 }, (_, id) => ({ id, name: "é" + (id % 7), big: BigInt(id) * 10n ** 14n }));
for (const [format, worker] of [["csv"], ["jsonl"], ["parquet"], ["csv", true]]) {
  const job = exportTable({ source, format, destination: { type: "memory" }, worker });
  const { status } = await job.finished;
  const [{ bytes, rows }] = job.files;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  console.log(format, status, rows, Array.from(digest.subarray(0, 8)).join("."));
}
`;

let app;
let expected;

before(async () => {
  app = await mkdtemp(join(tmpdir(), "tableport-runtimes-"));
  await mkdir(join(app, "node_modules"));
  await cp(fileURLToPath(new URL("../../pkg", import.meta.url)), join(app, "node_modules/tableport"), {
    recursive: true,
  });
  await writeFile(join(app, "package.json"), '{"private": true, "type": "module"}');
  await writeFile(join(app, "export.mjs"), script);
  expected = await run(process.execPath);
  assert.match(expected, /^csv completed 20000 .*\njsonl completed 20000 .*\nparquet completed 20000 /);
});

after(() => rm(app, { recursive: true, force: true }));

async function run(command, ...args) {
  const { stdout } = await promisify(execFile)(command, [...args, "export.mjs"], { cwd: app });
  return stdout;
}

test("Node 24 writes the bytes that Node 20 writes", async () => {
  assert.equal(await run(join(await node24(), "node")), expected);
});

test("so does Deno", async () => {
  const { deno } = await otherRuntimes();
  assert.equal(await run(deno, "run", "--no-remote", "--allow-read", "--allow-env"), expected);
});

test("so does Bun", async () => {
  const { bun } = await otherRuntimes();
  assert.equal(await run(bun, "run"), expected);
});
