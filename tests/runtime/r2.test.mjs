// The R2 binding in workerd, and bindings that fail as R2 may.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { exportTable } from "../../pkg/node.js";
import { startWorkers } from "../../tools/workers.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MIB = 1 << 20;
const CANARY = "canary-7f3a91";

/**
 * Exports, as it is told by the body; `cancelAt` is a number of bytes stored. Below /objects/ are the objects; /part is the
 * README's example.
 */
const WORKER = `
import { exportTable } from "tableport";
import { exportPart } from "./part.mjs";
import { readings } from "./readings.mjs";
export default {
  async fetch(request, { BUCKET }) {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/objects/")) {
      const object = await BUCKET.get(url.pathname.slice(9));
      if (!object) return new Response(null, { status: 404 });
      return new Response(object.body, { headers: { "content-type": object.httpMetadata.contentType } });
    }
    if (url.pathname === "/part") return Response.json(await exportPart({ BUCKET }, await request.json()));
    const { count, cancelAt, ...config } = JSON.parse(await request.text());
    const destination = { type: "r2", bucket: BUCKET, prefix: "in/", ...config.destination };
    const job = exportTable({ format: "csv", ...config, source: readings(count ?? Infinity), destination });
    for await (const { progress } of job) if (progress.bytesAcknowledged > cancelAt) job.cancel();
    const error = await job.finished.then(() => undefined, ({ code, message, place }) => ({ code, message, place }));
    return Response.json({ status: job.status, error, files: job.files });
  },
};
`;
// Nothing of Math: engines differ in the last digit of a sine.
const READINGS = `
export function* readings(count) {
  for (let id = 0; id < count; id++) yield { id, text: String((id * 2654435761) % 4294967296).repeat(11) };
}
`;

let folder;
let workers;
let readings;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tableport-r2-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(join(root, "pkg"), join(folder, "node_modules", "tableport"));
  await writeFile(join(folder, "worker.mjs"), WORKER);
  await writeFile(join(folder, "readings.mjs"), READINGS);
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [, part] = /^<!-- run: r2 -->\n```js\n(.*?)^```$/ms.exec(readme);
  await writeFile(join(folder, "part.mjs"), part);
  const config = {
    name: "r2",
    main: "worker.mjs",
    compatibility_date: "2026-11-01",
    r2_buckets: [{ binding: "BUCKET", bucket_name: "exports" }],
  };
  await writeFile(join(folder, "wrangler.json"), JSON.stringify(config));
  ({ readings } = await import(join(folder, "readings.mjs")));
  workers = await startWorkers({ configs: [join(folder, "wrangler.json")] });
});
after(async () => {
  await workers?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function inWorker(config) {
  const response = await fetch(workers.origin, { method: "POST", body: JSON.stringify(config) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

async function object(key) {
  const response = await fetch(`${workers.origin}/objects/${key}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.ok ? { bytes, type: response.headers.get("content-type") } : undefined;
}

async function inMemory(count, rows) {
  const destination = { type: "memory" };
  const job = exportTable({ source: readings(count), rows, format: "csv", destination });
  await job.finished;
  return Buffer.from(job.files[0].bytes);
}

test("a small file is put", async () => {
  const { status, files, error } = await inWorker({ count: 100, fileName: "small" });
  assert.equal(status, "completed", JSON.stringify(error));
  const expected = await inMemory(100);
  const { bytes, type } = await object("in/small.csv");
  assert.ok(bytes.equals(expected));
  assert.equal(type, "text/csv; charset=utf-8");
  assert.equal(files[0].etag, createHash("md5").update(expected).digest("hex"));
});

test("a large one goes in equal parts", { timeout: 120_000 }, async () => {
  const destination = { partSize: 5 * MIB };
  const { status, files, error } = await inWorker({ count: 100_000, fileName: "large", destination });
  assert.equal(status, "completed", JSON.stringify(error));
  const expected = await inMemory(100_000);
  assert.equal(files[0].parts, Math.ceil(expected.length / (5 * MIB)));
  assert.ok(files[0].parts > 2);
  assert.match(files[0].etag, /-\d$/);
  const { bytes, type } = await object("in/large.csv");
  assert.ok(bytes.equals(expected));
  assert.equal(type, "text/csv; charset=utf-8");
});

test("ErrorIfExists fails where the object exists, by put and by multipart", {
  timeout: 120_000,
}, async () => {
  for (const [fileName, rows] of [
    ["exists", 10],
    ["exists-in-parts", 50_000],
  ]) {
    const config = { fileName, exportMode: "ErrorIfExists", destination: { partSize: 5 * MIB } };
    assert.equal((await inWorker({ ...config, count: rows })).status, "completed");
    const { error } = await inWorker({ ...config, count: rows + 1 });
    assert.equal(error?.code, "store/exists");
    assert.ok((await object(`in/${fileName}.csv`)).bytes.equals(await inMemory(rows)));
  }
});

test("a part of an object's rows is exported from where it lies", { timeout: 120_000 }, async () => {
  const parquet = { rowGroupRows: 10_000 };
  const destination = { prefix: "" };
  const config = { count: 50_000, format: "parquet", parquet, fileName: "flights", destination };
  assert.equal((await inWorker(config)).status, "completed");
  const rows = { start: 20_000, end: 40_001 };
  const response = await fetch(`${workers.origin}/part`, { method: "POST", body: JSON.stringify(rows) });
  assert.equal((await response.json()).status, "completed");
  const { bytes } = await object("flights-20000.csv");
  assert.ok(bytes.equals(await inMemory(50_000, rows)));
});

test("cancel leaves no object", { timeout: 120_000 }, async () => {
  const { status, error } = await inWorker({ fileName: "cancelled", cancelAt: 0 });
  assert.equal(status, "cancelled");
  assert.equal(error.message, "the export was cancelled");
  assert.equal(await object("in/cancelled.csv"), undefined);
});

/** A binding in memory, to which things happen: `fault(name, count)` throws in the place of a call, or not. */
function bucketWith(fault) {
  const calls = [];
  const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
  const bucket = { objects: new Map(), uploads: new Map(), calls };
  const called = (name) => {
    calls.push(name);
    fault(name, calls.filter((one) => one === name).length);
  };
  const functions = {
    async head(key) {
      called("head");
      return bucket.objects.has(key) ? { httpEtag: `"${md5(bucket.objects.get(key))}"` } : null;
    },
    async put(key, bytes) {
      called("put");
      bucket.objects.set(key, bytes);
      return { httpEtag: `"${md5(bytes)}"` };
    },
    async createMultipartUpload() {
      called("create");
      bucket.uploads.set("an & id", new Map());
      return { uploadId: "an & id" };
    },
    resumeMultipartUpload: (key, id) => ({
      async uploadPart(partNumber, bytes) {
        called("part");
        bucket.uploads.get(id).set(partNumber, bytes);
        return { etag: md5(bytes) };
      },
      async complete(parts) {
        called("complete");
        const stored = bucket.uploads.get(id);
        assert.deepEqual(
          parts.map(({ partNumber }) => partNumber),
          [...stored.keys()].sort((a, b) => a - b),
        );
        bucket.objects.set(key, Buffer.concat(parts.map(({ partNumber }) => stored.get(partNumber))));
        bucket.uploads.delete(id);
        return { httpEtag: '"opaque"' };
      },
      async abort() {
        called("abort");
        bucket.uploads.delete(id);
      },
    }),
  };
  return Object.assign(Object.create(functions), bucket);
}

const throwing = (message) => {
  throw new Error(message);
};

test("errors that pass are outlived", { timeout: 120_000 }, async () => {
  const passing = ["(10001)", "(10043)", "(10054)", "(10058)"].map((code) => `put: ${CANARY} ${code}`);
  for (const message of [...passing, "Network connection lost."]) {
    const bucket = bucketWith((_, count) => count === 1 && throwing(message));
    const destination = { type: "r2", bucket, partSize: 5 * MIB };
    const job = exportTable({ source: readings(50_000), format: "csv", fileName: "t", destination });
    await job.finished;
    assert.equal(job.progress.retries, 3, message);
    assert.ok(bucket.objects.get("t.csv").equals(await inMemory(50_000)));
  }
});

for (const [what, rows, faulty, code] of [
  ["put", 1, "put", "store/refused"],
  ["part", 50_000, "part", "store/refused"],
])
  test(`an error of a ${what} that stays ends the job, and says no more than its code`, async () => {
    const bucket = bucketWith((name) => name === faulty && throwing(`${what}: ${CANARY} is wrong (10029)`));
    const said = [];
    const onStatus = (status) => said.push(inspect(status, { depth: 9 }));
    const destination = { type: "r2", bucket, partSize: 5 * MIB };
    const job = exportTable({ source: readings(rows), format: "csv", destination, onStatus });
    const error = await job.finished.catch((error) => error);
    assert.equal(error.code, code);
    assert.equal(error.message, `the store answered 400 to ${what} (10029)`);
    assert.equal(bucket.calls.includes("abort"), what === "part");
    assert.equal(bucket.uploads.size, 0);
    said.push(error.stack, inspect(error, { depth: 9 }), inspect(job, { depth: 9 }), JSON.stringify(error));
    assert.deepEqual(
      said.filter((text) => text.includes(CANARY)),
      [],
    );
  });

test("a bucket cannot cross to a worker", async () => {
  const bucket = bucketWith(() => {});
  const config = { source: [{ a: 1 }], format: "csv", destination: { type: "r2", bucket }, worker: true };
  const error = await exportTable(config).finished.catch((error) => error);
  assert.deepEqual([error.code, error.place], ["config/conflict", { field: "worker" }]);
  assert.deepEqual(bucket.calls, []);
});

test("an ETag that is not the MD5 of what was put is a mismatch", async () => {
  const bucket = bucketWith(() => {});
  bucket.put = async () => ({ httpEtag: `"${"0".repeat(32)}"` });
  const destination = { type: "r2", bucket };
  const config = { source: [{ a: 1 }], format: "csv", destination, retries: 1 };
  const error = await exportTable(config).finished.catch((error) => error);
  assert.equal(error.code, "store/checksum-mismatch");
});
