import * as glue from "./tableport_wasm.js";

/** The exports of the wasm-bindgen module, once it is loaded. @internal */
export type Glue = typeof glue;

/** Where the module is, or the module itself. A string is a URL. */
export type WasmSource = string | URL | Response | WebAssembly.Module | BufferSource;

type WasmLoader = () => WasmSource | Promise<WasmSource>;

let load: WasmLoader | undefined;
let loading: Promise<Glue> | undefined;
let isSent = false;
let loaded = false;
let generation = 0;

/** Names the module that an entry point ships. For the entry points; `configure` is what callers have. */
export function setDefaultWasm(loader: WasmLoader): void {
  load ??= loader;
}

/**
 * Gives the wasm module from elsewhere than beside the JavaScript. Call it before the first export:
 * afterwards the module is loaded, and this throws.
 */
export function configure(options: { wasm: WasmSource | Promise<WasmSource> }): void {
  const { wasm, ...unknown } = options;
  const [key] = Object.keys(unknown);
  if (key !== undefined) throw new TypeError(`configure() does not know the key ${JSON.stringify(key)}.`);
  if (wasm === undefined)
    throw new TypeError("configure() wants a wasm: a URL, Response or WebAssembly.Module.");
  if (loading || isSent) throw new Error("configure({ wasm }) comes too late: the wasm is loaded already.");
  load = () => wasm;
}

/**
 * The module in a form that can be sent to a worker: compiled here, while the worker starts, and kept for the next one.
 * @internal
 */
export async function portableWasm(): Promise<WebAssembly.Module> {
  isSent = true;
  const wasm = await load?.();
  if (wasm === undefined) throw new Error("No wasm is configured.");
  const module = await compile(wasm);
  load = () => module;
  return module;
}

async function compile(wasm: WasmSource): Promise<WebAssembly.Module> {
  if (typeof wasm === "string" || wasm instanceof URL) return compileResponse(await fetch(wasm));
  if (wasm instanceof Response) return compileResponse(wasm);
  return isBytes(wasm) ? WebAssembly.compile(wasm) : wasm;
}

function isBytes(wasm: object): wasm is BufferSource {
  return wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm);
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  const isTyped = response.headers.get("content-type")?.startsWith("application/wasm");
  return isTyped ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/** The module, loaded on first use. A load that failed is tried again by the next caller. @internal */
export function loadWasm(): Promise<Glue> {
  loading ??= initialise().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function initialise(): Promise<Glue> {
  if (!load)
    throw new Error("No wasm is configured: import tableport by its package name, or call configure.");
  await glue.default({ module_or_path: await load() });
  loaded = true;
  return glue;
}

/**
 * Replaces the instance by a fresh one of the same module, since a panic leaves it unusable. Objects of the
 * old instance throw when they are called again, so every job on it has failed.
 */
export function resetWasm(): void {
  if (!loaded) return;
  glue.__wbg_reset_state();
  generation += 1;
}

/**
 * Which instance is current; a reset makes it another. An object made in an earlier one must not be freed:
 * wasm-bindgen's `free` does not look, and would free its address in the new instance's memory.
 */
export function wasmGeneration(): number {
  return generation;
}
