import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npmTools } from "../../tools/setup.mjs";
import { readShipped } from "../../tools/shipped.mjs";
import { buildNamed } from "../../tools/wasm.mjs";
import { openNode } from "../agents/node.mjs";

const WORKS = [
  "rows-csv",
  "rows-jsonl",
  "rows-parquet",
  "arrow-csv",
  "arrow-parquet",
  "csv-parquet",
  "arrow-csv-gzip",
];

/** What a function belongs to: the first whose pattern its address and name have. */
const KINDS = [
  ["garbage collection", /^ \(garbage collector\)$/],
  ["idle", /^ \((idle|root)\)$/],
  ["the engine itself", /^ \(program\)$/],
  ["reading cells", /\/sources\//],
  ["packing texts", /\/pack\/strings\./],
  ["packing other values", /\/pack\//],
  ["crossing into wasm", /tableport_wasm\.js|packed::buffer|\bjs_sys\b|wasm_bindgen|js::packed/],
  ["snappy", /\bsnap(py)?::/],
  ["deflate", /zlib_rs|flate2/],
  ["reading csv", /tableport::table::(csv|text)/],
  ["blocks of rows", /tableport::(output|table)/],
  ["texts of values", /tableport::encode::(text|csv|jsonl)|zmij|itoa/],
  ["pages of Parquet", /tableport::encode::parquet/],
  ["memory of wasm", /dlmalloc|__rdl_|memcpy|memmove|memset|alloc::/],
  ["other wasm", /^wasm:/],
];

/**
 * Where the time of our works goes, on the thread that exports, by a module that keeps its functions' names:
 * `[{work, seconds, shares: [kind, share][]}]`, the largest share first.
 */
export async function measureProfile({ files }) {
  await npmTools();
  const folder = await mkdtemp(join(tmpdir(), "tableport-named-"));
  try {
    const wasm = await buildNamed(await readShipped(), folder);
    const measured = [];
    for (const work of WORKS) measured.push({ work, ...(await profileOf({ work, files, wasm })) });
    return measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function profileOf({ work, files, wasm }) {
  const agent = await openNode({ peer: "tableport", work, files, wasm });
  try {
    await agent.run();
    return summary(await agent.profile());
  } finally {
    await agent.close();
  }
}

function summary(found) {
  const seconds = found.reduce((sum, one) => sum + one.seconds, 0);
  const kinds = new Map();
  for (const { url, name, seconds: own } of found) {
    // Without the hashes that crates have in names.
    const plain = `${url} ${name.replace(/\[[0-9a-f]+\]/g, "")}`;
    const kind = KINDS.find(([, pattern]) => pattern.test(plain))?.[0] ?? "other JavaScript";
    kinds.set(kind, (kinds.get(kind) ?? 0) + own / seconds);
  }
  return { seconds, shares: [...kinds].sort(([, a], [, b]) => b - a) };
}
