// What networks and stores do to uploads, over real sockets, in front of a store that checks signatures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hadExpired, skewOf } from "../../pkg/expiry.js";
import { exportTable } from "../../pkg/node.js";
import { startStore } from "../../tools/store.mjs";
import { startFaultProxy } from "./fault-proxy.mjs";

let store;
before(async () => {
  store = await startStore();
});
after(() => store?.stop());

/** Rows of a kilobyte that hardly compress. */
function* rows(count) {
  for (let id = 0; id < count; id++) yield { id, text: String(Math.sin(id)).repeat(50) };
}

/** Exports through a proxy with faults: `{job, asked, end, object, expected}`. */
async function exportThrough(fault, { count = 100, sign: altered = (url) => url, ...config } = {}) {
  const fileName = `retries-${crypto.randomUUID()}`;
  const proxy = await startFaultProxy(store, fault);
  const asked = [];
  const sign = async (request) => {
    asked.push(request.operation);
    return altered(await proxy.sign(request), asked.length);
  };
  const base = { format: "csv", fileName, ...config };
  const job = exportTable({ source: rows(count), destination: { type: "presigned", sign }, ...base });
  const end = await job.finished.catch((error) => error);
  await proxy.close();
  const inMemory = exportTable({ source: rows(count), ...base, destination: { type: "memory" } });
  await inMemory.finished;
  const response = await fetch(`${store.origin}/objects/${fileName}.csv`);
  const object = response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
  return { job, asked, end, object, expected: Buffer.from(inMemory.files[0].bytes) };
}

const once = (wanted, what) => (operation, count) => (operation === wanted && count === 0 ? what : undefined);
const MANY = 12_000;

test("a lost answer to Complete is settled by what the store has", async () => {
  const lost = (operation, count) => {
    if (operation !== "complete") return undefined;
    // As S3 answers where the upload is no more.
    const gone = { status: 404, body: "<Error><Code>NoSuchUpload</Code></Error>" };
    return count === 0 ? "lose the answer" : gone;
  };
  const { end, job, asked, object, expected } = await exportThrough(lost, { count: MANY });
  assert.equal(end.status, "completed", end.message);
  assert.equal(asked.at(-1), "head");
  assert.deepEqual(object, expected);
  assert.match(job.files[0].etag, /-2$/);
});

test("a Complete that never came stays refused, and nothing is left", async () => {
  const never = (operation, count) => {
    if (operation !== "complete") return undefined;
    return count === 0
      ? "lose the request"
      : { status: 404, body: "<Error><Code>NoSuchUpload</Code></Error>" };
  };
  const { end, asked, object } = await exportThrough(never, { count: MANY });
  assert.equal(end.code, "store/refused");
  assert.match(end.message, /NoSuchUpload/);
  assert.deepEqual(asked.slice(-2), ["head", "abort"]);
  assert.equal(object, undefined);
});

test("ErrorIfExists recognises its own write", async () => {
  const fault = (operation, count) => {
    if (operation !== "put") return undefined;
    return count === 0 ? "lose the answer" : { status: 412 };
  };
  const { end, object, expected } = await exportThrough(fault, { exportMode: "ErrorIfExists" });
  assert.equal(end.status, "completed", end.message);
  assert.deepEqual(object, expected);
});

test("an object that was there before is no write of ours", async () => {
  const { end } = await exportThrough(once("put", { status: 412 }), { exportMode: "ErrorIfExists" });
  assert.equal(end.code, "store/exists");
});

const EXPIRED = "&X-Amz-Date=20200101T000000Z&X-Amz-Expires=60";
/** The first URL as it would be if it had been signed long ago. */
const firstIsOld = (url, count) =>
  count === 1 ? url.replace(/[?&]X-Amz-(Date|Expires)=[^&]*/g, "").replace(/\?|&|$/, `?x=1${EXPIRED}&`) : url;

for (const [status, body] of [
  [403, "<Error><Code>AccessDenied</Code></Error>"],
  [403, ""],
  [400, ""],
  [401, "<html>"],
])
  test(`a URL that had expired is signed again: ${status} ${body}`, async () => {
    const { end, asked, object, expected } = await exportThrough(once("put", { status, body }), {
      sign: firstIsOld,
    });
    assert.equal(end.status, "completed", end.message);
    assert.deepEqual(asked, ["put", "put"]);
    assert.deepEqual(object, expected);
  });

test("a wrong signature, or a refusal of a URL that is good for longer, is not tried again", async () => {
  const wrong = { status: 403, body: "<Error><Code>SignatureDoesNotMatch</Code></Error>" };
  for (const options of [{ sign: firstIsOld }, {}]) {
    const { end, asked } = await exportThrough(once("put", wrong), options);
    assert.equal(end.code, "store/refused");
    assert.deepEqual(asked, ["put"]);
  }
});

test("one URL that has expired says so, and not the URL", async () => {
  const proxy = await startFaultProxy(store, () => ({ status: 403 }));
  const url = firstIsOld(await proxy.sign({ operation: "put", fileName: "t.csv" }), 1);
  const end = await exportTable({ source: rows(3), format: "csv", destination: url }).finished.catch(
    (error) => error,
  );
  await proxy.close();
  assert.equal(end.code, "sign/expired");
  assert.doesNotMatch(end.message, /127\.0\.0\.1|X-Amz/);
});

test("when a URL ends is read from it", () => {
  const at = Date.parse("2026-01-01T00:10:00Z");
  const hour = 3_600_000;
  const expired = (query, { signedAt = at - 1, now = at, date } = {}) =>
    hadExpired(`https://s/o?${query}`, signedAt, now, date);
  for (const [query, is] of [
    ["X-Amz-Date=20260101T000000Z&X-Amz-Expires=600", true],
    ["x-amz-date=20260101T000000Z&x-amz-expires=601", false],
    ["X-Goog-Date=20260101T000000Z&X-Goog-Expires=600", true],
    ["X-Goog-Date=20260101T000001Z&X-Goog-Expires=600", false],
    [`Expires=${at / 1000}&Signature=x`, true],
    [`Expires=${at / 1000 + 1}&Signature=x`, false],
    ["se=2026-01-01T00%3A10%3A00Z&sig=x", true],
    ["se=2026-01-01T00%3A10%3A01Z&sig=x", false],
    ["", false],
    ["X-Amz-Date=nonsense&X-Amz-Expires=600", false],
  ])
    assert.equal(expired(query), is, query);
  const amazon = "X-Amz-Date=20260101T000000Z&X-Amz-Expires=600";
  // The store's clock counts, not one that is an hour off.
  assert.equal(expired(amazon, { now: at + hour, date: "Thu, 01 Jan 2026 00:09:59 GMT" }), false);
  assert.equal(expired(amazon, { now: at - hour, date: "Thu, 01 Jan 2026 00:10:00 GMT" }), true);
  // A clock that is ahead: valid by fifteen minutes more, as stores see it.
  assert.equal(expired(amazon, { date: "Wed, 31 Dec 2025 23:45:00 GMT" }), false);
  assert.equal(expired(amazon, { date: "Wed, 31 Dec 2025 23:44:59 GMT" }), true);
  // Without it, the time since the signature does, too.
  assert.equal(expired(amazon, { now: at - hour, signedAt: at - hour - 600_000 }), true);
  assert.equal(expired(amazon, { now: at - hour, signedAt: at - hour - 599_000 }), false);
});

test("how far a store's clock is ahead is told by its answer", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(skewOf("Thu, 01 Jan 2026 01:00:00 GMT", now), 3_600_000);
  assert.equal(skewOf("Wed, 31 Dec 2025 23:59:59 GMT", now), -1000);
  assert.equal(skewOf(undefined, now), 0);
});
