import type { Destination } from "../types.js";
import { azure } from "./azure.js";
import { Companion } from "./companion.js";
import { presigned } from "./presigned.js";
import { r2 } from "./r2.js";
import { resumable } from "./resumable.js";
import { s3 } from "./s3.js";
import type { Store } from "./store.js";

/** The store behind a destination, for one job. */
export function storeOf(destination: Destination): Store {
  if (typeof destination === "string") return { sign: async () => ({ url: destination, headers: {} }) };
  switch (destination?.type) {
    case "presigned":
      return presigned(destination);
    case "s3":
      return s3(destination);
    case "companion":
      return new Companion(destination);
    case "r2":
      return r2(destination);
    case "azure":
      return azure(destination);
    case "resumable":
      return resumable(destination);
    default:
      return { sign: () => Promise.reject(new TypeError("This destination is asked for no requests.")) };
  }
}
