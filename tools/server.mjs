// A server in a process of its own, started so that it ends with whoever started it.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { StepError } from "./steps.mjs";

const SUPERVISOR = fileURLToPath(new URL("supervise.mjs", import.meta.url));
const START_TIMEOUT_MS = 60_000;
const LOG_LINES_KEPT = 60;

/**
 * Starts a server and waits until it says where it is: `{origin, stop}`. It ends with `stop()`, and with this process
 * however that ends; its directory goes with it.
 * @param {{name: string, command: string, args: string[], state: string, cwd?: string, env?: Record<string, string>,
 *   ready: RegExp, origin?: string, hear?: (text: string) => void}} server `state` is its directory; it is ready once it
 *   prints `ready`, whose first group is its origin where none is given; `hear` is told all that it prints
 */
export async function startServer({ name, command, args, state, cwd = state, env, ready, origin, hear }) {
  const child = spawn(process.execPath, [SUPERVISOR, state, command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  try {
    return { origin: (await announced(name, child, exited, ready, hear)) ?? origin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The origin that the server announces, if any, once it is ready. Its output is read to the end, or a full pipe would stop it. */
function announced(name, child, exited, ready, hear) {
  return new Promise((resolve, reject) => {
    const log = [];
    const fail = (what) => {
      clearTimeout(timer);
      const text = stripVTControlCharacters(log.join("\n"));
      reject(new StepError(`${what}: ${/\[ERROR\] (.*)/.exec(text)?.[1] ?? text}`));
    };
    const timer = setTimeout(
      () => fail(`${name} did not start in ${START_TIMEOUT_MS / 1000} s`),
      START_TIMEOUT_MS,
    );
    exited.then((code) => fail(`${name} ended with code ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text) => {
        hear?.(text);
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        log.push(...lines);
        log.splice(0, log.length - LOG_LINES_KEPT);
        const found = ready.exec(lines.join("\n"));
        if (!found) return;
        clearTimeout(timer);
        resolve(found[1]);
      });
    }
  });
}

/** A port of 127.0.0.1 that nobody has, for servers that do not say which one they were given. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
