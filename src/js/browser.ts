import { setWorkers } from "./runner.js";
import { setDefaultWasm } from "./wasm.js";
import { connect } from "./worker/page.js";

// Bundlers find the files by these very expressions.
setDefaultWasm(() => new URL("tableport_wasm_bg.wasm", import.meta.url));
if (typeof Worker === "function") {
  setWorkers(() =>
    connect(() => new Worker(new URL("./worker/worker.js", import.meta.url), { type: "module" })),
  );
}

export * from "./index.js";
