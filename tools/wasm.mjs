import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { markFresh } from "./fresh.mjs";
import { root, targetDir } from "./paths.mjs";
import { wasmBindgen } from "./setup.mjs";
import { lockedVersion } from "./shipped.mjs";
import { measure } from "./sizes.mjs";
import { run, StepError, say, step } from "./steps.mjs";
import { wasmToolchain } from "./toolchain.mjs";

/** wasm-bindgen's output, kept between builds and copied into pkg/. */
export const glueDir = join(targetDir, "glue");

/** Compiles the crate to wasm and writes the glue; does again only what has changed. Returns the sizes. */
export async function buildWasm(shipped) {
  const toolchain = await wasmToolchain();
  await markFresh();
  say(`    Rust for wasm: ${toolchain.name}`);
  const module = await step("compile the crate to wasm (cargo)", () => compile(shipped, toolchain));
  return bind(shipped, module);
}

async function compile({ build }, toolchain) {
  const features = build.features.length ? ["--features", build.features.join(",")] : [];
  const args = ["build", "--lib", "--locked", "--profile", build.profile, "--target", build.target];
  await run(toolchain.cargo, [...args, ...features, ...packageLevels(build), ...toolchain.args], {
    cwd: root,
    env: { ...toolchain.env, ...profileEnv(build), CARGO_TARGET_DIR: targetDir },
  });
  return join(targetDir, build.target, build.profile, "tableport.wasm");
}

/** `[build.rustc]` as cargo's environment, so that it holds for the wasm and not for native builds. */
function profileEnv({ profile, rustc: { packages, ...settings } }) {
  const prefix = `CARGO_PROFILE_${profile.toUpperCase()}_`;
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      prefix + key.toUpperCase().replaceAll("-", "_"),
      String(value),
    ]),
  );
}

/** `[build.rustc.packages]` as cargo's arguments: its environment has no word for single packages. */
function packageLevels({ profile, rustc }) {
  return Object.entries(rustc.packages["opt-level"]).flatMap(([level, names]) =>
    names.flatMap((name) => ["--config", `profile.${profile}.package.${name}.opt-level="${level}"`]),
  );
}

async function bind(shipped, module) {
  const { target, "out-name": outName, flags } = shipped["wasm-bindgen"];
  const version = await lockedVersion("wasm-bindgen");
  const bytes = await readFile(module);
  const key = createHash("sha256")
    .update(bytes)
    .update(JSON.stringify([version, shipped["wasm-bindgen"]]))
    .digest("hex");

  const stamp = join(glueDir, "built.json");
  const built = existsSync(stamp) && JSON.parse(await readFile(stamp, "utf8"));
  if (built.key === key) return built.sizes;

  const command = await wasmBindgen(version);
  await rm(glueDir, { recursive: true, force: true });
  const args = ["--target", target, "--out-dir", glueDir, "--out-name", outName, ...flags, module];
  await step(`write the glue (wasm-bindgen ${version})`, () => run(command, args));
  const output = join(glueDir, `${outName}_bg.wasm`);
  refuseStrayImports(await readFile(output), outName);
  const sizes = await step("measure the module", async () => measure(await readFile(output)));
  await writeFile(stamp, JSON.stringify({ key, sizes }));
  return sizes;
}

/** C code that expects a libc shows as an import from `env`, which no runtime could give. */
function refuseStrayImports(bytes, outName) {
  const stray = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter(
    ({ module }) => module !== `./${outName}_bg.js`,
  );
  if (stray.length === 0) return;
  const names = stray.map(({ module, name }) => `${module}.${name}`).join(", ");
  throw new StepError(`The module imports what no runtime gives: ${names}`);
}
