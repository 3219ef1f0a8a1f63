// Measures tableport beside what else there is: by turns, on the same tables, every output checked.
//
//   node tools/bench.mjs [--only text] [--rounds 5] [--scale 1] [--longest 1e8] [--docs]
//
// `--only` picks what has the text in its name, such as "node mixed rows-csv" or "native"; `--scale 0.1` makes the
// tables a tenth as long; `--longest 1e7` ends the curve of cost at so many rows; `--docs` writes the charts and
// tables of docs/.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { check } from "../bench/check.mjs";
import { compare } from "../bench/compare.mjs";
import { writeDocs } from "../bench/docs.mjs";
import { cache, installPeers, tableFiles } from "../bench/files.mjs";
import { machine } from "../bench/machine.mjs";
import { measures } from "../bench/measures/index.mjs";
import { comparisons } from "../bench/plan.mjs";
import { allReached, comparisonText, kept, keptText, profileText, reachedText } from "../bench/report.mjs";
import { openRuntimes } from "../bench/runtimes.mjs";
import { tables } from "../bench/tables/index.mjs";
import { main, say, step } from "./steps.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
    scale: { type: "string", default: "1" },
    longest: { type: "string", default: "1e8" },
    docs: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds);
const scale = Number(options.scale);
const isChosen = (name) => name.includes(options.only);

await main(async () => {
  await installPeers();
  const folder = await mkdtemp(join(tmpdir(), "tableport-bench-"));
  const runtimes = openRuntimes(folder);
  const measured = { machine: await machine(), comparisons: [] };
  try {
    await measureComparisons(measured, runtimes, folder);
    await measureOthers(measured, runtimes);
  } finally {
    await runtimes.close();
    await rm(folder, { recursive: true, force: true });
  }
  report(measured);
  const path = join(cache, "measured.json");
  await mkdir(cache, { recursive: true });
  await writeFile(path, `${JSON.stringify(measured, null, 2)}\n`);
  say(`\n${path} has all of it.`);
  if (options.docs) await writeDocs(measured);
});

async function measureComparisons(measured, runtimes, folder) {
  for (const one of comparisons(tables, scale)) {
    if (!isChosen(`${one.runtime} ${one.table} ${one.work}`)) continue;
    const files = await tableFiles(one);
    const open = (peer) => runtimes.open(one.runtime, peer);
    const peers = await compare({ ...one, open, check, files, folder, rounds });
    measured.comparisons.push({ ...one, peers });
    say(`\n${comparisonText({ ...one, peers })}\n`);
  }
}

async function measureOthers(measured, runtimes) {
  for (const [name, { title, measure }] of Object.entries(measures)) {
    if (!isChosen(name)) continue;
    const files = (table) => tableFiles({ table, rows: Math.round(tables[table].rows * scale) });
    const context = { files, rounds, longest: Number(options.longest) * scale, origin: runtimes.origin };
    await step(title, async () => {
      measured[name] = await measure(context);
    });
  }
}

function report(measured) {
  const ratios = allReached(measured);
  if (ratios.length > 0) say(`\n${reachedText(ratios)}`);
  if (measured.profile) say(`\n${profileText(measured.profile)}`);
  const limits = kept(measured);
  if (limits.length > 0) say(`\n${keptText(limits)}`);
}
