import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pkgDir } from "../../tools/paths.mjs";
import { wrangler } from "../../tools/setup.mjs";
import { spread } from "../statistics.mjs";

const EXPORTING = `
import { exportTable } from "./pkg/workerd.js";
export default {
  async fetch() {
    const { readable, writable } = new TransformStream();
    const destination = { type: "stream", open: () => writable };
    exportTable({ source: [{ id: 1, name: "one" }], format: "csv", destination });
    return new Response(readable);
  },
};`;
const EMPTY = `export default { fetch: () => new Response("id,name") };`;

/**
 * Milliseconds that importing the package, loading its wasm and exporting up to the first byte add to a Worker's first
 * answer: from the start of workerd, less what a Worker takes that has the same files beside it and answers at once.
 */
export async function measureWorkerd({ rounds }) {
  const folder = await mkdtemp(join(tmpdir(), "tableport-workerd-"));
  try {
    // The other module's files are of no use to what imports this one.
    const isOurs = (path) => path !== join(pkgDir, "text");
    await cp(pkgDir, join(folder, "pkg"), { recursive: true, filter: isOurs });
    const files = (await readdir(join(folder, "pkg"), { recursive: true })).filter((name) =>
      /\.(js|wasm)$/.test(name),
    );
    const typeOf = (name) => (name.endsWith(".wasm") ? "wasm" : "esModule");
    await writeWorker(folder, "exporting", EXPORTING, files, typeOf);
    await writeWorker(folder, "empty", EMPTY, files, () => "data");
    const program = await workerd();
    const added = [];
    for (let round = 0; round < rounds; round++) {
      const empty = await firstByte(program, join(folder, "empty.capnp"));
      added.push((await firstByte(program, join(folder, "exporting.capnp"))) - empty);
    }
    return { milliseconds: spread(added) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** wrangler brings it along. */
async function workerd() {
  const { args } = await wrangler();
  return join(args[0], "..", "..", "..", "workerd", "bin", "workerd");
}

async function writeWorker(folder, name, script, files, typeOf) {
  const modules = files.map((path) => `(name = "pkg/${path}", ${typeOf(path)} = embed "pkg/${path}")`);
  await writeFile(join(folder, `${name}.mjs`), script);
  await writeFile(
    join(folder, `${name}.capnp`),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const main :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [(name = "main.mjs", esModule = embed "${name}.mjs"), ${modules.join(", ")}]
);`,
  );
}

/** Milliseconds from the start of the process to the first byte of the first answer. */
async function firstByte(program, config) {
  const start = performance.now();
  const child = spawn(program, ["serve", "--control-fd=1", config], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const port = await new Promise((resolve, reject) => {
      ended.then((code) => reject(new Error(`workerd ended with ${code}`)));
      child.stdout.on("data", (text) => {
        const found = /"port":(\d+)/.exec(text)?.[1];
        if (found) resolve(found);
      });
    });
    const response = await fetch(`http://127.0.0.1:${port}/`);
    await response.body.getReader().read();
    return performance.now() - start;
  } finally {
    child.kill();
    await ended;
  }
}
