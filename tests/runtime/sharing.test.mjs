// How large tables are shared out, and what is done with many files: the service's work on buckets that a test makes up,
// since no store here holds terabytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { exportTable } from "../../pkg/node.js";
import { importEdge } from "./edge.mjs";

const [{ perform }, { plan }, { parquetShards }, { clear, sweep }] = await importEdge(
  "work/perform",
  "work/plan",
  "work/parquet-shards",
  "work/clear",
);
const MIB = 2 ** 20;
/** What a step of a Workflow may give. */
const MOST_OF_A_STEP = MIB;

/** An R2 bucket of one object, whose bytes are a line again and again. */
function lines(size) {
  const line = Buffer.from(`${JSON.stringify({ name: "x".repeat(50), count: 7 })}\n`);
  const bucket = { line, reads: 0, read: 0 };
  bucket.head = async () => ({ size, etag: "one" });
  bucket.get = async (_, { range: { offset, length } }) => {
    bucket.reads++;
    bucket.read += length;
    const bytes = Buffer.alloc(length);
    for (let at = -(offset % line.length); at < length; at += line.length)
      line.copy(bytes, Math.max(0, at), Math.max(0, -at));
    return { body: true, arrayBuffer: async () => bytes.buffer };
  };
  return bucket;
}

/** An export of the lines of a bucket. */
function askedOf(bucket) {
  const env = {
    TABLE_OBJECTS: bucket,
    EXPORTS: {},
    TABLES: { "open.lines": { type: "r2", key: "lines.jsonl" } },
    BUCKETS: { exports: { type: "r2", binding: "EXPORTS" } },
    LIMITS: { shardBytes: 256 * MIB },
  };
  const work = {
    config: { format: "csv" },
    table: "open.lines",
    place: { kind: "bucket", bucket: "exports", prefix: "" },
    shared: true,
  };
  return { env, work };
}

test("four terabytes of lines are ten thousand shards, whose plan a step may give", async () => {
  const size = 2 ** 42;
  const bucket = lines(size);
  const { env, work } = askedOf(bucket);
  const planned = await plan(env, { job: "job", work });
  const { shards, schema } = planned;
  assert.equal(shards.length, 10_000);
  assert.deepEqual(schema, { name: "string", count: "int32" });
  // As text, which may be kept as JSON once more.
  assert.ok(JSON.stringify(JSON.stringify(planned)).length < MOST_OF_A_STEP);
  const { header, start } = shards[0].bytes;
  assert.deepEqual([header, start, shards.at(-1).bytes.end], [0, 0, size]);
  for (const [at, { bytes }] of shards.slice(1).entries()) {
    assert.equal(bytes.start, shards[at].bytes.end);
    assert.equal(bytes.start % bucket.line.length, 0, "a shard begins within a line");
  }
  assert.ok(bucket.reads < 10_010, "more is asked for than where the shards end");
  assert.ok(bucket.read < 1024 * MIB, "more is read than where the shards end");
});

test("a plan that takes long tells of itself", { timeout: 60_000 }, async () => {
  const bucket = lines(MIB);
  const { env, work } = askedOf(bucket);
  const { head } = bucket;
  const heard = new Promise((resolve) => {
    const records = { begin: async () => ({ job: "job", work }), heard: async (...told) => resolve(told) };
    env.RECORDS = { getByName: () => records };
  });
  bucket.head = async () => {
    await heard;
    return head();
  };
  const start = { job: "job", task: "plan", attempt: 1 };
  assert.deepEqual(await perform(env, { account: "ada", ...start }), { shards: [{}] });
  assert.deepEqual(await heard, [start, null, null]);
});

test("row groups are put together until there are no more shards than there may be", async () => {
  const source = Array.from({ length: 1000 }, (_, id) => ({ id }));
  const options = { rowGroupRows: 100 };
  const job = exportTable({ source, format: "parquet", parquet: options, destination: { type: "memory" } });
  await job.finished;
  const { bytes } = job.files[0];
  const file = { size: bytes.length, read: async (start, end) => bytes.slice(start, end) };
  const shards = (most) => parquetShards(file, most);
  assert.equal((await shards({ bytes: 1, shards: 100 })).length, 10);
  const few = await shards({ bytes: 1, shards: 4 });
  assert.ok(few.length > 1 && few.length <= 4, `${few.length} shards`);
  assert.equal(few.at(-1).rows.end, 1000);
});

/** A bucket of R2 as it lists and deletes: a thousand at once. */
function bucketOf(names) {
  const bucket = { names: new Set(names), requests: 0 };
  bucket.list = async ({ prefix, cursor = "" }) => {
    bucket.requests++;
    const keys = [...bucket.names].filter((key) => key.startsWith(prefix) && key > cursor).sort();
    const objects = keys.slice(0, 1000).map((key) => ({ key }));
    const truncated = keys.length > 1000;
    return { objects, truncated, ...(truncated && { cursor: objects.at(-1).key }) };
  };
  bucket.delete = async (keys) => {
    bucket.requests++;
    assert.ok(keys.length > 0 && keys.length <= 1000);
    for (const key of keys) bucket.names.delete(key);
  };
  return bucket;
}

const numbered = (name, count) =>
  Array.from({ length: count }, (_, n) => `table/${name}${String(n).padStart(6, "0")}`);

/** What is left in a bucket, and by how many requests, after a task of a job that stored 2,500 files. */
async function after(task) {
  const ours = numbered("", 2500);
  const bucket = bucketOf(
    [...numbered("a-", 1200), ...ours, ...numbered("z-", 1200), "elsewhere"].map((name) => `p/${name}`),
  );
  const env = { EXPORTS: bucket, BUCKETS: { exports: { type: "r2", binding: "EXPORTS" } } };
  const work = {
    config: {},
    table: "open.table",
    place: { kind: "bucket", bucket: "exports", prefix: "p/" },
  };
  assert.deepEqual(await task(env, { job: "job", work, stored: ours }), { left: [] });
  return { ours: ours.map((name) => `p/${name}`), left: [...bucket.names], requests: bucket.requests };
}

test("a folder of thousands of files is replaced by thousands", async () => {
  const { ours, left, requests } = await after(sweep);
  assert.deepEqual(left, [...ours, "p/elsewhere"]);
  assert.ok(requests < 12, `${requests} requests`);
});

test("thousands of files are cleared away, a thousand at once", async () => {
  const { left, requests } = await after(clear);
  assert.equal(left.length, 2401);
  assert.equal(requests, 3);
});
