import { setWorkers } from "./runner.js";
import { setDefaultWasm } from "./wasm.js";
import { connect, type WorkerListener } from "./worker/page.js";

// Bundlers find the files by these very expressions.
setDefaultWasm(() => new URL("tableport_wasm_bg.wasm", import.meta.url));
if (typeof Worker === "function") {
  const create = (listener: WorkerListener) => {
    const worker = new Worker(new URL("./worker/worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => listener.message(data);
    worker.onerror = (error) => listener.failed(error);
    return worker;
  };
  // What runs in a worker of the caller's holds up no page.
  setWorkers(() => connect(create, navigator.hardwareConcurrency), typeof document === "object");
}

export * from "./index.js";
