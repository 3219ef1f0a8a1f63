import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkTypes, installedApp } from "./support.mjs";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
let app;

before(async () => {
  app = await installedApp();
});

after(() => rm(app, { recursive: true, force: true }));

const inApp = (source, conditions = []) =>
  execute(
    process.execPath,
    [...conditions.map((name) => `--conditions=${name}`), "--input-type=module", "-e", source],
    {
      cwd: app,
    },
  ).then(({ stdout }) => stdout.trim());

test("each runtime's condition chooses its entry point", async () => {
  const resolved = (specifier) => `console.log(import.meta.resolve("${specifier}").split("/tableport/")[1])`;
  for (const [specifier, folder] of [
    ["tableport", ""],
    ["tableport/text", "text/"],
  ]) {
    const script = resolved(specifier);
    assert.equal(await inApp(script), `${folder}node.js`);
    for (const [condition, entry] of [
      ["browser", "browser.js"],
      ["workerd", "workerd.js"],
      ["deno", "node.js"],
      ["bun", "node.js"],
    ])
      assert.equal(await inApp(script, [condition]), folder + entry, condition);
    // wrangler asks for workerd and browser together.
    assert.equal(await inApp(script, ["workerd", "browser"]), `${folder}workerd.js`);
  }
});

test("what is installed imports, and exports the same from every entry point", async () => {
  const names = 'console.log(Object.keys(await import("tableport")).sort().join())';
  const node = await inApp(names);
  assert.match(node, /\bconfigure\b/);
  assert.equal(await inApp(names, ["browser"]), node);
});

test("a strict TypeScript project takes the package's types", async () => {
  await writeFile(
    join(app, "app.ts"),
    'import * as tableport from "tableport";\nexport const { configure } = tableport;\n',
  );
  await checkTypes(app, "app.ts");
});

test("the package is of the crate's version, and carries its licences", async () => {
  const installed = join(app, "node_modules", "tableport");
  const { version } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  assert.match(await readFile(join(root, "Cargo.toml"), "utf8"), new RegExp(`^version = "${version}"$`, "m"));
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) await readFile(join(installed, name));
});
