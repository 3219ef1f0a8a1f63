// What `wrangler deploy` would send of edge/, without an account.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../tools/paths.mjs";
import { runWrangler } from "../../tools/workers.mjs";

/** Bytes of a Worker that Cloudflare takes, compressed, of an account that pays nothing. */
const MOST = 3 << 20;

test("the Worker can be deployed", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "tableport-deploy-"));
  try {
    await mkdir(join(root, "www/dist"), { recursive: true });
    const config = join(root, "edge/wrangler.jsonc");
    const printed = await runWrangler(["deploy", "--dry-run", `--config=${config}`, `--outdir=${folder}`]);
    const [, number, unit] = /gzip: ([\d.]+) (KiB|MiB)/.exec(printed) ?? [];
    const size = Number(number) * (unit === "MiB" ? 1 << 20 : 1 << 10);
    assert.ok(size > 1 << 18 && size < MOST, printed);
    for (const name of ["RECORDS", "TASKS", "EXPORTS", "TABLE_OBJECTS", "RESULTS", "DATABASE", "ASSETS"])
      assert.match(printed, new RegExp(`env\\.${name}\\b`));
    const wasm = (await readdir(folder)).find((name) => name.endsWith(".wasm"));
    assert.ok((await stat(join(folder, wasm))).size > 1 << 20);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
