// Uploads by way of Uppy's own Companion, and of servers that differ from it as its documentation allows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { exportTable } from "../../pkg/node.js";
import { Companion } from "../../pkg/stores/companion.js";
import { s3Request, signS3 } from "../../pkg/stores/s3.js";
import { startCompanion } from "../../tools/companion.mjs";
import { startLocalStack } from "../../tools/localstack.mjs";
import { readings } from "./readings.mjs";
import { listen } from "./support.mjs";

const MIB = 1 << 20;
const CANARY = "canary-7f3a91";
const BUCKET = "exports";

let store;
let server;
before(async () => {
  store = { ...(await startLocalStack()), bucket: BUCKET };
  assert.equal((await toBucket("PUT", "")).status, 200);
  server = await startCompanion(store);
});
after(async () => {
  await server?.stop();
  await store?.stop();
});

async function toBucket(method, path) {
  const url = new URL(`${store.endpoint}/${BUCKET}${path}`);
  return fetch(await signS3({ method, url }, store.credentials, store.region, Date.now()), { method });
}

/** The objects by their keys, where those end with `name`. */
async function objects(name) {
  const listed = await (await toBucket("GET", "?list-type=2")).text();
  const keys = [...listed.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key);
  const found = keys.filter((key) => key.endsWith(name));
  const bytes = (key) => toBucket("GET", `/${key}`).then((answer) => answer.arrayBuffer());
  return Promise.all(found.map(async (key) => [key, Buffer.from(await bytes(key))]));
}

const unfinished = async () => (await (await toBucket("GET", "?uploads=")).text()).match(/<UploadId>/g) ?? [];

/** A server before Companion, which notes what is asked of it, and may answer in its place. */
async function between(t, answer = () => undefined) {
  const asked = [];
  const proxy = await listen(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    asked.push({ method, url, headers });
    const instead = await answer({ method, url, count: asked.length });
    if (instead) return response.writeHead(instead.status ?? 200).end(JSON.stringify(instead.body ?? {}));
    const { host, connection, "content-length": _, ...kept } = headers;
    const init = { method, headers: kept, ...(chunks.length > 0 && { body: Buffer.concat(chunks) }) };
    const answered = await fetch(new URL(url, server.origin), init);
    response.writeHead(answered.status, { "content-type": "application/json" }).end(await answered.text());
  });
  t.after(proxy.close);
  /** What was asked: each request as its method and the route. */
  const routes = () =>
    asked.map(({ method, url }) => {
      const [path] = url.split("?");
      return `${method} ${path.replace(/^(\/s3\/multipart\/)[^/]+/, "$1:id").replace(/\d+$/, ":part")}`;
    });
  return { origin: proxy.origin, asked, routes };
}

async function inMemory(config) {
  const job = exportTable({ ...config, destination: { type: "memory" } });
  await job.finished;
  return job.files.map(({ bytes }) => Buffer.from(bytes));
}

test("a large file goes by multipart, under the key that the server chose", {
  timeout: 120_000,
}, async (t) => {
  const { origin, asked, routes } = await between(t);
  const config = { format: "csv", fileName: "large" };
  const destination = { type: "companion", endpoint: `${origin}/`, partSize: 5 * MIB };
  for (const worker of [false, true]) {
    asked.length = 0;
    const job = exportTable({ ...config, source: readings(200_000), destination, worker });
    await job.finished;
    const [expected] = await inMemory({ ...config, source: readings(200_000) });
    const found = await objects("large.csv");
    assert.ok(found.at(-1)[1].equals(expected));
    assert.equal(found.length, 1 + Number(worker));
    assert.equal(job.files[0].parts, Math.ceil(expected.length / (5 * MIB)));
    const [first, ...others] = routes();
    assert.equal(first, "POST /s3/multipart");
    assert.equal(others.pop(), "POST /s3/multipart/:id/complete");
    for (const route of others) assert.match(route, /^GET \/s3\/multipart\/:id\/(:part|batch)$/);
    for (const { url } of asked.slice(1)) assert.match(url, /[?&]key=[-0-9a-f]{36}-large\.csv/);
  }
});

test("parts whose turn comes at once are signed together, sixteen at most", async (t) => {
  const { origin, routes } = await between(t);
  const signer = new Companion({ type: "companion", endpoint: origin });
  const file = { fileName: "together.csv", fileIndex: 0, contentType: "text/csv" };
  const { uploadId } = (await signer.sign({ ...file, operation: "create" })).done;
  const sign = (partNumber) => signer.sign({ ...file, operation: "part", partNumber, uploadId });
  const targets = await Promise.all(Array.from({ length: 18 }, (_, index) => sign(index + 1)));
  const numbers = targets.map(({ url }) => new URL(url).searchParams.get("partNumber"));
  assert.deepEqual(
    numbers,
    targets.map((_, index) => String(index + 1)),
  );
  await sign(19);
  const batch = "GET /s3/multipart/:id/batch";
  assert.deepEqual(routes().slice(1), [batch, batch, "GET /s3/multipart/:id/:part"]);
  await signer.sign({ ...file, operation: "abort", uploadId });
});

test("a small file: a form is no PUT, so it goes by multipart", async (t) => {
  const { origin, routes } = await between(t);
  const destination = { type: "companion", endpoint: origin };
  const config = { format: "csv", fileName: "small", targetFileSizeBytes: 1 };
  const source = () => readings(20_000);
  const job = exportTable({ ...config, source: source(), destination, concurrency: 1 });
  const { fileCount } = await job.finished;
  const expected = await inMemory({ ...config, source: source() });
  assert.ok(fileCount > 1);
  const found = (await objects(".csv")).filter(([key]) => key.includes("small/"));
  const texts = (all) => all.map(String).sort();
  assert.deepEqual(texts(found.map(([, bytes]) => bytes)), texts(expected));
  assert.equal(job.progress.bytesAcknowledged, job.progress.bytesEncoded);
  // It is asked once.
  assert.equal(routes().filter((route) => route === "GET /s3/params").length, 1);
});

test("a small file: a PUT is taken", async (t) => {
  const put = async ({ url: path }) => {
    const query = new URL(path, "http://host").searchParams;
    assert.deepEqual(
      [...query],
      [
        ["filename", "put.csv"],
        ["type", "text/csv; charset=utf-8"],
      ],
    );
    const { url } = s3Request(store, "by-put.csv", { operation: "put" });
    const headers = { "x-amz-meta-by": "tests" };
    const request = { method: "PUT", url, headers };
    const signed = await signS3(request, store.credentials, store.region, Date.now());
    return { body: { method: "PUT", url: signed.href, fields: {}, headers } };
  };
  const { origin, routes } = await between(t, put);
  const destination = { type: "companion", endpoint: origin };
  const job = exportTable({ source: [{ a: 1 }], format: "csv", fileName: "put", destination });
  await job.finished;
  assert.deepEqual(routes(), ["GET /s3/params"]);
  assert.deepEqual(await objects("by-put.csv"), [["by-put.csv", Buffer.from("a\n1\n")]]);
  assert.match(job.files[0].etag, /^[0-9a-f]{32}$/);
});

test("headers are asked for each request, and the store gets none of them", async (t) => {
  const { origin, asked } = await between(t);
  let tokens = 0;
  const headers = async () => ({ authorization: `Bearer ${++tokens}` });
  const destination = { type: "companion", endpoint: origin, headers };
  await exportTable({ source: [{ a: 1 }], format: "csv", fileName: "token", destination }).finished;
  assert.deepEqual(
    asked.map((request) => request.headers.authorization),
    asked.map((_, index) => `Bearer ${index + 1}`),
  );
  assert.equal((await objects("token.csv")).length, 1);
});

test("a server without batches is asked for each part", { timeout: 120_000 }, async (t) => {
  const none = ({ url }) => (url.includes("/batch?") ? { status: 404 } : undefined);
  const { origin, routes } = await between(t, none);
  const destination = { type: "companion", endpoint: origin, partSize: 5 * MIB };
  const job = exportTable({ source: readings(200_000), format: "csv", fileName: "unbatched", destination });
  await job.finished;
  const signed = routes().filter((route) => route === "GET /s3/multipart/:id/:part");
  assert.equal(signed.length, job.files[0].parts);
});

test("passing failures of the server are outlived", { timeout: 120_000 }, async (t) => {
  const fails = ({ count }) =>
    count % 2 === 0 ? undefined : { status: [500, 503, 429, 408][(count >> 1) % 4] };
  const { origin } = await between(t, fails);
  const destination = { type: "companion", endpoint: origin, partSize: 5 * MIB };
  const job = exportTable({ source: readings(60_000), format: "csv", fileName: "flaky", destination });
  await job.finished;
  assert.ok(job.progress.retries > 2);
  assert.equal((await objects("flaky.csv")).length, 1);
});

test("cancel leaves neither an object nor an upload", { timeout: 120_000 }, async (t) => {
  const { origin, routes } = await between(t);
  const destination = { type: "companion", endpoint: origin, partSize: 5 * MIB };
  const source = readings(Number.POSITIVE_INFINITY);
  const job = exportTable({ source, format: "csv", fileName: "cancelled", destination });
  for await (const { progress } of job) if (progress.bytesAcknowledged > 0) job.cancel();
  await assert.rejects(job.finished, ({ code }) => code === "cancelled");
  assert.equal(routes().at(-1), "DELETE /s3/multipart/:id");
  assert.deepEqual([await objects("cancelled.csv"), await unfinished()], [[], []]);
});

test("cancel while the server creates an upload leaves none", { timeout: 120_000 }, async (t) => {
  const job = () => running;
  const { origin, routes } = await between(t, ({ method, url }) => {
    if (method === "POST" && url === "/s3/multipart") job().cancel();
    return undefined;
  });
  const destination = { type: "companion", endpoint: origin, partSize: 5 * MIB };
  const running = exportTable({ source: readings(100_000), format: "csv", fileName: "created", destination });
  await assert.rejects(running.finished, ({ code }) => code === "cancelled");
  assert.deepEqual(routes(), ["POST /s3/multipart", "DELETE /s3/multipart/:id"]);
  assert.deepEqual(await unfinished(), []);
});

for (const [what, status, body, code] of [
  ["a refusal", 401, { error: CANARY }, "store/refused"],
  ["a failure that stays", 503, { error: CANARY }, "store/unavailable"],
  ["an answer without a key", 200, { uploadId: CANARY }, "sign/invalid-answer"],
  ["a URL that is none", 200, { method: "PUT", url: `ftp://${CANARY}` }, "sign/invalid-answer"],
])
  test(`${what} fails, and says nothing of tokens`, async (t) => {
    const { origin } = await between(t, () => ({ status, body }));
    const headers = { authorization: `Bearer ${CANARY}` };
    const destination = { type: "companion", endpoint: origin, headers };
    const said = [];
    const onStatus = (status) => said.push(inspect(status, { depth: 9 }));
    const config = { source: [{ a: CANARY }], format: "csv", destination, retries: 0, onStatus };
    const error = await exportTable(config).finished.catch((error) => error);
    assert.equal(error.code, code);
    said.push(
      error.stack,
      inspect(error, { depth: 9 }),
      inspect(error.job, { depth: 9 }),
      JSON.stringify(error),
    );
    assert.deepEqual(
      said.filter((text) => text.includes(CANARY)),
      [],
    );
  });

test("what the headers function threw is the cause", async () => {
  const cause = new Error("no token today");
  const headers = () => {
    throw cause;
  };
  const destination = { type: "companion", endpoint: server.origin, headers };
  const config = { source: [{ a: 1 }], format: "csv", destination, retries: 0 };
  const error = await exportTable(config).finished.catch((error) => error);
  assert.deepEqual([error.code, error.cause], ["sign/failed", cause]);
});
