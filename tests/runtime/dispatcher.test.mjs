// The decisions of the service's records, over SQLite and under a virtual clock: see dispatcher/schedules.mjs.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { node24 } from "../../tools/setup.mjs";

/** Runs a script of dispatcher/ under Node 24, since Node 20 has no SQLite; gives what it printed. */
async function run(name, ...args) {
  const node = join(await node24(), "node");
  const script = fileURLToPath(new URL(`dispatcher/${name}.mjs`, import.meta.url));
  return (await promisify(execFile)(node, ["--no-warnings", script, ...args])).stdout;
}

test("five hundred seeded schedules of lost, late and failing tasks", { timeout: 300_000 }, async () => {
  const stdout = await run("schedules", "500");
  const { schedules, completed, failed, cancelled, lost } = JSON.parse(stdout);
  assert.equal(schedules, 500);
  for (const count of [completed, failed, cancelled, lost]) assert.ok(count > 100, stdout);
});

test("a job of ten thousand shards", { timeout: 300_000 }, () => run("many"));
