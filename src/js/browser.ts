import { setDefaultWasm } from "./wasm.js";

// Bundlers find the file by this very expression.
setDefaultWasm(() => new URL("tableport_wasm_bg.wasm", import.meta.url));

export * from "./index.js";
