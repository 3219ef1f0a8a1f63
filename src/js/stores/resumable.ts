import { Failure } from "../errors.js";
import type { ResumableDestination } from "../types.js";
import { calling, httpUrl } from "./callback.js";
import type { Store } from "./store.js";

/** Google's resumable uploads. The URI of a session gives access to it, and stays here. */
export function resumable({ start }: ResumableDestination): Store {
  /** By file. */
  const sessions = new Map<number, string>();
  return {
    async sign(request) {
      const { operation, fileIndex } = request;
      // There is no request by which a session removes what it made.
      if (operation === "delete") throw new Failure("store/refused", "a session cannot delete its object");
      if (operation !== "create") return { url: sessions.get(fileIndex) as string, headers: {} };
      const uri = await calling("start", async () =>
        httpUrl(await start(request), "start() must return the https:// or http:// URI of a session"),
      );
      sessions.set(fileIndex, uri);
      return { done: {} };
    },
  };
}
