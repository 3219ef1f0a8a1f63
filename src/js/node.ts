import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setWorkers } from "./runner.js";
import { setDefaultWasm } from "./wasm.js";
import { connect } from "./worker/page.js";
import { createThread } from "./worker/thread.js";

// A path, not `new URL(..., import.meta.url)`: webpack turns that into a web address in server bundles too.
setDefaultWasm(() => readFile(join(dirname(fileURLToPath(import.meta.url)), "tableport_wasm_bg.wasm")));
setWorkers(() => connect(createThread, availableParallelism()), false);

export * from "./index.js";
