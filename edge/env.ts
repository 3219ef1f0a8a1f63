import type { Accounts } from "./accounts.js";
import type { Records } from "./records/records.js";
import type { Google } from "./stores/google.js";
import type { Buckets } from "./stores/store.js";
import type { Tables } from "./tables/catalogue.js";
import type { TaskParams } from "./work/task.js";

/** The bindings and settings of wrangler.jsonc. */
export interface Env {
  ASSETS: Fetcher;
  /** What the demo page exports to, and the one bucket of the local configuration. */
  EXPORTS: R2Bucket;
  /** The catalogue's tables that are objects. */
  TABLE_OBJECTS: R2Bucket;
  /** The files of exports that are downloaded from the service itself. */
  RESULTS: R2Bucket;
  /** The catalogue's tables that are queries. */
  DATABASE: D1Database;
  RECORDS: DurableObjectNamespace<Records>;
  TASKS: Workflow<TaskParams>;

  ACCOUNTS: Accounts | string;
  TABLES: Tables | string;
  BUCKETS: Buckets | string;
  GOOGLE: Google | string;
  QUEUES: Queues | string;
  LIMITS: Limits | string;

  S3_BUCKET: string;
  S3_ACCESS_KEY_ID: string;
  S3_SECRET_ACCESS_KEY: string;
}

/** How many jobs of an account run at once, by the name of their queue. */
export type Queues = { readonly [name: string]: { readonly jobs: number } };

export interface Limits {
  /** Jobs of an account that wait. */
  readonly waiting: number;
  /** Tasks of an account that run at once. */
  readonly tasks: number;
  /** Bytes of a table, uncompressed, from which on a shard is ended. */
  readonly shardBytes: number;
  /** Milliseconds after which a task that was not heard of is started again. */
  readonly silence: number;
}

/** A setting: JSON of a var, or the text of a secret. */
export function setting<T>(value: T | string): T {
  return typeof value === "string" ? JSON.parse(value) : value;
}
