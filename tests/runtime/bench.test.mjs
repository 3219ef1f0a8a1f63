// The parts of the bench that need no peers, so that it still runs when it is wanted. No time is asserted.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { comparisons, names, rivals, titles } from "../../bench/plan.mjs";
import { comparisonText, reached, reachedText } from "../../bench/report.mjs";
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

test("our side of every work runs on the made tables", async () => {
  for (const name of ["mixed", "wide", "text"]) {
    const ipc = toArrow(await tables[name].columns(ROWS));
    assert.equal(arrow.tableFromIPC(ipc).numRows, ROWS);
    const csv = Buffer.concat((await outputOf("handrolled-csv", "arrow-csv", ipc)).pieces);
    for (const work of Object.keys(rivals)) {
      const { run, pieces } = await outputOf("tableport", work, ipc, new Uint8Array(csv));
      assert.ok(run.seconds > 0);
      assert.equal(run.size, Buffer.concat(pieces).length);
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
  const measured = planned.map((comparison) => ({
    ...comparison,
    peers: ["tableport", ...comparison.rivals].map((peer, at) => ({
      peer,
      seconds: one,
      size: 1e6,
      ...(at > 0 && { ratio: one }),
    })),
  }));
  assert.equal(reached(measured, "node").length, targets.length);
  assert.match(reachedText(reached(measured, "node")), /rows to csv +PapaParse +node +2\.00x/);
  assert.match(comparisonText(measured[0]), /^hand-rolled loop +2\.00 s/m);
});
