// The embedded store: the Worker of edge/ under `wrangler dev`, whose local R2 speaks S3 with SigV4 checked.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { createSigner } from "../edge/sign.js";
import { wrangler } from "./setup.mjs";
import { StepError } from "./steps.mjs";

const EDGE = fileURLToPath(new URL("../edge", import.meta.url));
const ASSETS = fileURLToPath(new URL("../www/dist", import.meta.url));
const SUPERVISOR = fileURLToPath(new URL("supervise.mjs", import.meta.url));
const START_TIMEOUT_MS = 60_000;
const LOG_LINES_KEPT = 60;

/**
 * Starts the store on 127.0.0.1 and waits until it answers.
 *
 * It ends with `stop()`, and with this process however that ends; its objects go with it, unless `persistTo` names
 * a directory of the caller's.
 * @param {{port?: number, persistTo?: string}} [options] port 0, the default, is a free one
 */
export async function startStore({ port = 0, persistTo } = {}) {
  const [{ command, args, env }, config] = await Promise.all([wrangler(), readConfig()]);
  const state = await mkdtemp(join(tmpdir(), "tableport-store-"));
  await mkdir(ASSETS, { recursive: true });
  const options = {
    "--config": join(EDGE, "wrangler.jsonc"),
    "--ip": "127.0.0.1",
    "--port": port,
    "--inspector-port": 0,
    "--persist-to": persistTo ?? join(state, "r2"),
    "--show-interactive-dev-session": false,
  };
  const flags = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  const child = spawn(process.execPath, [SUPERVISOR, state, command, ...args, "dev", ...flags], {
    cwd: EDGE,
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
    const origin = await ready(child, exited);
    const [{ bucket_name: bucket, local_dev }] = config.r2_buckets;
    const { accessKeyId, secretAccessKey } = local_dev.experimental_s3_credentials;
    const store = {
      endpoint: `${origin}/cdn-cgi/local/r2/s3`,
      bucket,
      accessKeyId,
      secretAccessKey,
      region: "auto",
    };
    return { origin, ...store, sign: createSigner(store), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readConfig() {
  const text = await readFile(join(EDGE, "wrangler.jsonc"), "utf8");
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ""));
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
      () => fail(`the store did not start in ${START_TIMEOUT_MS / 1000} s`),
      START_TIMEOUT_MS,
    );
    exited.then((code) => fail(`the store ended with code ${code}`));
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
