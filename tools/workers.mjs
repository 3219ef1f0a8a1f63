// `wrangler dev`, started so that it ends with whoever started it.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { startServer } from "./server.mjs";
import { wrangler } from "./setup.mjs";

/**
 * Starts Workers on 127.0.0.1 and waits until they answer: `{origin, stop}`.
 *
 * They end with `stop()`, and with this process however that ends; what they stored goes with them, unless
 * `persistTo` names a directory of the caller's.
 * @param {{configs: string[], port?: number, persistTo?: string, vars?: Record<string, unknown>,
 *   hear?: (text: string) => void}} options the
 *   wrangler.jsonc of each Worker, the first the one that is reached from outside; port 0, the default, is a free one;
 *   `vars` in the place of the configured ones; `hear` is told what they print
 */
export async function startWorkers({ configs, port = 0, persistTo, vars = {}, hear }) {
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
    ...Object.entries(vars).map(([name, value]) => `--var=${name}:${JSON.stringify(value)}`),
  ];
  return startServer({
    name: "wrangler",
    command,
    args: [...args, "dev", ...flags],
    state,
    cwd: dirname(configs[0]),
    env: { ...env, ...quiet(state) },
    ready: /Ready on (http:\/\/127\.0\.0\.1:\d+)/,
    hear,
  });
}

/** Runs a command of wrangler's to its end; gives what it printed. */
export async function runWrangler(asked) {
  const { command, args, env } = await wrangler();
  const state = await mkdtemp(join(tmpdir(), "tableport-wrangler-"));
  try {
    const settings = { env: { ...process.env, ...env, ...quiet(state) } };
    return (await promisify(execFile)(command, [...args, ...asked], settings)).stdout;
  } finally {
    await rm(state, { recursive: true, force: true });
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
