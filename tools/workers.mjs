// `wrangler dev`, started so that it ends with whoever started it.
import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { wrangler } from "./setup.mjs";
import { StepError } from "./steps.mjs";

const SUPERVISOR = fileURLToPath(new URL("supervise.mjs", import.meta.url));
const START_TIMEOUT_MS = 60_000;
const LOG_LINES_KEPT = 60;

/**
 * Starts Workers on 127.0.0.1 and waits until they answer: `{origin, stop}`.
 *
 * They end with `stop()`, and with this process however that ends; what they stored goes with them, unless
 * `persistTo` names a directory of the caller's.
 * @param {{configs: string[], port?: number, persistTo?: string}} options the wrangler.jsonc of each Worker, the
 *   first the one that is reached from outside; port 0, the default, is a free one
 */
export async function startWorkers({ configs, port = 0, persistTo }) {
  const { command, args, env } = await wrangler();
  const state = await mkdtemp(join(tmpdir(), "tableport-workers-"));
  const options = {
    "--ip": "127.0.0.1",
    "--port": port,
    "--inspector-port": 0,
    "--persist-to": persistTo ?? join(state, "r2"),
    "--show-interactive-dev-session": false,
  };
  const flags = [
    ...configs.map((config) => `--config=${config}`),
    ...Object.entries(options).map(([name, value]) => `${name}=${value}`),
  ];
  const child = spawn(process.execPath, [SUPERVISOR, state, command, ...args, "dev", ...flags], {
    cwd: dirname(configs[0]),
    env: { ...process.env, ...env, ...quiet(state) },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  try {
    return { origin: await ready(child, exited), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Nothing is reported to anyone, fetched from anywhere or left in the home directory. */
function quiet(state) {
  return {
    NO_COLOR: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_WRITE_LOGS: "false",
    WRANGLER_LOG: "log",
    XDG_CONFIG_HOME: state,
    WRANGLER_CACHE_DIR: join(state, "cache"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    X_LOCAL_EXPLORER: "false",
    X_LOCAL_OBSERVABILITY: "false",
  };
}

/** The origin that wrangler announces. Its output is read to the end, or a full pipe would stop it. */
function ready(child, exited) {
  return new Promise((resolve, reject) => {
    const log = [];
    const fail = (what) => {
      clearTimeout(timer);
      const text = stripVTControlCharacters(log.join("\n"));
      reject(new StepError(`${what}: ${/\[ERROR\] (.*)/.exec(text)?.[1] ?? text}`));
    };
    const timer = setTimeout(
      () => fail(`wrangler did not start in ${START_TIMEOUT_MS / 1000} s`),
      START_TIMEOUT_MS,
    );
    exited.then((code) => fail(`wrangler ended with code ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        log.push(...lines);
        log.splice(0, log.length - LOG_LINES_KEPT);
        const origin = /Ready on (http:\/\/127\.0\.0\.1:\d+)/.exec(lines.join("\n"))?.[1];
        if (!origin) return;
        clearTimeout(timer);
        resolve(origin);
      });
    }
  });
}
