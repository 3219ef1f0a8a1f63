// Uploads over the embedded store, which checks signatures: what arrives is what was encoded.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { createSigner } from "../../edge/sign.js";
import { exportTable } from "../../pkg/node.js";
import { startStore } from "../../tools/store.mjs";
import { readings } from "./readings.mjs";
import { listen } from "./support.mjs";

const MIB = 1 << 20;
const TIMEOUT = { timeout: 120_000 };

let store;
before(async () => {
  store = await startStore();
});
after(() => store?.stop());

async function inMemory(config) {
  const job = exportTable({ ...config, destination: { type: "memory" } });
  await job.finished;
  return job.files.map(({ bytes }) => Buffer.from(bytes));
}

async function object(name) {
  const path = name.split("/").map(encodeURIComponent).join("/");
  const response = await fetch(`${store.origin}/objects/${path}`);
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

async function stored(prefix) {
  const { objects } = await (await fetch(`${store.origin}/objects`)).json();
  return objects.map(({ name }) => name).filter((name) => name.startsWith(prefix));
}

/** A `sign` that notes what it was asked. */
function noting(sign = store.sign) {
  const asked = [];
  const noted = (request) => {
    asked.push(request);
    return sign(request);
  };
  return { asked, sign: noted };
}

/** An upload id that the store no longer knows can't be completed. */
async function isGone(fileName, uploadId) {
  const url = await store.sign({ operation: "part", fileName, uploadId, partNumber: 1 });
  const response = await fetch(url, { method: "PUT", body: "x" });
  await response.arrayBuffer();
  return response.status === 404;
}

test("one presigned URL takes the file by one PUT", TIMEOUT, async () => {
  const config = { format: "csv", compression: "gzip", fileName: "single" };
  const url = await store.sign({ operation: "put", fileName: "single.csv.gz" });
  const job = exportTable({ ...config, source: readings(5000), destination: url });
  await job.finished;
  const [expected] = await inMemory({ ...config, source: readings(5000) });
  assert.deepEqual((await object("single.csv.gz")).bytes, expected);
  const [{ etag, checksums, size, stored }] = job.files;
  assert.equal(etag?.replaceAll('"', ""), createHash("md5").update(expected).digest("hex"));
  assert.equal(checksums.md5, etag.replaceAll('"', ""));
  assert.deepEqual([size, stored], [expected.length, true]);
});

for (const format of ["csv", "jsonl", "parquet"]) {
  test(`a ${format} of several parts is byte-equal`, TIMEOUT, async () => {
    const { asked, sign } = noting();
    const config = { format, fileName: `parts-${format}` };
    const destination = { type: "presigned", sign, partSize: 5 * MIB };
    const job = exportTable({ ...config, source: readings(150_000), destination });
    await job.finished;
    const [expected] = await inMemory({ ...config, source: readings(150_000) });
    assert.ok((await object(job.files[0].name)).bytes.equals(expected));
    const parts = Math.ceil(expected.length / (5 * MIB));
    assert.ok(parts > 1);
    const count = (operation) => asked.filter((request) => request.operation === operation).length;
    assert.deepEqual(["create", "part", "complete", "abort", "put"].map(count), [1, parts, 1, 0, 0]);
    assert.equal(job.files[0].parts, parts);
  });
}

test("several files, each of its own upload", TIMEOUT, async () => {
  const config = { format: "csv", fileName: "several", targetFileSizeBytes: 6 * MIB };
  const destination = { type: "presigned", sign: store.sign, partSize: 5 * MIB };
  const job = exportTable({ ...config, source: readings(150_000), destination });
  const { fileCount, size } = await job.finished;
  const expected = await inMemory({ ...config, source: readings(150_000) });
  assert.ok(fileCount > 1);
  assert.equal(fileCount, expected.length);
  assert.equal(
    size,
    expected.reduce((total, { length }) => total + length, 0),
  );
  for (const [index, { name }] of job.files.entries()) {
    assert.equal(name, `several/${String(index).padStart(6, "0")}.csv`);
    assert.ok((await object(name)).bytes.equals(expected[index]), name);
  }
});

test("a small file of a presigned destination goes by PUT", TIMEOUT, async () => {
  const { asked, sign } = noting();
  const job = exportTable({
    source: [{ a: 1 }],
    format: "csv",
    fileName: "small",
    destination: { type: "presigned", sign },
  });
  await job.finished;
  assert.deepEqual(
    asked.map(({ operation }) => operation),
    ["put"],
  );
  assert.equal((await object("small.csv")).bytes.toString(), "a\n1\n");
});

test("a signer is told of bodies, and its headers take the place of ours", TIMEOUT, async () => {
  const seen = [];
  const server = await listen(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { "content-type": type, "content-md5": md5 } = request.headers;
    seen.push({ type, md5, body: Buffer.concat(chunks).toString() });
    response.end();
  });
  const { asked, sign } = noting(() => ({ url: server.origin, headers: { "Content-Type": "text/x-own" } }));
  const destination = { type: "presigned", sign, headers: { "content-TYPE": "text/x-other" } };
  await exportTable({ source: [{ a: 1 }], format: "csv", destination }).finished;
  await server.close();
  const body = "a\n1\n";
  const md5 = createHash("md5").update(body).digest("base64");
  assert.deepEqual(seen, [{ type: "text/x-own", md5, body }]);
  assert.deepEqual(
    asked.map(({ size, contentMd5 }) => [size, contentMd5]),
    [[body.length, md5]],
  );
});

test("cancel leaves neither an object nor an unfinished upload", TIMEOUT, async () => {
  const { asked, sign } = noting();
  const destination = { type: "presigned", sign, partSize: 5 * MIB };
  const source = readings(Number.POSITIVE_INFINITY);
  const job = exportTable({ source, format: "csv", fileName: "cancelled", destination });
  for await (const { progress } of job) if (progress.bytesAcknowledged > 0) job.cancel();
  await assert.rejects(job.finished, ({ code }) => code === "cancelled");
  assert.equal(job.status, "cancelled");
  assert.deepEqual(await stored("cancelled"), []);
  const { uploadId } = asked.find(({ operation }) => operation === "part");
  assert.equal(asked.filter(({ operation }) => operation === "abort").length, 1);
  assert.ok(await isGone("cancelled.csv", uploadId));
});

test("a source that fails half-way aborts the upload, and its error is the cause", TIMEOUT, async () => {
  let begin;
  const begun = new Promise((resolve) => {
    begin = resolve;
  });
  const { asked, sign } = noting((request) => {
    if (request.operation === "part") begin();
    return store.sign(request);
  });
  const own = new Error("the database went away");
  async function* failing() {
    yield* readings(150_000);
    // A part is under way by then.
    await begun;
    throw own;
  }
  const destination = { type: "presigned", sign, partSize: 5 * MIB };
  const job = exportTable({ source: failing(), format: "csv", fileName: "failed", destination });
  await assert.rejects(job.finished, (error) => {
    assert.equal(error.code, "source/read-failed");
    assert.equal(error.cause, own);
    return true;
  });
  assert.deepEqual(await stored("failed"), []);
  const { uploadId } = asked.find(({ operation }) => operation === "part");
  assert.ok(await isGone("failed.csv", uploadId));
});

test("a refused signature fails at once, and says so without the URL", TIMEOUT, async () => {
  const { asked, sign } = noting(createSigner({ ...store, secretAccessKey: "a-canary-in-a-secret" }));
  const job = exportTable({
    source: [{ a: 1 }],
    format: "csv",
    fileName: "refused",
    destination: { type: "presigned", sign },
  });
  await assert.rejects(job.finished, (error) => {
    assert.equal(error.code, "store/refused");
    assert.equal(error.place.file, "refused.csv");
    assert.doesNotMatch(JSON.stringify([error.message, error.place, job]), /X-Amz|canary|127\.0\.0\.1/);
    return true;
  });
  assert.equal(asked.length, 1);
  assert.deepEqual(await stored("refused"), []);
});

test("a server may create and complete uploads itself", TIMEOUT, async () => {
  const { asked, sign } = noting(async (request) => {
    if (["create", "complete", "abort"].includes(request.operation)) return { done: await made(request) };
    return store.sign(request);
  });
  /** As a server would that has credentials. */
  async function made({ parts, ...request }) {
    const listed = parts?.map(
      ({ partNumber, etag }) => `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`,
    );
    const body = listed && `<CompleteMultipartUpload>${listed.join("")}</CompleteMultipartUpload>`;
    const method = request.operation === "abort" ? "DELETE" : "POST";
    const answer = await (await fetch(await store.sign(request), { method, body })).text();
    const element = (name) =>
      new RegExp(`<${name}>(.*)</${name}>`).exec(answer)?.[1].replaceAll("&quot;", "");
    return { uploadId: element("UploadId"), etag: element("ETag") };
  }
  const config = { format: "csv", fileName: "made-by-server" };
  const destination = { type: "presigned", sign, partSize: 5 * MIB };
  const job = exportTable({ ...config, source: readings(80_000), destination });
  await job.finished;
  const [expected] = await inMemory({ ...config, source: readings(80_000) });
  assert.deepEqual((await object("made-by-server.csv")).bytes, expected);
  assert.match(job.files[0].etag, /-2$/);
  assert.deepEqual(asked.map(({ operation }) => operation).sort(), ["complete", "create", "part", "part"]);
});
