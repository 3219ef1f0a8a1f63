// An export that is cut off, and another that goes on, over a store that checks signatures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { exportTable } from "../../pkg/node.js";
import { startStore } from "../../tools/store.mjs";
import { startFaultProxy } from "./fault-proxy.mjs";

const MIB = 1 << 20;

let store;
before(async () => {
  store = await startStore();
});
/** The exports that were cut off, which wait. */
const cut = [];
after(async () => {
  for (const job of cut) job.cancel();
  await Promise.allSettled(cut.map((job) => job.finished));
  await store?.stop();
});

/** Rows of a kilobyte that hardly compress. */
function* rows(count, from = 0) {
  for (let id = from; id < from + count; id++) yield { id, text: String(Math.sin(id)).repeat(50) };
}
const COUNT = 20_000;

async function bytesOf(config) {
  const job = exportTable({ ...config, destination: { type: "memory" } });
  await job.finished;
  return Buffer.from(job.files[0].bytes);
}

async function object(name) {
  const response = await fetch(`${store.origin}/objects/${name}`);
  return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
}

/**
 * Exports until the store has so many parts, and then is heard of no more, as if the page were gone: the token of then.
 */
async function cutOff(config, parts) {
  const never = new Promise(() => {});
  const proxy = await startFaultProxy(store, () => undefined);
  const sign = async (request) => {
    return request.partNumber > parts ? never : proxy.sign(request);
  };
  const token = await new Promise((resolve, reject) => {
    const onStatus = ({ resume }) => {
      if (resume?.files[0].parts?.length === parts) resolve(resume);
    };
    const destination = { type: "presigned", sign, partSize: 5 * MIB };
    const job = exportTable({ ...config, source: rows(COUNT), destination, retries: 0, onStatus });
    job.finished.catch(reject);
    cut.push(job);
  });
  await proxy.close();
  return JSON.parse(JSON.stringify(token));
}

/** Goes on with a token: the job, what was asked of `sign`, and the end. */
async function goOn(config, resume, sign = store.sign) {
  const asked = [];
  const noted = (request) => {
    asked.push(request);
    return sign(request);
  };
  const destination = { type: "presigned", sign: noted, partSize: 5 * MIB };
  const job = exportTable({ source: rows(COUNT), ...config, destination, resume });
  const end = await job.finished.catch((error) => error);
  return { job, asked, end };
}

const partsOf = (asked) =>
  asked.filter(({ operation }) => operation === "part").map(({ partNumber }) => partNumber);

test("what the store has is not sent again, and the object is the same", async () => {
  const config = { format: "csv", fileName: "resumed" };
  const token = await cutOff(config, 2);
  assert.ok(JSON.stringify(token).length < 1000);
  const { job, asked, end } = await goOn(config, token);
  assert.equal(end.status, "completed", end.message);
  assert.deepEqual(partsOf(asked), [3, 4]);
  assert.ok(!asked.some(({ operation }) => operation === "create"));
  assert.deepEqual(await object("resumed.csv"), await bytesOf({ ...config, source: rows(COUNT) }));
  assert.equal(job.progress.bytesAcknowledged, end.size);
  assert.equal(job.files[0].attempts, asked.length);
});

test("a table that changed is refused, and nothing of it is left", async () => {
  const config = { format: "jsonl", fileName: "changed" };
  const token = await cutOff(config, 1);
  const { end } = await goOn({ ...config, source: rows(COUNT, 1) }, token);
  assert.equal(end.code, "source/changed");
  assert.deepEqual(end.place, { file: "changed.jsonl", part: 1 });
  assert.equal(await object("changed.jsonl"), undefined);
  const url = await store.sign({
    operation: "part",
    fileName: "changed.jsonl",
    uploadId: token.files[0].uploadId,
    partNumber: 1,
  });
  assert.equal((await fetch(url, { method: "PUT", body: "x" })).status, 404);
});

test("another config is refused before anything is asked", async () => {
  const config = { format: "csv", fileName: "other" };
  const token = await cutOff(config, 1);
  for (const changed of [{ csv: { delimiter: ";" } }, { fileName: "another" }, { compression: "gzip" }]) {
    const { end, asked } = await goOn({ ...config, ...changed }, token);
    assert.deepEqual([end.code, end.place.field, asked.length], ["config/conflict", "resume", 0]);
  }
  const { end } = await goOn(config, { ...token, files: [{ name: 7 }] });
  assert.deepEqual([end.code, end.place.field], ["config/invalid-value", "resume.files[0].name"]);
  // The same still goes on, by a signer that knows no more than it must.
  const little = async (request) => {
    if (["list", "head", "delete"].includes(request.operation)) throw new Error("no such operation");
    return store.sign(request);
  };
  const done = await goOn(config, token, little);
  assert.equal(done.end.status, "completed", done.end.message);
  assert.deepEqual(partsOf(done.asked), [2, 3, 4]);
});

test("files that were finished before the export failed are removed", async () => {
  async function* failing() {
    yield* rows(30_000);
    // Until the first file is stored.
    while (!(await object("removed/000000.csv"))) await new Promise((resolve) => setTimeout(resolve, 50));
    throw new Error("no more");
  }
  const config = { format: "csv", fileName: "removed", targetFileSizeBytes: 6 * MIB, source: failing() };
  const { end, asked } = await goOn(config, undefined);
  assert.equal(end.code, "source/read-failed");
  assert.ok(asked.some(({ operation }) => operation === "delete"));
  const { objects } = await (await fetch(`${store.origin}/objects`)).json();
  assert.deepEqual(
    objects.filter(({ name }) => name.startsWith("removed/")),
    [],
  );
});
