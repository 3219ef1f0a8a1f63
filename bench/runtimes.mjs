import { openChromium } from "./agents/chromium.mjs";
import { openNode } from "./agents/node.mjs";
import { startServer } from "./agents/server.mjs";

/** Opens peers in a runtime by its name. Pages may save their output into `folder` alone. */
export function openRuntimes(folder) {
  let server;
  /** Where pages are served. */
  const origin = async () => {
    server ??= await startServer(folder);
    return server.origin;
  };
  return {
    origin,
    async open(runtime, what) {
      return runtime === "node" ? openNode(what) : openChromium({ ...what, origin: await origin() });
    },
    close: () => server?.close(),
  };
}
