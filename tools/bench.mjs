// Measures tableport beside what else there is: by turns, on the same tables, every output checked.
//
//   node tools/bench.mjs [--only text] [--rounds 5] [--scale 1]
//
// `--only` picks the comparisons that have the text in their name, such as "node mixed rows-csv"; `--scale 0.1` makes
// the tables a tenth as long.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { check } from "../bench/check.mjs";
import { compare } from "../bench/compare.mjs";
import { cache, installPeers, tableFiles } from "../bench/files.mjs";
import { machine } from "../bench/machine.mjs";
import { comparisons } from "../bench/plan.mjs";
import { comparisonText, reached, reachedText } from "../bench/report.mjs";
import { openRuntimes } from "../bench/runtimes.mjs";
import { tables } from "../bench/tables/index.mjs";
import { main, say } from "./steps.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
    scale: { type: "string", default: "1" },
  },
});

await main(async () => {
  await installPeers();
  const folder = await mkdtemp(join(tmpdir(), "tableport-bench-"));
  const runtimes = openRuntimes(folder);
  const measured = { machine: await machine(), comparisons: [] };
  try {
    for (const one of chosen()) {
      const files = await tableFiles(one);
      const open = (peer) => runtimes.open(one.runtime, peer);
      const peers = await compare({ ...one, open, check, files, folder, rounds: Number(options.rounds) });
      measured.comparisons.push({ ...one, peers });
      say(`\n${comparisonText({ ...one, peers })}`);
    }
  } finally {
    await runtimes.close();
    await rm(folder, { recursive: true, force: true });
  }
  const rows = ["node", "chromium"].flatMap((runtime) => reached(measured.comparisons, runtime));
  if (rows.length > 0) say(`\n${reachedText(rows)}`);
  await mkdir(cache, { recursive: true });
  const path = join(cache, "measured.json");
  await writeFile(path, `${JSON.stringify(measured, null, 2)}\n`);
  say(`\n${path} has all of it.`);
});

function chosen() {
  const all = comparisons(tables, Number(options.scale));
  return all.filter(({ runtime, table, work }) => `${runtime} ${table} ${work}`.includes(options.only));
}
