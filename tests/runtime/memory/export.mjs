// One export into a store that keeps nothing, in a process of its own: wasm memory never shrinks, so its size at the
// end is the peak of this export alone. Prints what it measured as JSON.
//
//   node export.mjs '{"format": "csv", "rows": 1000000, "bytesPerSecond": 1000000}'
//
// With `untilHeldBack`, it is cancelled when the store has held it back for three seconds.

import { startSink } from "./sink.mjs";

const { format, rows, words = 16, bytesPerSecond, untilHeldBack, ...options } = JSON.parse(process.argv[2]);
const { exportTable } = await import("../../../pkg/node.js");
const { loadWasm } = await import("../../../pkg/wasm.js");

const BATCH = 4096;

/** Columns whose text no encoder makes smaller: a sequence of random bits, in hex. */
function* tables() {
  let state = 1;
  for (let first = 0; first < rows; first += BATCH) {
    const count = Math.min(BATCH, rows - first);
    const id = new Int32Array(count).map((_, index) => first + index);
    const value = new Float64Array(count).map((_, index) => Math.sin(first + index));
    const text = Array.from({ length: count }, () => {
      let line = "";
      for (let word = 0; word < words; word++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        line += state.toString(16);
      }
      return line;
    });
    for (let row = 0; row < count; row++) yield { id: id[row], value: value[row], text: text[row] };
  }
}

/** Comes when nothing more has been encoded for three seconds. */
async function heldBack() {
  for (let before = -1, still = 0; still < 6; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { bytesEncoded } = job.progress;
    still = bytesEncoded > 0 && bytesEncoded === before ? still + 1 : 0;
    before = bytesEncoded;
  }
}

const sink = await startSink(bytesPerSecond ? { bytesPerSecond } : {});
let mostHeld = 0;
const job = exportTable({
  source: tables(),
  format,
  ...options,
  destination: { type: "presigned", sign: sink.sign },
  onStatus: ({ progress }) => {
    mostHeld = Math.max(mostHeld, progress.bytesEncoded - progress.bytesAcknowledged);
  },
});
if (untilHeldBack) {
  await heldBack();
  job.cancel();
}
const done = await job.finished.catch((error) => (untilHeldBack ? { size: null } : Promise.reject(error)));
const wasm = (await loadWasm()).memoryBytes();
const [file] = job.files;
const sizes = [...sink.counts.sizes].sort(([a], [b]) => a - b).map(([, size]) => size);
await sink.stop();
console.log(
  JSON.stringify({
    size: done.size,
    rows: file.rows,
    received: sink.counts.bytes,
    completed: sink.counts.completed,
    equalParts: sizes.slice(0, -1).every((size) => size === sizes[0]),
    mostHeld,
    wasm,
    rss: process.resourceUsage().maxRSS * 1024,
  }),
);
