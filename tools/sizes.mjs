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

const kilobytes = (bytes) => bytes / 1000;

/** Prints the sizes beside their budgets, KB of 1000 bytes. */
export function report(sizes, budget) {
  say("    wasm     size KB   budget KB");
  for (const [name, limit] of Object.entries(budget)) {
    const size = kilobytes(sizes[name]).toFixed(0);
    say(`    ${name.padEnd(6)} ${size.padStart(9)} ${String(limit).padStart(11)}`);
  }
}

export function enforce(sizes, budget) {
  const over = Object.entries(budget).filter(([name, limit]) => kilobytes(sizes[name]) > limit);
  if (over.length === 0) return;
  const said = over.map(([name, limit]) => `${name} is ${kilobytes(sizes[name]).toFixed(0)} KB of ${limit}`);
  throw new StepError(`The wasm is over the budget of wasm-pack.toml: ${said.join(", ")}`);
}
