// What Cloudflare allows and asks for, as its documents had it in November 2026, and what is assumed because they have no
// number: `[value, unit, what it is of, where it stands]`.
const docs = "https://developers.cloudflare.com/";
const workflows = `${docs}workflows/reference/limits/`;
const workers = `${docs}workers/platform/limits/`;
const objects = `${docs}durable-objects/platform/limits/`;

/** Of the paid plan. */
export const LIMITS = {
  instances: [50_000, "", "Workflows of an account that run at once", workflows],
  queued: [2_000_000, "", "Workflows of an account that wait", workflows],
  creations: [100, "a second", "Workflows of one name that are created; 300 of an account", workflows],
  batch: [100, "", "Workflows in one call of createBatch", `${docs}workflows/build/workers-api/`],
  steps: [10_000, "", "steps of a Workflow; up to 25,000 can be set", workflows],
  answer: [2 ** 20, "bytes", "answer of a step", workflows],
  state: [1e9, "bytes", "state of a Workflow", workflows],
  cpu: [30, "s", "CPU of a step or request; up to 300 s can be set", workers],
  subrequests: [10_000, "", "subrequests of an invocation; up to 10 million can be set", workers],
  memory: [128e6, "bytes", "memory of an isolate", workers],
  calls: [1000, "a second", "requests to one Durable Object, a soft limit", objects],
  row: [2e6, "bytes", "row of SQLite", objects],
  storage: [10e9, "bytes", "storage of one Durable Object", objects],
  message: [32 * 2 ** 20, "bytes", "arguments or answer of RPC", `${docs}workers/runtime-apis/rpc/`],
};

/** Of the paid plan, in dollars, beyond what is included in it each month. */
const pricing = (product) => `${docs}${product}/pricing/`;
export const PRICES = {
  instances: [0.3, "a million", "Workflows", pricing("workflows/reference")],
  steps: [8, "a million", "steps of Workflows", pricing("workflows/reference")],
  cpu: [0.02, "a million ms", "CPU of Workflows", pricing("workflows/reference")],
  calls: [0.15, "a million", "requests to Durable Objects", pricing("durable-objects/platform")],
  duration: [
    12.5,
    "a million GB-s",
    "Durable Objects that are awake, 128 MB each",
    pricing("durable-objects/platform"),
  ],
  rowsRead: [0.001, "a million", "rows of SQLite that are read", pricing("durable-objects/platform")],
  rowsWritten: [
    1,
    "a million",
    "rows of SQLite that are written, of tables and indexes",
    pricing("durable-objects/platform"),
  ],
  classA: [4.5, "a million", "operations of R2 that write", pricing("r2")],
  classB: [0.36, "a million", "operations of R2 that read", pricing("r2")],
};

const [assumed, measured] = ["assumed", "measured in Node, 2026-11-28"];
export const ASSUMED = {
  stored: [0.5, "", "bytes that a table has in its file, and in the exported ones, of its own", assumed],
  encode: [
    40e6,
    "bytes/s",
    "of a table, encoded: a third of what docs/performance.md has of Parquet",
    assumed,
  ],
  transfer: [100e6, "bytes/s", "from R2", assumed],
  readLatency: [50, "ms", "until R2 answers a read", assumed],
  writeLatency: [200, "ms", "until R2 answers the last part and completes a file", assumed],
  range: [8 * 2 ** 20, "bytes", "that are read at once", assumed],
  start: [500, "ms", "from the creation of a Workflow to its first step", assumed],
  step: [100, "ms", "to keep what a step gave", assumed],
  rowGroup: [128 * 2 ** 20, "bytes", "of a row group", assumed],
  columns: [20, "", "columns", assumed],
  chunk: [85, "bytes", "in a footer, of a column in a row group", measured],
  chunkMemory: [820, "bytes", "of memory, of the same once it is decoded", measured],
  spread: [0.2, "", "by which shards differ from the mean, either way", assumed],
  lost: [1000, "", "attempts, of which one is not heard of again", assumed],
  poll: [2000, "ms", "between a client's questions for the status", assumed],
};

/** Parts of a file, which the package makes. */
export const PART = 8 * 2 ** 20;

export const value = (table, name) => table[name][0];
