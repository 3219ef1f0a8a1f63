// The modules of edge/ that need no Worker, compiled for Node.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const execute = promisify(execFile);

/** Imports modules of edge/ by their paths without extension: what each exports, in the same order. */
export async function importEdge(...names) {
  // Laid out as the checkout is, for what is imported of pkg/.
  const folder = await mkdtemp(join(tmpdir(), "tableport-edge-"));
  try {
    await mkdir(join(folder, "pkg"));
    await symlink(join(root, "pkg", "stores"), join(folder, "pkg", "stores"));
    // What workerd imports a module of wasm by, Node does not.
    const nodes = pathToFileURL(join(root, "pkg", "node.js"));
    await writeFile(join(folder, "pkg", "workerd.js"), `export * from "${nodes}";`);
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), '{"type": "module"}');
    const project = join(folder, "tsconfig.json");
    await writeFile(project, JSON.stringify(projectOf(names, join(folder, "edge"))));
    await execute(join(root, "node_modules", ".bin", "tsc"), ["--project", project]).catch(({ stdout }) => {
      throw new Error(stdout);
    });
    return await Promise.all(names.map((name) => import(pathToFileURL(join(folder, "edge", `${name}.js`)))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const projectOf = (names, outDir) => ({
  extends: join(root, "edge", "tsconfig.json"),
  compilerOptions: {
    noEmit: false,
    outDir,
    rootDir: join(root, "edge"),
    types: [join(root, "node_modules", "@cloudflare", "workers-types")],
  },
  include: [],
  files: names.map((name) => join(root, "edge", `${name}.ts`)),
});
