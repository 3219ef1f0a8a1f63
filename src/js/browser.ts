import { setWorkers } from "./runner.js";
import { setDefaultWasm } from "./wasm.js";
import { connect } from "./worker/page.js";

// Bundlers find the files by these very expressions.
setDefaultWasm(() => new URL("tableport_wasm_bg.wasm", import.meta.url));
if (typeof Worker === "function") {
  const create = () => new Worker(new URL("./worker/worker.js", import.meta.url), { type: "module" });
  // What runs in a worker of the caller's holds up no page.
  setWorkers(() => connect(create), typeof document === "object");
}

export * from "./index.js";
