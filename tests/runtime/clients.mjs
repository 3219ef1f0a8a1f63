// The official clients of the APIs that the Worker speaks, each driven by a script of tests/clients.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { officialClients } from "../../tools/setup.mjs";

const execute = promisify(execFile);
const scripts = new URL("../clients/", import.meta.url);

/** Runs a script with what it is asked; gives what it saw, and throws with what it prints where it fails. */
export async function runClient(name, asked) {
  const script = fileURLToPath(new URL(`${name}.py`, scripts));
  try {
    const { stdout } = await execute(await officialClients(), [script, JSON.stringify(asked)]);
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(`${name} ended with ${error.code}\n${error.stdout}${error.stderr}`);
  }
}
