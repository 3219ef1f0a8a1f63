import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildPackage } from "./package.mjs";
import { pkgDir, root } from "./paths.mjs";
import { npmTools } from "./setup.mjs";
import { readShipped } from "./shipped.mjs";
import { enforce, report } from "./sizes.mjs";
import { main, say, seconds } from "./steps.mjs";
import { buildWasm } from "./wasm.mjs";

/** Builds pkg/, the npm package. */
export async function build() {
  const start = performance.now();
  await npmTools();
  const shipped = await readShipped();
  const { sizes, hasOwnStd } = await buildWasm(shipped);
  await buildPackage(shipped);
  report(shipped.module, sizes);
  // A std that came compiled has its panics' messages.
  if (hasOwnStd) enforce(shipped.module, sizes);
  await writeFile(boundaryStamp, await boundaryHash());
  say(`pkg/ is ready for npm pack (${seconds(start)})`);
}

/** Builds if the Rust that says what JavaScript sees has changed: TypeScript's types depend on no other. */
export async function buildForTypes() {
  const built = existsSync(boundaryStamp) && (await readFile(boundaryStamp, "utf8"));
  if (built !== (await boundaryHash())) await build();
}

const boundaryStamp = join(pkgDir, ".boundary");

async function boundaryHash() {
  const directory = join(root, "src", "js");
  const hash = createHash("sha256");
  for (const name of (await readdir(directory)).filter((name) => name.endsWith(".rs")).sort())
    hash.update(name).update(await readFile(join(directory, name)));
  return hash.digest("hex");
}

if (process.argv[1] === import.meta.filename) await main(build);
