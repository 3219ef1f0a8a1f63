// What begins in a thread of Node: gives it the globals of a browser's worker, and becomes one.
import { parentPort } from "node:worker_threads";

const events = new EventTarget();
Object.assign(globalThis, {
  addEventListener: events.addEventListener.bind(events),
  postMessage: (data: unknown) => parentPort?.postMessage(data),
});
await import("./worker.js");
parentPort?.on("message", (message) => events.dispatchEvent(Object.assign(new Event("message"), message)));
