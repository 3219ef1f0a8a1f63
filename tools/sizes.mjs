import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { StepError, say } from "./steps.mjs";

/** The bytes of the module as it is, and as a server sends it. */
export function measure(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  };
}

const kilobytes = (bytes) => (bytes / 1000).toFixed(0);

/** Prints the sizes of modules beside their budgets, KB of 1000 bytes. */
export function report(modules, sizes) {
  say(`    ${"KB of wasm".padEnd(24)}    size   budget`);
  for (const [at, { name, budget }] of modules.entries())
    for (const [kind, limit] of Object.entries(budget)) {
      const size = kilobytes(sizes[at][kind]).padStart(8);
      say(`    ${`${name}, ${kind}`.padEnd(24)}${size} ${String(limit).padStart(8)}`);
    }
}

/** Fails where a module is over its budget. */
export function enforce(modules, sizes) {
  const over = modules.flatMap(({ name, budget }, at) =>
    Object.entries(budget)
      .filter(([kind, limit]) => sizes[at][kind] > 1000 * limit)
      .map(([kind, limit]) => `${name}, ${kind}, is ${kilobytes(sizes[at][kind])} KB of ${limit}`),
  );
  if (over.length > 0) throw new StepError(`Over the budget of wasm-pack.toml: ${over.join("; ")}`);
}
