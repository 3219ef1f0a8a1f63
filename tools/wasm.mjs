import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { markFresh, sourcesHash } from "./fresh.mjs";
import { root, targetDir } from "./paths.mjs";
import { wasmBindgen } from "./setup.mjs";
import { lockedVersion } from "./shipped.mjs";
import { measure } from "./sizes.mjs";
import { run, StepError, say, step } from "./steps.mjs";
import { wasmToolchain } from "./toolchain.mjs";

/** Where wasm-bindgen's output for a module is, kept between builds and copied into pkg/. */
export const glueDir = ({ name }) => join(targetDir, "glue", name.replaceAll("/", "+"));

/** Compiles the modules that have changed to wasm, and writes their glue. Returns the sizes of each, and what std is in them. */
export async function buildWasm(shipped) {
  const toolchain = await wasmToolchain();
  await markFresh();
  say(`    Rust for wasm: ${toolchain.name}`);
  const sizes = [];
  for (const module of shipped.module) sizes.push(await buildModule(shipped, module, toolchain));
  return { sizes, hasOwnStd: toolchain.hasOwnStd };
}

async function buildModule(shipped, module, toolchain) {
  const stamp = join(glueDir(module), "built.json");
  const key = await inputsHash(shipped, module, toolchain);
  const built = existsSync(stamp) && JSON.parse(await readFile(stamp, "utf8"));
  if (built.key === key) return built.sizes;

  const title = `compile ${module.name} to wasm (cargo)`;
  const sizes = await bind(shipped, module, await step(title, () => compile(shipped, module, toolchain)));
  await writeFile(stamp, JSON.stringify({ key, sizes }));
  return sizes;
}

/** Of all that a module is made of. */
async function inputsHash({ build, "wasm-bindgen": bindgen }, { features }, toolchain) {
  const hash = createHash("sha256").update(await sourcesHash(["src"]));
  for (const name of ["Cargo.toml", "Cargo.lock"]) hash.update(await readFile(join(root, name)));
  return hash.update(JSON.stringify([build, bindgen, features, toolchain])).digest("hex");
}

async function compile({ build }, { features }, toolchain) {
  const output = join(targetDir, build.target, build.profile, "deps", "tableport.wasm");
  // Modules share this name, and cargo would take the other's for this one.
  await rm(output, { force: true });
  const args = [
    ...["rustc", "--lib", "--crate-type", "cdylib", "--locked"],
    ...["--profile", build.profile, "--target", build.target],
    ...["--no-default-features", "--features", features.join(",")],
    ...[...packageLevels(build), ...toolchain.args, "--"],
    ...build["llvm-args"].map((argument) => `-Cllvm-args=${argument}`),
  ];
  await run(toolchain.cargo, args, {
    cwd: root,
    env: { ...toolchain.env, ...profileEnv(build, toolchain.profile), CARGO_TARGET_DIR: targetDir },
  });
  return output;
}

/** `[build.rustc]` as cargo's environment, so that it holds for the wasm and not for native builds. */
function profileEnv({ profile, rustc: { packages, ...settings } }, ofToolchain) {
  const prefix = `CARGO_PROFILE_${profile.toUpperCase()}_`;
  return Object.fromEntries(
    Object.entries({ ...settings, ...ofToolchain }).map(([key, value]) => [
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

async function bind(shipped, module, compiled) {
  const directory = glueDir(module);
  const output = await writeGlue(shipped, compiled, directory, shipped["wasm-bindgen"].flags);
  refuseStrayImports(await readFile(output), shipped["wasm-bindgen"]["out-name"]);
  return step("measure the module", async () => measure(await readFile(output)));
}

/** Compiles the main module and writes it into `directory` with its functions' names; gives its path. */
export async function buildNamed(shipped, directory) {
  const toolchain = await wasmToolchain();
  const [module] = shipped.module;
  const compiled = await step(`compile ${module.name} to wasm (cargo)`, () =>
    compile(shipped, module, toolchain),
  );
  const flags = shipped["wasm-bindgen"].flags.filter((flag) => flag !== "--remove-name-section");
  return writeGlue(shipped, compiled, directory, flags);
}

async function writeGlue(shipped, compiled, directory, flags) {
  const { target, "out-name": outName } = shipped["wasm-bindgen"];
  const version = await lockedVersion("wasm-bindgen");
  const command = await wasmBindgen(version);
  await rm(directory, { recursive: true, force: true });
  const args = ["--target", target, "--out-dir", directory, "--out-name", outName, ...flags, compiled];
  await step(`write the glue (wasm-bindgen ${version})`, () => run(command, args));
  return join(directory, `${outName}_bg.wasm`);
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
