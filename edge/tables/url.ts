import type { RandomAccessFile } from "../../pkg/workerd.js";
import { Refusal } from "../http.js";

/**
 * A file behind a URL of the catalogue, on a server that answers range requests. A redirect is refused: it may lead to a
 * host that nobody allowed.
 */
export async function urlFile(url: URL): Promise<RandomAccessFile> {
  const ask = (headers: HeadersInit, method = "GET") => fetch(url, { method, headers, redirect: "manual" });
  const head = await ask({ "accept-encoding": "identity" }, "HEAD");
  const size = Number(head.headers.get("content-length") ?? Number.NaN);
  if (!head.ok || !Number.isSafeInteger(size)) throw unreadable();
  const etag = head.headers.get("etag");
  const validator = etag && !etag.startsWith("W/") ? { "if-match": etag } : {};
  return {
    name: url.pathname.slice(url.pathname.lastIndexOf("/") + 1),
    size,
    async read(start, end) {
      if (start === end) return new Uint8Array(0);
      const range = `bytes=${start}-${end - 1}`;
      const answer = await ask({ range, "accept-encoding": "identity", ...validator });
      if (answer.status !== 206) throw unreadable();
      return new Uint8Array(await answer.arrayBuffer());
    },
  };
}

function unreadable(): Refusal {
  return new Refusal("source/read-failed", "the table's server does not answer range requests for it");
}
