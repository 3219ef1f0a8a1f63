// Exports larger than any memory, each in a process of its own, against a store that keeps nothing.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const MEMORY_LIMIT = 64 << 20;
const MIB = 1 << 20;
const script = fileURLToPath(new URL("memory/export.mjs", import.meta.url));

async function run(options) {
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(options)]);
  return JSON.parse(stdout);
}

async function measure(t, options) {
  const measured = await run(options);
  const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  t.diagnostic(
    `${options.format}: ${mib(measured.size)} out; wasm memory ${mib(measured.wasm)} at its peak, ` +
      `the process ${mib(measured.rss)}; encoded and not acknowledged ${mib(measured.mostHeld)} at most`,
  );
  assert.equal(measured.rows, options.rows);
  assert.equal(measured.received, measured.size, "every byte arrived once");
  assert.equal(measured.completed, 1);
  assert.ok(measured.equalParts, "every part but the last has the same size");
  assert.ok(measured.wasm <= MEMORY_LIMIT, `${measured.wasm} bytes of wasm memory`);
  return measured;
}

test("two gigabytes of csv", async (t) => {
  const { size } = await measure(t, { format: "csv", rows: 2_000_000, words: 128 });
  assert.ok(size > 2e9, `${size} bytes`);
});

test("jsonl", (t) => measure(t, { format: "jsonl", rows: 1_000_000 }));

test("parquet, whose row groups are held until they are whole", (t) =>
  measure(t, { format: "parquet", rows: 2_000_000 }));

test("a store that reads slowly holds the export back", async (t) => {
  const { mostHeld } = await measure(t, { format: "csv", rows: 700_000, bytesPerSecond: 5e6 });
  assert.ok(mostHeld <= MEMORY_LIMIT, `${mostHeld} bytes held`);
});

test("a store that reads 100 KB a second, which is as good as none", async () => {
  const slow = { rows: 10_000_000, bytesPerSecond: 100_000, untilHeldBack: true };
  for (const format of ["csv", "parquet"]) {
    const { mostHeld, wasm } = await run({ ...slow, format });
    assert.ok(mostHeld > MEMORY_LIMIT / 4, `${format}: only ${mostHeld} bytes were held`);
    assert.ok(mostHeld <= MEMORY_LIMIT, `${format}: ${mostHeld} bytes held`);
    assert.ok(wasm <= MEMORY_LIMIT, `${format}: ${wasm} bytes of wasm memory`);
  }
});
