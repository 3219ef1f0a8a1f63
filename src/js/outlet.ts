import type { CoreSignRequest } from "./boundary.js";
import { DiskSink, type Picked } from "./download.js";
import { DownloadSink, type Sink, StreamSink } from "./sinks.js";
import type { Signature } from "./stores/store.js";
import { storeOf } from "./stores/stores.js";
import type { Destination, FileToOpen } from "./types.js";

/** What a destination needs of the caller's thread: the caller's functions and streams, the page, the job. */
export interface Outlet {
  readonly type: Exclude<Destination, string>["type"] | "url";
  /** Asks for the URL of a request, or to make it. Throws a `Failure`. */
  sign(request: CoreSignRequest, skew: number): Promise<Signature>;
  /** Opens a file of the caller's stream, or of a download. */
  open(file: FileToOpen): Promise<Sink>;
  /** Leaves a whole file in the job. */
  keep(file: number, bytes: Uint8Array): void;
}

/** That of a destination in this thread; it may be none, which the core finds. A download may have a `picked` file. */
export function outletOf(destination: Destination, keep: Outlet["keep"], picked?: Picked): Outlet {
  const store = storeOf(destination);
  return {
    type: typeof destination === "object" ? destination?.type : "url",
    sign: (request, skew) => store.sign(request, skew),
    open: async (file) => {
      if (typeof destination === "object" && destination.type === "stream") {
        return new StreamSink(await destination.open(file));
      }
      const onDisk = await picked;
      return onDisk ? DiskSink.open(onDisk) : new DownloadSink(file);
    },
    keep,
  };
}
