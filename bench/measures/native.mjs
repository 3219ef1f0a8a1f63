import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root, targetDir } from "../../tools/paths.mjs";
import { readShipped } from "../../tools/shipped.mjs";
import { run, step } from "../../tools/steps.mjs";
import { openNode } from "../agents/node.mjs";
import { spread } from "../statistics.mjs";

const EXPORTS = {
  "ipc-csv": "csv-none",
  "ipc-jsonl": "jsonl-none",
  "ipc-parquet": "parquet-none",
  "ipc-csv-gzip": "csv-gzip",
};

/**
 * The same code in wasm and native: whole exports from an Arrow stream, without a network. Returns seconds of each,
 * and how many times as long wasm took. The native side is a criterion bench, compiled as the module is but for size.
 * @returns {Promise<{work: string, wasm: object, native: object, ratio: number}[]>}
 */
export async function measureNative({ files, rounds }) {
  await runCriterion(files.arrow);
  const measured = [];
  for (const [work, name] of Object.entries(EXPORTS)) {
    const wasm = await timeWasm(work, files, rounds);
    const native = await estimateOf(name);
    measured.push({ work, wasm, native, ratio: wasm.median / native.median });
  }
  return measured;
}

async function runCriterion(arrow) {
  const { build } = await readShipped();
  const env = {
    CARGO_TARGET_DIR: targetDir,
    CARGO_PROFILE_BENCH_LTO: build.rustc.lto,
    CARGO_PROFILE_BENCH_CODEGEN_UNITS: String(build.rustc["codegen-units"]),
    TABLEPORT_BENCH_ARROW: arrow,
  };
  const cargo = (...args) =>
    run("cargo", ["bench", "--locked", "--bench", "export", ...args], { cwd: root, env, quiet: true });
  await step("compile the native bench (cargo)", () => cargo("--no-run"));
  await step("measure the native code (criterion)", () =>
    cargo("--", "--warm-up-time", "1", "--measurement-time", "3"),
  );
}

/** Seconds, with the bounds of criterion's confidence interval of 95 %. */
async function estimateOf(name) {
  const path = join(targetDir, "criterion", "native", name, "new", "estimates.json");
  const { median } = JSON.parse(await readFile(path, "utf8"));
  const seconds = (nanoseconds) => nanoseconds / 1e9;
  const { lower_bound: min, upper_bound: max } = median.confidence_interval;
  return { median: seconds(median.point_estimate), min: seconds(min), max: seconds(max) };
}

async function timeWasm(work, files, rounds) {
  const agent = await openNode({ peer: "tableport", work, files });
  try {
    await agent.run();
    const runs = [];
    for (let round = 0; round < rounds; round++) runs.push((await agent.run()).seconds);
    return spread(runs);
  } finally {
    await agent.close();
  }
}
