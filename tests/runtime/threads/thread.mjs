// A thread of Node with the globals of a browser's worker.
import { parentPort } from "node:worker_threads";

const events = new EventTarget();
globalThis.addEventListener = (...args) => events.addEventListener(...args);
globalThis.postMessage = (data) => parentPort.postMessage(data);
globalThis.navigator ??= {};
await import("../../../pkg/worker/worker.js");
parentPort.on("message", (message) => events.dispatchEvent(Object.assign(new Event("message"), message)));
