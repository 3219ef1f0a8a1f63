import type { RandomAccessFile } from "../../pkg/workerd.js";
import { Refusal } from "../http.js";

/** An object of R2, as it was when it was opened: one that is replaced meanwhile is an error. */
export async function objectFile(bucket: R2Bucket, key: string): Promise<RandomAccessFile> {
  const object = await bucket.head(key);
  if (!object) throw new Refusal("source/read-failed", "the table's object is not there");
  const { size, etag } = object;
  return {
    name: key.slice(key.lastIndexOf("/") + 1),
    size,
    async read(start, end) {
      if (start === end) return new Uint8Array(0);
      const range = { offset: start, length: end - start };
      const found = await bucket.get(key, { range, onlyIf: { etagMatches: etag } });
      if (!found || !("body" in found)) throw new Error("the table's object was replaced");
      return new Uint8Array(await found.arrayBuffer());
    },
  };
}
