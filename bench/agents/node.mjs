import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { resetPeak, resident } from "../memory.mjs";

const script = fileURLToPath(new URL("child.mjs", import.meta.url));

/** A peer in a Node process of its own, on these `cores` of the machine, such as "0,1", or on all. */
export async function openNode({ peer, work, files, cores, wasm }) {
  const flags = ["--max-old-space-size=8192"];
  const options = JSON.stringify({ peer, work, wasm, ...files });
  const pinned = cores && { execPath: "taskset", execArgv: ["-c", cores, process.execPath, ...flags] };
  const stdio = ["ignore", "ignore", "pipe", "ipc"];
  const child = fork(script, [options], { execArgv: flags, ...pinned, stdio });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (log = (log + text).slice(-2000)));
  const answer = () =>
    new Promise((resolve, reject) => {
      const failed = (code) => reject(new Error(`${peer} ended with ${code} at ${work}\n${log}`));
      child.once("exit", failed);
      child.once("message", ({ value }) => {
        child.off("exit", failed);
        resolve(value);
      });
    });
  const ask = (message) => {
    const answered = answer();
    child.send(message);
    return answered;
  };
  await answer();
  return {
    run: () => ask({ ask: "run" }),
    profile: () => ask({ ask: "profile" }),
    save: (path) => ask({ ask: "save", path }),
    resetPeak: () => resetPeak(child.pid),
    resident: () => resident(child.pid),
    async close() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    },
  };
}
