// The Worker of edge/ with accounts and tables of a test's own.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startStore } from "../../tools/store.mjs";
import { runWrangler } from "../../tools/workers.mjs";

const CONFIG = fileURLToPath(new URL("../../edge/wrangler.jsonc", import.meta.url));

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Tokens and keys of two accounts that have nothing in common but a dataset. */
export const ACCOUNTS = {
  ada: {
    tokens: [
      { sha256: sha256("token-of-ada") },
      { sha256: sha256("old-token"), expires: "2026-01-01T00:00:00Z" },
    ],
    keys: [{ accessKey: "key-of-ada", secretKey: "secret-of-ada" }],
    projects: ["one"],
    datasets: ["open", "own"],
    buckets: ["exports"],
  },
  bob: {
    tokens: [{ sha256: sha256("token-of-bob") }],
    keys: [{ accessKey: "key-of-bob", secretKey: "secret-of-bob" }],
    projects: ["two"],
    datasets: ["open"],
    buckets: [],
  },
};
export const LIMITS = { waiting: 1000, tasks: 64, shardBytes: 1 << 28, silence: 60_000 };

/**
 * Starts the service, with these tables' files in its bucket.
 * @param {{files?: Record<string, Uint8Array | string>, tables?: object, vars?: object, persistTo?: string,
 *   port?: number, hear?: (text: string) => void}} options
 */
export async function startService({ files = {}, tables = {}, vars = {}, ...options }) {
  const store = await startStore({ ...options, vars: { ACCOUNTS, LIMITS, TABLES: tables, ...vars } });
  const { origin, endpoint, putTable } = store;
  for (const [key, body] of Object.entries(files)) await putTable(key, body);
  return {
    origin,
    endpoint,
    putTable,
    stop: store.stop,
    /** The answer to a request of ada's, or of whoever has the token: `{status, headers, body}`. */
    async call(path, { token = "token-of-ada", body, method = body ? "POST" : "GET", headers = {} } = {}) {
      const response = await fetch(origin + path, {
        method,
        headers: { authorization: `Bearer ${token}`, ...headers },
        body: typeof body === "object" && !ArrayBuffer.isView(body) ? JSON.stringify(body) : body,
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.startsWith("application/json");
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
    /** An object of the bucket of exports. */
    async object(name) {
      const response = await fetch(`${origin}/objects/${name}`);
      return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
    },
    /** The names of what is there. */
    async objects() {
      const { objects } = await (await fetch(`${origin}/objects`)).json();
      return objects.map(({ name }) => name).sort();
    },
  };
}

/** Asks until the answer is as it is to be. */
export async function until(ask, isAsWanted) {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await ask();
    if (isAsWanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("it never came to that");
}

/** Runs SQL in the service's database, before it is started on the same state. */
export async function fillDatabase(persistTo, sql) {
  const file = join(persistTo, "fill.sql");
  await mkdir(persistTo, { recursive: true });
  await writeFile(file, sql);
  const flags = ["--local", `--persist-to=${persistTo}`, `--config=${CONFIG}`, `--file=${file}`];
  await runWrangler(["d1", "execute", "tables", ...flags]);
}

/** An expression of Earth Engine's that is a table. */
export const loadTable = (tableId) => ({
  result: "0",
  values: {
    0: {
      functionInvocationValue: {
        functionName: "Collection.loadTable",
        arguments: { tableId: { constantValue: tableId } },
      },
    },
  },
});
