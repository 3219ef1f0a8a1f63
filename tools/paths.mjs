import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Everything that is built or installed lives here, outside the checkout, and survives a fresh clone. */
export const cacheDir =
  process.env.TABLEPORT_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tableport");

export const toolsDir = join(cacheDir, "tools");
export const targetDir = process.env.CARGO_TARGET_DIR || join(cacheDir, "target");
export const pkgDir = join(root, "pkg");
