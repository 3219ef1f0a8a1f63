// Given to Node by --import: every export of what is run then goes through a worker, a thread of Node that looks like a
// browser's, so that what holds in place is shown to hold across threads.
import { Worker as Thread } from "node:worker_threads";
import { setWorkers } from "../../../pkg/runner.js";
import { connect } from "../../../pkg/worker/page.js";

class Worker {
  #thread = new Thread(new URL("thread.mjs", import.meta.url), { execArgv: [] });

  set onmessage(listener) {
    this.#thread.removeAllListeners("message").on("message", (data) => listener({ data }));
  }

  set onerror(listener) {
    this.#thread.removeAllListeners("error").on("error", listener);
  }

  postMessage(data, transfer = []) {
    this.#thread.postMessage({ data, ports: transfer }, transfer);
  }

  terminate() {
    this.#thread.terminate();
  }
}

setWorkers(async () => {
  const open = await connect(() => new Worker());
  // In a browser the page would do it all itself, and nothing of this would be tested.
  if (!open) throw new Error("The thread did not start.");
  return open;
}, true);
globalThis.navigator ??= {};
