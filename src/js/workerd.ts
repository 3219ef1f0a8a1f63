// workerd compiles no wasm from bytes: the module is imported.
import wasm from "./tableport_wasm_bg.wasm";
import { setDefaultWasm } from "./wasm.js";

setDefaultWasm(() => wasm);

export * from "./index.js";
