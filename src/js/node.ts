import { readFile } from "node:fs/promises";
import { setDefaultWasm } from "./wasm.js";

setDefaultWasm(() => readFile(new URL("tableport_wasm_bg.wasm", import.meta.url)));

export * from "./index.js";
