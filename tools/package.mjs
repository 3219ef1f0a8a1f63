import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pkgDir, root } from "./paths.mjs";
import { npmBin } from "./setup.mjs";
import { readToml } from "./shipped.mjs";
import { run, step } from "./steps.mjs";
import { glueDir } from "./wasm.mjs";

/**
 * Writes pkg/ anew: the compiled TypeScript beside each module, package.json and the texts.
 *
 * Each module has the same JavaScript in its own folder, under the same names: what imports two shares no state
 * between them, and neither a bundler nor the worker has to be told which is which.
 */
export async function buildPackage(shipped) {
  await step("write pkg/ (tsc)", async () => {
    const outName = shipped["wasm-bindgen"]["out-name"];
    const [main, ...others] = shipped.module;
    await rm(pkgDir, { recursive: true, force: true });
    await mkdir(pkgDir);
    await copyGlue(main, outName, [`${outName}.js`, `${outName}.d.ts`]);
    await run(npmBin("tsc"), ["--project", "tsconfig.json"], { cwd: root });
    const scripts = (await readdir(pkgDir, { recursive: true })).filter((name) => name.endsWith(".js"));
    for (const module of others) {
      for (const name of scripts) await cp(join(pkgDir, name), join(pkgDir, module.path, name));
      await copyGlue(module, outName, [`${outName}.js`]);
    }
    for (const name of ["README.md", "LICENSE-MIT", "LICENSE-APACHE"])
      if (existsSync(join(root, name))) await copyFile(join(root, name), join(pkgDir, name));
    const { package: crate } = await readToml("Cargo.toml");
    const text = JSON.stringify(manifest(crate, shipped.module, outName), null, 2);
    await writeFile(join(pkgDir, "package.json"), `${text}\n`);
  });
}

async function copyGlue(module, outName, texts) {
  for (const name of [...texts, `${outName}_bg.wasm`])
    await copyFile(join(glueDir(module), name), join(pkgDir, module.path, name));
}

function manifest(crate, modules, outName) {
  return {
    name: crate.name,
    version: crate.version,
    description: crate.description,
    license: crate.license,
    type: "module",
    engines: { node: ">=20" },
    exports: {
      ...Object.assign({}, ...modules.map((module) => exportsOf(module, outName))),
      "./package.json": "./package.json",
    },
    types: "./index.d.ts",
    // An entry point tells the shared module where its wasm is; a bundler must not drop that.
    sideEffects: modules.flatMap(({ path }) =>
      ["browser.js", "node.js", "workerd.js", "worker/worker.js"].map((name) => `./${join(path, name)}`),
    ),
    files: ["**/*.js", "**/*.d.ts", "**/*.wasm", "LICENSE-*"],
  };
}

/** The types are the same for each module. */
function exportsOf({ path }, outName) {
  const file = (name) => `./${join(path, name)}`;
  return {
    [path ? `./${path}` : "."]: {
      types: "./index.d.ts",
      workerd: file("workerd.js"),
      browser: file("browser.js"),
      deno: file("node.js"),
      bun: file("node.js"),
      node: file("node.js"),
      default: file("browser.js"),
    },
    [file(`${outName}_bg.wasm`)]: file(`${outName}_bg.wasm`),
  };
}
