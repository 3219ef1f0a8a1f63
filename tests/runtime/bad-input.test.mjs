import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { store } from "./bad-input/exports.mjs";
import { CANARY, countOverheard, leaks, listen, overhear } from "./bad-input/leaks.mjs";
import { taken } from "./canary/secrets.mjs";

let stopListening;
before(async () => {
  stopListening = listen();
  await store.start();
});
after(async () => {
  await store.stop();
  stopListening();
});

for (const part of ["config", "rows", "cells", "streams", "columns", "files", "schema"])
  await import(`./bad-input/${part}.mjs`);

test("no URL, signature, credential or cell was in an error, a status, a file's entry or the console", () => {
  assert.ok(countOverheard() > 100);
  assert.deepEqual(leaks(), []);
});

test("what leaks is found, wherever it leaks to", () => {
  const before = leaks().length;
  overhear({ errorMessage: `GET https://host/?signature=${CANARY}` });
  overhear(new Error("outer", { cause: new Error(CANARY) }).cause.stack);
  process.stderr.write(`# ${CANARY}\n`);
  console.error(new Error(CANARY));
  assert.equal(leaks().length - before, 5);
  // These were meant.
  taken();
});
