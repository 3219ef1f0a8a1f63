// One export of a long or wide table, in a process of its own. Its rows are made again and again of the same ten
// thousand objects, so that the memory of the process is ours. Prints what it measured as JSON.
//
//   node growing.mjs table.arrow rows format
import { readFile } from "node:fs/promises";
import { makeInput } from "../inputs.mjs";
import { median } from "../statistics.mjs";

const ENOUGH = 1000;

const [arrow, count, format] = process.argv.slice(2);
const { exportTable } = await import("../../pkg/node.js");
const { loadWasm } = await import("../../pkg/wasm.js");
const pool = makeInput("rows-any", new Uint8Array(await readFile(arrow))).rows;

function* rows(length) {
  for (let row = 0; row < length; row++) yield pool[row % pool.length];
}

const discard = { type: "stream", open: () => new WritableStream() };
const run = (length) => exportTable({ source: rows(length), format, destination: discard }).finished;

/** Short exports are repeated, and the middle one counts: at first the engine still compiles. */
await run(pool.length);
const times = [];
let size;
const began = performance.now();
do {
  const start = performance.now();
  ({ size } = await run(Number(count)));
  times.push((performance.now() - start) / 1000);
} while (performance.now() - began < ENOUGH);
console.log(
  JSON.stringify({
    seconds: median(times),
    size,
    wasmMemory: (await loadWasm()).memoryBytes(),
    memory: process.resourceUsage().maxRSS * 1024,
  }),
);
