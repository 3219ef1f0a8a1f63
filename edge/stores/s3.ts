import { s3Request, signS3 } from "../../pkg/stores/s3.js";
import { pages } from "./list.js";
import { dropped, listed, oneByOne } from "./requests.js";
import type { Bucket, Store } from "./store.js";

/** A bucket of S3's protocol, whose requests are signed here. */
export function s3(
  { accessKeyId, secretAccessKey, ...bucket }: Extract<Bucket, { type: "s3" }>,
  prefix: string,
): Store {
  const before = (bucket.prefix ?? "") + prefix;
  const credentials = { accessKeyId, secretAccessKey };
  const signed = (request: { method: string; url: URL }) =>
    signS3(request, credentials, bucket.region, Date.now());
  return {
    destination: (folder) => ({ ...bucket, prefix: before + folder, credentials }),
    list: (folder) =>
      pages(before, async (token) => {
        const request = s3Request(bucket, "", { operation: "list" });
        const asked = {
          "list-type": "2",
          prefix: before + folder,
          ...(token && { "continuation-token": token }),
        };
        for (const [name, value] of Object.entries(asked)) request.url.searchParams.set(name, value);
        return listed(await signed(request), "Key", "NextContinuationToken");
      }),
    remove: oneByOne(async (name) => {
      const request = s3Request(bucket, before + name, { operation: "delete" });
      await dropped(request.method, await signed(request));
    }),
  };
}
