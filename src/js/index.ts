import { loadWasm } from "./wasm.js";

export { configure } from "./wasm.js";

/** The version of tableport. */
export async function version(): Promise<string> {
  return (await loadWasm()).version();
}
