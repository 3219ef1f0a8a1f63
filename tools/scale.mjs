// How the service grows from one shard to ten thousand, by a simulation: the tables of docs/scale.md. See scale/.
import { join } from "node:path";
import { root } from "./paths.mjs";
import { plansOf } from "./scale/plans.mjs";
import { LIMITS, value } from "./scale/platform.mjs";
import { messagesOf, parametersOf, plansTable, timesOf } from "./scale/tables.mjs";
import { startWorkers } from "./workers.mjs";

const SIZES = [1, 10, 100, 1000, 10_000];
const SILENCE = 120_000;
const SHARD_BYTES = 2 ** 28;

/** All tables, as Markdown. */
export async function scaleTables() {
  const workers = await startWorkers({ configs: [join(root, "tools", "scale", "wrangler.jsonc")] });
  const ask = async (path, settings) => {
    const response = await fetch(workers.origin + path, { method: "POST", body: JSON.stringify(settings) });
    if (!response.ok) throw new Error(`the simulation failed: ${await response.text()}`);
    return response.json();
  };
  try {
    const times = [];
    let runs;
    for (const tasks of [64, value(LIMITS, "instances")]) {
      runs = [];
      for (const shards of SIZES)
        runs.push(await ask("/", { shards, tasks, shardBytes: SHARD_BYTES, silence: SILENCE }));
      times.push(timesOf(tasks, runs));
    }
    const plans = SIZES.map((shards) => ({
      shards,
      bytes: shards * SHARD_BYTES,
      ...plansOf(shards, SHARD_BYTES),
    }));
    return [...times, messagesOf(runs, await ask("/list", {})), plansTable(plans), parametersOf()].join("\n");
  } finally {
    await workers.stop();
  }
}

if (process.argv[1] === import.meta.filename) console.log(await scaleTables());
