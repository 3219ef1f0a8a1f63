// That leaks are found: by the preload that every test here runs with.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`canary/${name}`, import.meta.url));

test("a test that leaks fails, and by where it leaks", async () => {
  const args = ["--test", "--test-reporter=tap", `--import=${path("preload.mjs")}`, path("leaks.mjs")];
  // Else it would take itself for a part of this run.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const tap = await new Promise((resolve) =>
    execFile(process.execPath, args, { env }, (_error, output) => resolve(output)),
  );
  const results = [...tap.matchAll(/^(ok|not ok) \d+ - (.*)$/gm)].map(([, result, name]) => [name, result]);
  assert.deepEqual(results, [
    ["into an error", "not ok"],
    ["into a status", "not ok"],
    ["into a status in an API's words", "not ok"],
    ["by printing", "not ok"],
    ["only the file has it", "ok"],
    ["only the caller's own error has it", "ok"],
  ]);
});
