import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pkgDir } from "../../tools/paths.mjs";
import { python } from "../../tools/setup.mjs";
import { measure } from "../../tools/sizes.mjs";
import { run } from "../../tools/steps.mjs";

const script = fileURLToPath(new URL("pyarrow_size.py", import.meta.url));

/** Bytes of every wasm module of the package, raw, gzip 9 and brotli 11, by its path. */
export async function measureModules() {
  const names = (await readdir(pkgDir, { recursive: true })).filter((name) => name.endsWith(".wasm"));
  const sizes = await Promise.all(names.map(async (name) => measure(await readFile(join(pkgDir, name)))));
  return Object.fromEntries(names.map((name, at) => [name, sizes[at]]));
}

/** Bytes of pyarrow's Parquet file of a table, settings left alone. */
export async function pyarrowSize({ files }) {
  const { stdout } = await run(await python(), [script, files.arrow], { quiet: true });
  return Number(stdout);
}
