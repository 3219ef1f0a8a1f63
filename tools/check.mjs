import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildForTypes } from "./build.mjs";
import { markFresh } from "./fresh.mjs";
import { root, targetDir } from "./paths.mjs";
import { npmBin, npmTools } from "./setup.mjs";
import { main, run, StepError, step } from "./steps.mjs";
import { runSuite, summary } from "./suites.mjs";

const typeScriptProjects = [
  "tsconfig.json",
  "tests/tsconfig.json",
  "www/tsconfig.json",
  "edge/tsconfig.json",
];
const cargo = (...args) => run("cargo", args, { cwd: root, env: { CARGO_TARGET_DIR: targetDir } });

/** What the crate's features leave out must leave nothing behind. */
const lintText = () => cargo("clippy", "--locked", "--lib", "--no-default-features", "--", "-D", "warnings");

/** Lints src/js as well, compiled for this machine: there is no clippy with a std for wasm everywhere. */
const lintBoundary = () =>
  run("cargo", ["clippy", "--locked", "--lib", "--", "-D", "warnings"], {
    cwd: root,
    env: { CARGO_TARGET_DIR: join(targetDir, "boundary"), RUSTFLAGS: "--cfg boundary" },
  });

/** Format, lints and types; every one is run, so that one pass shows all there is to mend. */
export async function lint() {
  await npmTools();
  await markFresh();
  const failed = [];
  const attempt = (title, work) => step(title, work).catch((error) => failed.push([title, error]));
  await attempt("rustfmt", () => cargo("fmt", "--check"));
  await attempt("clippy", () => cargo("clippy", "--locked", "--all-targets", "--", "-D", "warnings"));
  await attempt("clippy, csv and jsonl alone", lintText);
  await attempt("clippy, the boundary", lintBoundary);
  await attempt("biome", () => run(npmBin("biome"), ["check", "--error-on-warnings"], { cwd: root }));
  await attempt("the types of the glue", buildForTypes);
  for (const project of typeScriptProjects.filter((path) => existsSync(join(root, path))))
    await attempt(`tsc ${project}`, () =>
      run(npmBin("tsc"), ["--noEmit", "--project", project], { cwd: root }),
    );
  if (failed.length === 0) return;
  const said = failed.map(([title, error]) => `  ${title}: ${error.message}`).join("\n");
  throw new StepError(`These did not pass:\n${said}`);
}

if (process.argv[1] === import.meta.filename)
  await main(async () => {
    await lint();
    summary([await runSuite("native")]);
  });
