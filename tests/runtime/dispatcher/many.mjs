// A job of ten thousand shards: how many start in a second, how often they tell of themselves, what is told of their files.
import assert from "node:assert/strict";
import { importEdge } from "../edge.mjs";
import { sqlStorage } from "./sqlite.mjs";

const SHARDS = 10_000;
const [{ Board }, { Dispatcher }] = await importEdge("records/board", "records/dispatcher");

const limits = { waiting: 8, tasks: 50_000, silence: 120_000 };
const settings = { queues: { default: { jobs: 2 } }, limits };
const dispatcher = new Dispatcher(new Board(sqlStorage()), settings, () => {});
let now = 1_800_000_000_000;
const asked = {
  id: "job",
  api: "dli",
  queue: "default",
  priority: 0,
  work: { config: { format: "csv" }, table: "a.b", place: {}, shared: true },
  terms: {},
  described: null,
};

dispatcher.create(asked, now);
const [plan] = dispatcher.due(now);
assert.equal(dispatcher.begin(plan, now).schema, null);
assert.equal(dispatcher.nextLook(now), now + limits.silence / 2, "when a task may be lost");
const schema = { a: "int64" };
dispatcher.ended(plan, { shards: Array.from({ length: SHARDS }, (_, n) => ({ n })), schema }, now);

// As many as Cloudflare creates: one of them was the plan.
const starts = dispatcher.due(now);
assert.equal(starts.length, 99);
assert.deepEqual(dispatcher.due(now), []);
assert.equal(dispatcher.nextLook(now), now + 1000, "when others may be created");
dispatcher.putBack(starts.slice(0, 10));
for (let second = 1; second <= 101; second++) starts.push(...dispatcher.due((now += 1000)));
const latest = new Map(starts.map((start) => [start.task, start]));
assert.equal(starts.length, SHARDS + 10);
assert.equal(latest.size, SHARDS);
assert.equal(latest.get("shard-0").attempt, 2, "what was put back is another instance");

// A hundred times in a second, but before they are thought lost.
const told = (percent, files) => ({
  percent,
  files,
  progress: { rows: percent, bytesEncoded: 0, bytesAcknowledged: 0, retries: 0 },
});
const first = latest.get("shard-0");
assert.deepEqual(dispatcher.begin(first, now).schema, schema, "the types, which the plan told once");
assert.equal(dispatcher.heard(first, told(50, []), null, now), limits.silence / 4);
for (const start of [...latest.values()].slice(200))
  dispatcher.ended(start, { news: told(100, [{ name: start.task, size: 3, stored: true }]) }, now);
assert.equal(dispatcher.heard(first, told(60, []), null, now), 2000);

// A job that runs is told of without its files, one that has ended with all or one of them.
const running = dispatcher.get("dli", "job").record;
assert.deepEqual(running.files, []);
assert.equal(running.resource.percentCompleted, (100 * (SHARDS - 200) + 60) / SHARDS);
for (const start of [...latest.values()].slice(0, 200))
  dispatcher.ended(start, { news: told(100, [{ name: start.task, size: 3, stored: true }]) }, now);
const { resource, files, progress } = dispatcher.get("dli", "job").record;
assert.deepEqual([resource.status, resource.fileCount, resource.size], ["completed", SHARDS, 3 * SHARDS]);
assert.equal(progress.rows, 100 * SHARDS);
assert.deepEqual(
  files.map(({ name }) => name),
  Array.from({ length: SHARDS }, (_, n) => `shard-${n}`),
);
const partOf = (part) => dispatcher.get("dli", "job", part).record.files.map(({ name }) => name);
assert.deepEqual([partOf(0), partOf(9_999), partOf(10_000)], [["shard-0"], ["shard-9999"], []]);
