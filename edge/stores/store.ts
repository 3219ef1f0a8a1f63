import type { Destination } from "../../pkg/workerd.js";
import { type Env, setting } from "../env.js";
import { Refusal } from "../http.js";
import { azure } from "./azure.js";
import { bigQuery } from "./bigquery.js";
import { cloudStorage } from "./cloud-storage.js";
import { drive } from "./drive.js";
import { GoogleClient } from "./google.js";
import { pages } from "./list.js";
import type { Place } from "./place.js";
import { s3 } from "./s3.js";

/** Buckets by the names that requests give them, as they are configured. They hold secrets. */
export type Buckets = { readonly [name: string]: Bucket };

export type Bucket =
  /** A bucket of R2, by its binding. */
  | { readonly type: "r2"; readonly binding: string; readonly prefix?: string }
  /** A bucket of S3's protocol, whose requests are signed here. */
  | {
      readonly type: "s3";
      readonly endpoint: string;
      readonly bucket: string;
      readonly region: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly prefix?: string;
      readonly allowHttp?: boolean;
      readonly virtualHostedStyle?: boolean;
    }
  /** A container of Azure, by its SAS URL. */
  | { readonly type: "azure"; readonly url: string }
  /** A bucket of Cloud Storage, by the service's own account with Google. */
  | { readonly type: "google"; readonly bucket: string; readonly prefix?: string };

export interface Store {
  /** For files below a folder, which is empty or ends in "/". */
  destination(folder: string): Destination;
  /** Names, below the place, of the objects there, page by page; null where that cannot be asked. */
  list: ((folder: string) => AsyncIterable<string[]>) | null;
  /** Deletes objects; gives the names of those that are left. */
  remove: ((names: readonly string[]) => Promise<string[]>) | null;
  /**
   * Of a store that does something with a file once it has it: what came of that, once it is done; null where it has not
   * begun. A `Refusal` is thrown where it fails.
   */
  loaded?: () => Promise<Loaded | null>;
}

/** What a store made of a file. */
export interface Loaded {
  readonly rows: number;
  /** Bytes of the file. */
  readonly size: number;
}

/** The store of a job's place. */
export function storeOf(env: Env, place: Place, job: string): Store {
  switch (place.kind) {
    case "results":
      return r2(env.RESULTS, place.prefix);
    case "bucket":
      return inBucket(env, place.bucket, place.prefix);
    case "drive":
      return drive(new GoogleClient(env, "drive"), place.folder, job);
    case "bigquery":
      return bigQuery(new GoogleClient(env, "bigquery"), place, job);
  }
}

function inBucket(env: Env, name: string, folder: string): Store {
  const bucket = setting(env.BUCKETS)[name];
  if (!bucket) throw new Refusal("store/refused", "the bucket is no longer configured");
  switch (bucket.type) {
    case "r2":
      return r2(env[bucket.binding as "EXPORTS"], (bucket.prefix ?? "") + folder);
    case "s3":
      return s3(bucket, folder);
    case "azure":
      return azure(bucket.url, folder);
    case "google":
      return cloudStorage(new GoogleClient(env, "storage"), bucket.bucket, (bucket.prefix ?? "") + folder);
  }
}

function r2(bucket: R2Bucket, prefix: string): Store {
  return {
    destination: (folder) => ({ type: "r2", bucket, prefix: prefix + folder }),
    list: (folder) =>
      pages(prefix, async (cursor) => {
        const page = await bucket.list({ prefix: prefix + folder, ...(cursor && { cursor }) });
        return { names: page.objects.map(({ key }) => key), next: page.truncated ? page.cursor : undefined };
      }),
    async remove(names) {
      const left: string[] = [];
      for (let at = 0; at < names.length; at += MOST_KEYS) {
        const some = names.slice(at, at + MOST_KEYS);
        await bucket.delete(some.map((name) => prefix + name)).catch(() => left.push(...some));
      }
      return left;
    },
  };
}

/** Objects that R2 deletes at once. */
const MOST_KEYS = 1000;
