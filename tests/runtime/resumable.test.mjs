// Resumable uploads over an emulator of Cloud Storage: what arrives is what was encoded, whatever networks do.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { exportTable } from "../../pkg/node.js";
import { launch, serve } from "./chromium.mjs";
import { startProxy } from "./fault-proxy.mjs";
import { half, startGoogle } from "./google.mjs";

const UNIT = 256 << 10;

let google;
before(async () => {
  google = await startGoogle({ take: (bytes, count) => take(bytes, count) });
});
after(() => google?.stop());

const whole = (bytes) => bytes;
/** What the store takes of a chunk, in the test that runs. */
let take = whole;

/** Rows of half a kilobyte that hardly compress. */
function* rows(count) {
  const digest = (text) => createHash("sha512").update(text).digest("hex");
  for (let id = 0; id < count; id++) yield { id, text: [1, 2, 3, 4].map((n) => digest(`${id} ${n}`)).join() };
}
/** Three chunks. */
const MANY = 1_300;

/** What a request of a session is. */
function route({ method, url, headers }) {
  const asks = headers["content-range"]?.startsWith("bytes */") && headers["content-range"] !== "bytes */0";
  const puts = asks ? "ask" : "chunk";
  return { operation: { PUT: puts, DELETE: "end" }[method] ?? "other", path: url };
}

/** Exports by way of a proxy with faults: `{job, end, sent, started, object, expected}`. */
async function exportThrough(
  { fault = () => undefined, source, count = MANY, through = () => {}, ...config },
  begin = google.start,
) {
  const [sent, started] = [[], []];
  const noted = (operation, count) => {
    sent.push(operation);
    return fault(operation, count);
  };
  const proxy = await startProxy({ origin: google.origin, route, fault: noted });
  const start = async (request) => {
    started.push(request);
    return (await begin(request)).replace(google.origin, proxy.origin);
  };
  const base = { format: "csv", fileName: `out ü ${crypto.randomUUID()}`, ...config };
  const destination = { type: "resumable", start, chunkSize: UNIT };
  const job = exportTable({ source: source ?? rows(count), ...base, destination });
  through(job);
  const end = await job.finished.catch((error) => error);
  await proxy.close();
  const memory = { destination: { type: "memory" }, resume: undefined };
  const inMemory = exportTable({ source: rows(count), ...base, ...memory });
  await inMemory.finished;
  const object = await google.object(job.files[0].name);
  assert.doesNotMatch(JSON.stringify([end.message, end.place, job, job.files]), /upload_id|127\.0\.0\.1/);
  return { job, end, sent, started, object, expected: Buffer.from(inMemory.files[0].bytes) };
}

const once = (wanted, what) => (operation, count) => (operation === wanted && count === 0 ? what : undefined);
const count = (sent, wanted) => sent.filter((operation) => operation === wanted).length;

for (const [config, chunks] of [
  [{ count: 10 }, 1],
  [{ count: 0, format: "jsonl" }, 1],
  [{ format: "csv" }, 3],
  [{ format: "parquet", count: 3_000 }, 4],
  [{ compression: "gzip" }, 2],
])
  test(`a file of ${chunks} chunks: ${JSON.stringify(config)}`, async () => {
    const { end, job, sent, started, object, expected } = await exportThrough(config);
    assert.equal(end.status, "completed", end.message);
    assert.ok(object.bytes.equals(expected));
    assert.equal(job.files[0].checksums.md5, createHash("md5").update(expected).digest("hex"));
    assert.equal(object.type, started[0].contentType);
    const { fileName, contentType, ...request } = started[0];
    assert.deepEqual(request, { operation: "create", fileIndex: 0, uploadId: job.toJSON().id });
    assert.equal(started.length, 1);
    assert.ok(sent.length >= chunks, `${sent.length}`);
    assert.deepEqual(sent, Array(Math.max(1, Math.ceil(expected.length / UNIT))).fill("chunk"));
  });

test("several files, each of its own session", async () => {
  const config = { format: "csv", fileName: "several", targetFileSizeBytes: 100_000 };
  const destination = { type: "resumable", start: google.start, chunkSize: UNIT };
  const job = exportTable({ ...config, source: rows(20_000), destination });
  await job.finished;
  assert.ok(job.files.length > 1);
  const inMemory = exportTable({ ...config, source: rows(20_000), destination: { type: "memory" } });
  await inMemory.finished;
  for (const { name, bytes } of inMemory.files)
    assert.ok((await google.object(name)).bytes.equals(Buffer.from(bytes)));
});

test("what the store took of a chunk is not sent again", async (t) => {
  t.after(() => {
    take = whole;
  });
  let passed = 0;
  take = (bytes, count) => {
    const share = count % 2 === 0 ? half(bytes) : bytes;
    passed += share;
    return share;
  };
  const source = rows(5_000);
  const config = { format: "csv", fileName: "halves" };
  const destination = { type: "resumable", start: google.start, chunkSize: 4 * UNIT };
  const job = exportTable({ ...config, source, destination });
  const { size } = await job.finished;
  const inMemory = exportTable({ ...config, source: rows(5_000), destination: { type: "memory" } });
  await inMemory.finished;
  assert.ok((await google.object("halves.csv")).bytes.equals(Buffer.from(inMemory.files[0].bytes)));
  assert.equal(passed, size);
  assert.equal(job.progress.retries, 0);
});

for (const [at, what] of [
  [0, "the first chunk"],
  [2, "the last chunk"],
])
  for (const fault of [
    "lose the request",
    "lose the answer",
    { status: 503 },
    { status: 500, body: "<html>" },
    { status: 429 },
  ])
    test(`${fault.status ?? fault} of ${what}: the session is asked first`, async () => {
      const faulty = (operation, count) => (operation === "chunk" && count === at ? fault : undefined);
      const { end, sent, object, expected } = await exportThrough({ fault: faulty });
      assert.equal(end.status, "completed", end.message);
      assert.ok(object.bytes.equals(expected));
      assert.equal(sent[at + 1], "ask");
      assert.deepEqual(count(sent, "ask"), 1);
      // What arrived is not sent again.
      assert.equal(count(sent, "chunk"), fault === "lose the answer" ? 3 : 4);
    });

test("an asking request that fails asks again", async () => {
  const fault = (operation, count) => {
    if (operation === "chunk" && count === 1) return "lose the answer";
    return operation === "ask" && count < 2 ? ["lose the request", { status: 502 }][count] : undefined;
  };
  const { end, sent, object, expected } = await exportThrough({ fault });
  assert.equal(end.status, "completed", end.message);
  assert.deepEqual(sent, ["chunk", "chunk", "ask", "ask", "ask", "chunk"]);
  assert.ok(object.bytes.equals(expected));
});

for (const status of [404, 410]) {
  test(`a session that is gone with its first chunk is begun again: ${status}`, async () => {
    const { end, started, object, expected } = await exportThrough({ fault: once("chunk", { status }) });
    assert.equal(end.status, "completed", end.message);
    assert.equal(started.length, 2);
    assert.ok(object.bytes.equals(expected));
  });

  test(`one that is gone later ends the export: ${status}`, async () => {
    const fault = (operation, count) => (operation === "chunk" && count === 1 ? { status } : undefined);
    const { end, started, object } = await exportThrough({ fault });
    assert.equal(end.code, "store/session-lost");
    assert.equal(end.place.part, 2);
    assert.equal(started.length, 1);
    assert.equal(object, undefined);
  });
}

test("ErrorIfExists is for the one who begins the session", async () => {
  const { started, job, expected } = await exportThrough({ exportMode: "ErrorIfExists" });
  assert.equal(started[0].ifNoneMatch, true);
  const fileName = job.files[0].name.replace(/\.csv$/, "");
  const again = { fileName, exportMode: "ErrorIfExists", count: MANY + 1 };
  const { end, object } = await exportThrough(again);
  assert.equal(end.code, "store/exists");
  assert.ok(object.bytes.equals(expected));
});

test("a chunk that was damaged on its way is found at the end", async () => {
  const { end } = await exportThrough({ fault: once("chunk", "damage the body") });
  assert.equal(end.code, "store/checksum-mismatch");
});

test("a redirect is no answer of a session", async () => {
  const fault = once("chunk", { status: 308, headers: { location: "/elsewhere" } });
  const { end, object } = await exportThrough({ fault, count: 10 });
  assert.equal(end.code, "store/refused");
  assert.equal(object, undefined);
});

test("cancel ends the session, and leaves no object", async () => {
  const through = async (job) => {
    for await (const { progress } of job) if (progress.bytesAcknowledged > 0) job.cancel();
  };
  const open = google.sessions.size;
  const { end, object, sent } = await exportThrough({ source: rows(Number.POSITIVE_INFINITY), through });
  assert.equal(end.code, "cancelled");
  assert.equal(object, undefined);
  assert.equal(count(sent, "end"), 1);
  assert.equal(google.sessions.size, open);
});

test("a start that throws is tried again, and is the cause where it goes on", async () => {
  const cause = new Error("no session");
  let asked = 0;
  const start = () => {
    asked++;
    throw cause;
  };
  const destination = { type: "resumable", start };
  const config = { source: [{ a: 1 }], format: "csv", retries: 1, destination };
  const end = await exportTable(config).finished.catch((error) => error);
  assert.deepEqual([end.code, end.cause, asked], ["sign/failed", cause, 2]);
  const none = { ...config, destination: { type: "resumable", start: () => "upload_id=x" } };
  await assert.rejects(exportTable(none).finished, { code: "sign/invalid-answer" });
});

/** Exports until the store has two chunks, and then reaches it no more, as if the page were gone: the token of then. */
async function cutOff({ start, ...config }) {
  const fault = (operation, count) => (operation === "chunk" && count === 2 ? "hold it" : undefined);
  const proxy = await startProxy({ origin: google.origin, route, fault });
  const through = async (request) => (await start(request)).replace(google.origin, proxy.origin);
  const destination = { type: "resumable", start: through, chunkSize: UNIT };
  const token = await new Promise((resolve) => {
    const onStatus = ({ resume, progress }) => {
      if (progress.bytesAcknowledged === 2 * UNIT) resolve(JSON.parse(JSON.stringify(resume)));
    };
    exportTable({ ...config, source: rows(MANY), destination, retries: 0, onStatus });
  });
  await proxy.close();
  return token;
}

for (const [what, keeps] of [
  ["goes on with the session that was kept", true],
  ["begins another where none was kept", false],
])
  test(`an export that was cut off ${what}`, async () => {
    const kept = new Map();
    const asked = [];
    const start = async (request) => {
      asked.push(request);
      const { uploadId, fileName, resume } = request;
      const key = `${uploadId} ${fileName}`;
      if (!(resume && keeps)) kept.set(key, await google.start(request));
      return kept.get(key);
    };
    const config = { format: "csv", fileName: `cut off ${keeps}` };
    const resume = await cutOff({ ...config, start });
    assert.doesNotMatch(JSON.stringify(resume), /upload_id|127\.0\.0\.1/);

    const { end, sent, job, object, expected } = await exportThrough(
      { ...config, source: rows(MANY), resume },
      start,
    );
    assert.equal(end.status, "completed", end.message);
    assert.ok(object.bytes.equals(expected));
    const { uploadId } = asked[0];
    assert.deepEqual([asked.length, asked[1].resume, asked[1].uploadId], [2, true, uploadId]);
    assert.deepEqual(sent, keeps ? ["ask", "chunk"] : ["ask", "chunk", "chunk", "chunk"]);
    assert.equal(job.progress.bytesAcknowledged, end.size);
    // What was made is there, and is not sent again.
    const again = await exportThrough({ ...config, source: rows(MANY), resume }, start);
    assert.equal(again.end.status, "completed", again.end.message);
    if (keeps) assert.deepEqual(again.sent, ["ask"]);
    const other = await exportThrough({ ...config, source: rows(MANY + 1), resume }, start);
    assert.equal(other.end.code, "source/changed");
  });

/** Exports from a page to a store, whose sessions are begun out here. */
async function exportFromPage(t, store, worker, fault) {
  const script = 'import { exportTable } from "/pkg/browser.js"; window.exportTable = exportTable;';
  const server = await serve({ script, policy: "script-src 'self' 'wasm-unsafe-eval'" });
  const proxy = await startProxy({ origin: store.origin, route, fault });
  const browser = await launch();
  t.after(async () => {
    await browser.close();
    await proxy.close();
    await server.close();
  });
  const page = await browser.newPage();
  await page.exposeFunction("start", async (request) =>
    (await store.start(request)).replace(store.origin, proxy.origin),
  );
  await page.goto(server.origin);
  await page.waitForFunction(() => window.exportTable);
  return page.evaluate(
    async ({ worker, chunkSize }) => {
      const source = Array.from({ length: 800 }, (_, id) => ({ id, text: String(Math.sin(id)).repeat(50) }));
      const destination = { type: "resumable", start: window.start, chunkSize };
      const config = { source, format: "csv", fileName: `page-${worker}`, destination, worker };
      const job = window.exportTable(config);
      const error = await job.finished.then(
        () => undefined,
        (error) => error.code,
      );
      return { ...job.toJSON(), error };
    },
    { worker, chunkSize: UNIT },
  );
}

for (const worker of [true, false])
  test(`from a page, ${worker ? "in a worker" : "in the page"}: a lost answer, and CORS`, async (t) => {
    const fault = (operation, count) => (operation === "chunk" && count === 1 ? { status: 503 } : undefined);
    const end = await exportFromPage(t, google, worker, fault);
    assert.equal(end.status, "completed", end.errorMessage);
    assert.equal((await google.object(`page-${worker}.csv`)).bytes.length, end.size);
  });

test("from a page that is not shown the Range, the error names the CORS rule", async (t) => {
  const hiding = await startGoogle({ hides: true });
  t.after(hiding.stop);
  const end = await exportFromPage(t, hiding, true, () => undefined);
  assert.equal(end.error, "store/invalid-answer");
  assert.match(end.errorMessage, /"responseHeader": \["Range"\]/);
  assert.equal(await hiding.object("page-true.csv"), undefined);
  assert.equal(hiding.sessions.size, 0);
});
