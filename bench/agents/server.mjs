import { createWriteStream } from "node:fs";
import { realpath } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { pipeline } from "node:stream/promises";
import { listen, sendFile } from "../../tests/runtime/support.mjs";
import { root } from "../../tools/paths.mjs";
import { cache } from "../files.mjs";

const TYPES = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".html": "text/html",
};

const modules = (entries) =>
  Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, `/node_modules/${path}`]));

/** What Node resolves by itself, a page is told. */
const IMPORTS = {
  imports: {
    ...modules({
      "apache-arrow": "apache-arrow/Arrow.dom.mjs",
      flatbuffers: "flatbuffers/mjs/flatbuffers.js",
      tslib: "tslib/tslib.es6.mjs",
      "json-with-bigint": "json-with-bigint/json-with-bigint.js",
      arquero: "arquero/src/index.js",
      "/node_modules/arquero/src/format/stream/byte-stream.js":
        "arquero/src/format/stream/byte-stream-web.js",
      "@uwdata/flechette": "@uwdata/flechette/src/index.js",
      acorn: "acorn/dist/acorn.mjs",
      "d3-dsv": "d3-dsv/dist/d3-dsv.mjs",
      "csv-stringify/browser/esm/sync": "csv-stringify/dist/esm/sync.js",
      hyparquet: "hyparquet/src/index.js",
      "hyparquet/": "hyparquet/",
      "hyparquet-writer": "hyparquet-writer/src/index.js",
      hysnappy: "hysnappy/js/index.js",
      "parquet-wasm/esm": "parquet-wasm/esm/parquet_wasm.js",
      "parquet-wasm/": "parquet-wasm/",
      "@duckdb/duckdb-wasm/blocking": "@duckdb/duckdb-wasm/dist/duckdb-browser-blocking.mjs",
      "@duckdb/duckdb-wasm/": "@duckdb/duckdb-wasm/",
    }),
    // A script that leaves a global.
    papaparse: "data:text/javascript,export default globalThis.Papa",
  },
  scopes: {
    "/node_modules/@duckdb/": modules({
      "apache-arrow": "@duckdb/duckdb-wasm/node_modules/apache-arrow/Arrow.dom.mjs",
    }),
  },
};
const PAGE = `<!doctype html><title>bench</title>
<script type="importmap">${JSON.stringify(IMPORTS)}</script>
<script src="/node_modules/papaparse/papaparse.js"></script>
<script type="module" src="/bench/agents/page-side.mjs"></script>`;

/** Serves the bench, the package, the peers and the tables to pages; what a page sends to /save goes into `folder`. */
export async function startServer(folder) {
  const roots = {
    "/bench/": join(root, "bench"),
    "/pkg/": join(root, "pkg"),
    "/node_modules/": await realpath(join(root, "bench", "node_modules")),
    "/cache/": cache,
  };
  return listen(async (request, response) => {
    const path = normalize(new URL(request.url, "http://host").pathname);
    if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    if (path.startsWith("/save/")) {
      await pipeline(request, createWriteStream(join(folder, path.slice("/save/".length))));
      return response.end();
    }
    const base = Object.keys(roots).find((prefix) => path.startsWith(prefix));
    if (!base) return response.writeHead(404).end();
    const headers = { "content-type": TYPES[extname(path)] ?? "application/octet-stream" };
    return sendFile(join(roots[base], path.slice(base.length)), request, response, headers);
  });
}
