import { fileURLToPath } from "node:url";
import { python } from "../tools/setup.mjs";
import { run, StepError } from "../tools/steps.mjs";

const script = fileURLToPath(new URL("check.py", import.meta.url));

/**
 * Throws where an output does not hold the rows of the table that it was made from, cell by cell. Says what was
 * compared, and by whom.
 */
export async function check({ path, work, reference }) {
  const kind = work.slice(work.lastIndexOf("-") + 1);
  const { code, stdout, stderr } = await run(await python(), [script, reference, kind, path], {
    quiet: true,
    check: false,
  });
  if (code !== 0) throw new StepError(`${path} could not be checked: ${stderr.trim().split("\n").at(-1)}`);
  const { rows, differing } = JSON.parse(stdout);
  const wrong = Object.entries(differing).map(([column, cells]) => `${cells} of ${column}`);
  if (wrong.length > 0) throw new StepError(`${path} holds other cells than the table: ${wrong.join(", ")}`);
  return { by: "DuckDB", rows };
}
