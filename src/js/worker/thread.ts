// A thread of Node as a worker.
import { Worker as Thread, type TransferListItem } from "node:worker_threads";
import type { CreateWorker } from "./page.js";

export const createThread: CreateWorker = (listener) => {
  // Without the flags of this process, which may be meant for its own start alone.
  const thread = new Thread(new URL("in-thread.js", import.meta.url), { execArgv: [] });
  thread.on("message", (data) => listener.message(data));
  thread.on("error", (error: Error) => listener.failed(error));
  thread.on("exit", () => listener.failed(new Error("the thread ended")));
  return {
    postMessage: (data, transfer = []) =>
      thread.postMessage({ data, ports: transfer }, transfer as TransferListItem[]),
    terminate: () => void thread.terminate(),
    keepAlive: (isNeeded) => (isNeeded ? thread.ref() : thread.unref()),
  };
};
