// What the tests of several runtimes share.
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as setup from "../../tools/setup.mjs";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const readers = fileURLToPath(new URL("../readers/", import.meta.url));

/** The Python that has the readers. */
export const python = async () => process.env.TABLEPORT_PYTHON || setup.python();

/** Runs a script of tests/readers; gives what it prints, and throws with it where it fails. */
export async function runReader(script, ...args) {
  const command = await python();
  try {
    const { stdout } = await execute(command, [join(readers, script), ...args], { maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    throw new Error(`${script} ended with ${error.code}\n${error.stdout}${error.stderr}`);
  }
}

/** Compares files by compare.py; throws with the differences. Gives its lines. */
export async function compare(comparisons) {
  return inTemporary(async (folder) => {
    const list = join(folder, "comparisons.json");
    await writeFile(list, JSON.stringify(comparisons));
    return runReader("compare.py", list);
  });
}

/** Does `work` with a directory that is removed afterwards. */
export async function inTemporary(work) {
  const folder = await mkdtemp(join(tmpdir(), "tableport-test-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `specifier` is in an app. */
export const importFrom = (app, specifier) =>
  import(pathToFileURL(createRequire(join(app, "package.json")).resolve(specifier)));

/** Compiles a script of an app as strict TypeScript, by each way of finding modules; throws with what tsc says. */
export async function checkTypes(app, script) {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--types", ""];
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])
    await execute(
      join(root, "node_modules", ".bin", "tsc"),
      [...options, "--module", module, "--moduleResolution", resolution, script],
      { cwd: app },
    ).catch(({ stdout }) => {
      throw new Error(stdout);
    });
}

/** An app that has installed the package as `npm pack` makes it: the path of its directory, which is the caller's. */
export async function installedApp() {
  const app = await mkdtemp(join(tmpdir(), "tableport-app-"));
  await writeFile(join(app, "package.json"), '{"private": true, "type": "module"}');
  const pack = ["pack", "--json", "--pack-destination", app];
  const { stdout } = await execute("npm", pack, { cwd: join(root, "pkg") });
  const [{ filename }] = JSON.parse(stdout);
  const flags = ["--offline", "--no-audit", "--no-fund"];
  await execute("npm", ["install", ...flags, join(app, filename)], { cwd: app });
  return app;
}

/** A directory with the tables of fixtures.py, and a loopback server of its files: `{folder, fixture, url, close}`. */
export async function openFixtures() {
  const folder = await mkdtemp(join(tmpdir(), "tableport-fixtures-"));
  await runReader("fixtures.py", folder);
  const server = await listen(async (request, response) => {
    const path = join(folder, basename(new URL(request.url, "http://host").pathname));
    response.setHeader("access-control-allow-origin", "*");
    await sendFile(path, request, response);
  });
  return {
    folder,
    fixture: async (name) => new Uint8Array(await readFile(join(folder, name))),
    url: (name) => new URL(name, `${server.origin}/`),
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Answers with a file, or the range of it that is asked for. */
export async function sendFile(path, request, response, headers = {}) {
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) return response.writeHead(404).end();
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const start = Number(from ?? 0);
  const end = to ? Math.min(Number(to), size - 1) : size - 1;
  response.writeHead(from === undefined ? 200 : 206, {
    ...headers,
    "accept-ranges": "bytes",
    "content-length": end - start + 1,
    ...(from === undefined ? {} : { "content-range": `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === "HEAD" || size === 0) return response.end();
  createReadStream(path, { start, end }).pipe(response);
}

/** An HTTP server on a free port of 127.0.0.1: `{origin, close}`. */
export async function listen(handler) {
  const server = createServer((request, response) => {
    Promise.resolve(handler(request, response)).catch((error) => {
      response.destroy(error);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
