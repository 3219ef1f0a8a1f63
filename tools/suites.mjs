import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root, targetDir } from "./paths.mjs";
import { chromium, node24, python } from "./setup.mjs";
import { run, StepError, say, step } from "./steps.mjs";

/** What suites need installed, each handed to them in an environment variable. */
const needs = {
  python: async () => ({ TABLEPORT_PYTHON: await python() }),
  chromium: async () => ({ CHROMIUM_PATH: await chromium() }),
  node24: async () => ({ TABLEPORT_NODE24: join(await node24(), "node") }),
};

// A test that hangs is ended after ten minutes, so that it fails by name and the rest is heard.
const nodeTest = [
  ...["node", "--test", "--test-reporter=spec", "--test-timeout=1200000"],
  "--import=./tests/runtime/canary/preload.mjs",
];

/** Every suite of `make test`, one a line. A `*` stands for the files of its directory. */
const suites = {
  native: { command: ["cargo", "test", "--locked", "--no-fail-fast"], needs: [] },
  // The crate without its features.
  text: {
    command: [
      ...["cargo", "test", "--locked", "--no-fail-fast", "--no-default-features", "--lib"],
      ...["golden", "encode_text"].flatMap((name) => ["--test", name]),
    ],
    needs: [],
  },
  runtimes: {
    command: [...nodeTest, "tests/runtime/*.test.mjs"],
    needs: ["python", "chromium", "node24"],
  },
  // What is said of Node, of exports in a worker.
  threads: {
    command: [
      ...nodeTest,
      "--import=./tests/runtime/threads/preload.mjs",
      ...["job", "uploads", "types", "arrow", "bad-input"].map((name) => `tests/runtime/${name}.test.mjs`),
    ],
    needs: ["python"],
  },
};

export const suiteNames = Object.keys(suites);

/** Runs one suite to its end, failing or not. Returns `{name, passed, failed}`. */
export async function runSuite(name) {
  const { command, needs: wanted } = suites[name];
  const env = { CARGO_TARGET_DIR: targetDir, NODE_OPTIONS: "" };
  for (const need of wanted) Object.assign(env, await needs[need]());
  const [program, ...args] = (await Promise.all(command.map(expand))).flat();
  const title = `tests: ${name}`;
  const counts = { name, passed: 0, failed: 0 };
  await step(title, async () => {
    const { code, stdout } = await run(program, args, { cwd: root, env, check: false });
    Object.assign(counts, count(stdout));
    // A crash, a file that does not load or a suite without tests is a failure that no runner counts.
    if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1;
    if (counts.failed > 0) throw new StepError(`${name}: ${counts.failed} failed`);
  }).catch((error) => {
    if (!(error instanceof StepError)) throw error;
    counts.failed ||= 1;
  });
  return counts;
}

/** The tests that cargo, node, pytest or unittest say they ran; one that was skipped counts as failed. */
function count(output) {
  const total = { passed: 0, failed: 0 };
  const add = (key, pattern) => {
    for (const [, number] of output.matchAll(pattern)) total[key] += Number(number);
  };
  add("passed", /^test result: .*?(\d+) passed/gm);
  add("failed", /^test result: .*?(\d+) failed/gm);
  add("failed", /^test result: .*?(\d+) ignored/gm);
  add("passed", /^(?:#|ℹ) pass (\d+)$/gm);
  add("failed", /^(?:#|ℹ) (?:fail|cancelled|skipped|todo) (\d+)$/gm);
  return total;
}

async function expand(argument) {
  if (!argument.includes("*")) return [argument];
  const directory = dirname(argument);
  const [start, end] = argument.slice(directory.length + 1).split("*");
  const names = await readdir(join(root, directory)).catch(() => []);
  const found = names.filter((name) => name.startsWith(start) && name.endsWith(end)).sort();
  if (found.length === 0) throw new StepError(`No file is called ${argument}`);
  return found.map((name) => join(directory, name));
}

/** The closing line. Any failure makes the exit code 1. */
export function summary(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  say("");
  for (const { name, passed, failed } of results)
    say(`${name.padEnd(12)} ${passed} passed, ${failed} failed`);
  if (sum("failed") > 0) process.exitCode = 1;
  say(`\n${sum("passed")} passed, ${sum("failed")} failed`);
}
