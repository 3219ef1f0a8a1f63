// The parts of the bench that need no peers, so that it still runs when it is wanted. No time is asserted.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { barChart } from "../../bench/bar-chart.mjs";
import { compare } from "../../bench/compare.mjs";
import { growthChart, niceAbove } from "../../bench/line-chart.mjs";
import { comparisons, names, rivals, titles } from "../../bench/plan.mjs";
import { comparisonText, kept, keptText, reached, reachedText } from "../../bench/report.mjs";
import { median, ratios, spread } from "../../bench/statistics.mjs";
import { toArrow } from "../../bench/tables/arrow.mjs";
import { tables } from "../../bench/tables/index.mjs";
import { targets } from "../../bench/targets.mjs";
import { prepare } from "../../bench/timed.mjs";

const ROWS = 1000;

test("medians, spreads, and ratios pair by pair", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.deepEqual(spread([2, 9, 4]), { median: 4, min: 2, max: 9 });
  // The machine was ten times slower for the second pair.
  assert.deepEqual(
    ratios([
      [1, 3],
      [10, 30],
      [1, 4],
    ]),
    { median: 3, min: 3, max: 4 },
  );
});

test("each of ours runs right before or after each rival, and is compared with that run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bench-test-"));
  const order = [];
  const seconds = { ours: 2, worker: 1, rival: 6 };
  const open = ({ peer }) => ({
    run: () => {
      order.push(peer);
      return { seconds: seconds[peer] };
    },
    save: (path) => writeFile(path, peer),
    resetPeak() {},
    resident: () => ({ now: 1, peak: 2 }),
    close() {},
  });
  const check = () => true;
  const what = { open, check, work: "rows-csv", files: {}, rounds: 2, folder };
  const peers = await compare({ ...what, ours: ["ours", "worker"], rivals: ["rival"] });
  await rm(folder, { recursive: true });
  assert.deepEqual(order.slice(0, 3), ["ours", "worker", "rival"], "to warm up");
  assert.deepEqual(order.slice(3), ["ours", "rival", "worker", "worker", "rival", "ours"]);
  const always = (value) => ({ median: value, min: value, max: value });
  assert.deepEqual(
    peers.map(({ ratios }) => ratios),
    [undefined, undefined, { ours: always(3), worker: always(6) }],
  );
  assert.deepEqual(
    peers.map((peer) => peer.seconds.median),
    [2, 1, 6],
  );
});

test("our side of every work runs on the made tables", async () => {
  for (const name of ["mixed", "wide", "text"]) {
    const ipc = toArrow(await tables[name].columns(ROWS));
    assert.equal(arrow.tableFromIPC(ipc).numRows, ROWS);
    const csv = Buffer.concat((await outputOf("handrolled-csv", "arrow-csv", ipc)).pieces);
    for (const work of Object.keys(rivals)) {
      const { run, pieces } = await outputOf("tableport", work, ipc, new Uint8Array(csv));
      assert.ok(run.seconds > 0);
      assert.equal(run.size, Buffer.concat(pieces).length);
      if (work.startsWith("rows-")) {
        const inThread = await outputOf("tableport-worker", work, ipc);
        assert.deepEqual(Buffer.concat(inThread.pieces), Buffer.concat(pieces));
      }
      // The tables hold no number that the two write differently.
      if (name === "text" && work === "arrow-csv") assert.deepEqual(Buffer.concat(pieces), csv);
    }
  }
});

async function outputOf(peer, work, ipc, csv) {
  const job = await prepare({ peer, work, ipc, csv });
  const run = await job.run();
  return { run, pieces: job.output() };
}

test("what is planned has a name, and every target is measured", () => {
  const planned = comparisons(tables);
  for (const { work, rivals: peers } of planned) {
    assert.ok(titles[work], work);
    for (const peer of peers) assert.ok(names[peer], peer);
  }
  const one = { median: 2, min: 1, max: 3 };
  const eleven = { median: 11, min: 10, max: 12 };
  const ratiosOf = ({ ours }) =>
    Object.fromEntries(ours.map((line) => [line, line === "tableport" ? one : eleven]));
  const measured = planned.map((comparison) => ({
    ...comparison,
    peers: [
      ...comparison.ours.map((peer) => ({ peer, seconds: one, size: 1e6 })),
      ...comparison.rivals.map((peer) => ({ peer, seconds: one, size: 1e6, ratios: ratiosOf(comparison) })),
    ],
  }));
  const ofRows = targets.filter(({ work }) => work.startsWith("rows-"));
  assert.equal(reached(measured, "chromium").length, targets.length);
  assert.equal(reached(measured, "node").length, targets.length + ofRows.length);
  const reachedInNode = reachedText(reached(measured, "node"));
  assert.match(reachedInNode, /rows to csv +tableport +PapaParse +node +2\.00x/);
  assert.match(reachedInNode, /rows to csv +tableport, worker +PapaParse +node +11\.0x .+ within the bar/);
  assert.match(barChart(measured), /^<svg .*PapaParse.*2\.00 s, 2\.00x.*<\/svg>\n$/s);
  const sizes = { pyarrow: { mixed: 1.25e6 }, modules: { "tableport_wasm_bg.wasm": { brotli: 4e5 } } };
  const limits = keptText(kept({ comparisons: measured, ...sizes }));
  assert.match(limits, /Parquet size of mixed, against pyarrow +0\.800 +1\.000 +0\.950 +there/);
  assert.match(limits, /wasm module, brotli 11 +400 KB +450 KB +350 KB +within the bar/);
  assert.match(limits, /csv and jsonl alone, brotli 11 +not there/);
  assert.match(comparisonText(measured[0]), /^hand-rolled loop +2\.00 s .+ 2\.00x +\S+ +11\.0x /m);
});

test("the curve of cost is drawn on round axes", () => {
  const point = (format, at) => ({ format, at, perCell: at / 1000, wasmMemory: 6e7 });
  const points = [1e4, 1e6].flatMap((at) => ["csv", "jsonl", "parquet"].map((format) => point(format, at)));
  const drawn = growthChart({ rows: points, columns: points });
  assert.equal(drawn.match(/<polyline/g).length, 12);
  assert.match(drawn, /by rows.*>1000<.*>10k<.*>1M</s);
  assert.deepEqual([1, 1.1, 3, 60, 101].map(niceAbove), [1, 2, 5, 100, 200]);
});
