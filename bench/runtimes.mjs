import { openNode } from "./agents/node.mjs";

/** How a peer is opened, by the name of the runtime. */
export const runtimes = { node: openNode };
