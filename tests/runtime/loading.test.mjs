import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { configure, loadWasm, resetWasm, setDefaultWasm, wasmGeneration } from "../../pkg/wasm.js";

const file = new URL("../../pkg/tableport_wasm_bg.wasm", import.meta.url);

test("the wasm loads on first use, once, and a load that failed is tried again", async () => {
  await assert.rejects(loadWasm(), /No wasm is configured/);

  const calls = [];
  setDefaultWasm(async () => {
    calls.push("load");
    if (calls.length === 1) throw new Error("the network is down");
    return readFile(file);
  });
  assert.equal(calls.length, 0);
  const [first, alongside] = await Promise.allSettled([loadWasm(), loadWasm()]);
  assert.equal(first.reason.message, "the network is down");
  assert.equal(alongside.reason, first.reason);

  const [glue, same] = await Promise.all([loadWasm(), loadWasm()]);
  assert.equal(glue, same);
  assert.equal(calls.length, 2);
});

test("configure names what it cannot take, and says when it comes too late", () => {
  assert.throws(() => configure({ wams: "/x.wasm" }), /does not know the key "wams"/);
  assert.throws(() => configure({}), /wants a wasm/);
  assert.throws(() => configure({ wasm: "/x.wasm" }), /comes too late/);
});

test("a reset gives another instance, with memory of its own", async () => {
  const glue = await loadWasm();
  const before = glue.initSync({ module: undefined });
  assert.equal(wasmGeneration(), 0);
  resetWasm();
  assert.equal(wasmGeneration(), 1);
  const after = glue.initSync({ module: undefined });
  assert.notEqual(after.memory, before.memory);
  assert.equal(await loadWasm(), glue);
});
