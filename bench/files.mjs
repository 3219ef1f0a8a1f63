import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDir } from "../tools/paths.mjs";
import { npmLocked } from "../tools/setup.mjs";
import { run, step } from "../tools/steps.mjs";

const here = dirname(fileURLToPath(import.meta.url));
export const cache = join(cacheDir, "bench");

/** Installs the peers into the cache, and lets the modules here find them. */
export async function installPeers() {
  const installed = await npmLocked(here, "install what we are measured against (npm ci)");
  const link = join(here, "node_modules");
  await rm(link, { force: true });
  await symlink(join(installed, "node_modules"), link);
}

/** The files of a table of so many rows, made if they are not in the cache yet: `{arrow, csv}`, their paths. */
export async function tableFiles({ table, rows, columns = "" }) {
  const directory = join(cache, `${table}-${rows}${columns && `x${columns}`}-${await digestOfTables()}`);
  if (!existsSync(directory)) {
    await step(`make the table ${table} of ${rows.toLocaleString("en")} rows`, async () => {
      const making = `${directory}.${process.pid}`;
      await mkdir(making, { recursive: true });
      const args = ["--max-old-space-size=16384", join(here, "prepare.mjs"), table, rows, columns, making];
      await run(process.execPath, args.map(String), { quiet: true });
      await rename(making, directory);
    });
  }
  return { arrow: join(directory, "table.arrow"), csv: join(directory, "table.csv") };
}

let digest;
async function digestOfTables() {
  if (digest) return digest;
  const hash = createHash("sha256");
  for (const name of (await readdir(join(here, "tables"))).sort())
    hash.update(await readFile(join(here, "tables", name)));
  digest = hash.digest("hex").slice(0, 8);
  return digest;
}
