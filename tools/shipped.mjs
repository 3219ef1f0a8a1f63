import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { StepError } from "./steps.mjs";

/** A TOML file of the checkout. The parser is a development tool: npmTools() comes first. */
export async function readToml(name) {
  const { parse } = await import("smol-toml");
  return parse(await readFile(join(root, name), "utf8"));
}

/** wasm-pack.toml: what we ship. */
export const readShipped = () => readToml("wasm-pack.toml");

/** The version of `crate` in Cargo.lock. */
export async function lockedVersion(crate) {
  const { package: packages } = await readToml("Cargo.lock");
  const found = packages.find(({ name }) => name === crate);
  if (!found) throw new StepError(`Cargo.lock has no ${crate}.`);
  return found.version;
}
