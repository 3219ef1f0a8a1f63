import { openChromium } from "./agents/chromium.mjs";
import { openNode } from "./agents/node.mjs";
import { startServer } from "./agents/server.mjs";

/** Opens peers in a runtime by its name. Pages may save their output into `folder` alone. */
export function openRuntimes(folder) {
  let server;
  return {
    async open(runtime, what) {
      if (runtime === "node") return openNode(what);
      server ??= await startServer(folder);
      return openChromium({ ...what, origin: server.origin });
    },
    close: () => server?.close(),
  };
}
