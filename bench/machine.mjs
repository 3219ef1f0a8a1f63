import { cpus, totalmem } from "node:os";
import { root } from "../tools/paths.mjs";
import { capture } from "../tools/steps.mjs";

/** Where and of what something was measured. */
export async function machine() {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: await capture("git", ["rev-parse", "--short", "HEAD"], { cwd: root }),
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memory: totalmem(),
    node: process.versions.node,
  };
}
