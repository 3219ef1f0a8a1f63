import { existsSync } from "node:fs";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pkgDir, root } from "./paths.mjs";
import { npmBin } from "./setup.mjs";
import { readToml } from "./shipped.mjs";
import { run, step } from "./steps.mjs";
import { glueDir } from "./wasm.mjs";

/** Writes pkg/ anew: the glue, the compiled TypeScript, package.json and the texts. */
export async function buildPackage(shipped) {
  await step("write pkg/ (tsc)", async () => {
    const outName = shipped["wasm-bindgen"]["out-name"];
    await rm(pkgDir, { recursive: true, force: true });
    await mkdir(pkgDir);
    for (const name of [`${outName}.js`, `${outName}.d.ts`, `${outName}_bg.wasm`])
      await copyFile(join(glueDir, name), join(pkgDir, name));
    await run(npmBin("tsc"), ["--project", "tsconfig.json"], { cwd: root });
    for (const name of ["README.md", "LICENSE-MIT", "LICENSE-APACHE"])
      if (existsSync(join(root, name))) await copyFile(join(root, name), join(pkgDir, name));
    const { package: crate } = await readToml("Cargo.toml");
    await writeFile(join(pkgDir, "package.json"), `${JSON.stringify(manifest(crate, outName), null, 2)}\n`);
  });
}

function manifest(crate, outName) {
  return {
    name: crate.name,
    version: crate.version,
    description: crate.description,
    license: crate.license,
    type: "module",
    engines: { node: ">=20" },
    exports: {
      ".": {
        types: "./index.d.ts",
        workerd: "./workerd.js",
        browser: "./browser.js",
        deno: "./node.js",
        bun: "./node.js",
        node: "./node.js",
        default: "./browser.js",
      },
      [`./${outName}_bg.wasm`]: `./${outName}_bg.wasm`,
      "./package.json": "./package.json",
    },
    types: "./index.d.ts",
    // An entry point tells the shared module where its wasm is; a bundler must not drop that.
    sideEffects: ["./browser.js", "./node.js", "./workerd.js", "./worker/worker.js"],
    files: ["**/*.js", "**/*.d.ts", "*.wasm", "LICENSE-*"],
  };
}
