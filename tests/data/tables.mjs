import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("fetch.py", import.meta.url));

/**
 * The paths of real tables by their names (`flights.csv`, `movies.json`, ...), fetched if they are not here yet.
 * @param {...string} names all of them if none is given
 * @returns {Promise<Record<string, string>>}
 */
export async function realTables(...names) {
  const python = process.env.TABLEPORT_PYTHON || "python3";
  const { stdout } = await promisify(execFile)(python, [script, ...names]);
  return JSON.parse(stdout);
}
