import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Driver } from "../../pkg/driver.js";
import { ExportError, exportTable } from "../../pkg/node.js";
import { loadWasm, wasmGeneration } from "../../pkg/wasm.js";
import { RESOURCE_KEYS } from "./types/resource.mjs";

const memory = { type: "memory" };
const ROWS = [{ a: 1 }, { a: 2 }];
const textOf = (job) => new TextDecoder().decode(job.files[0].bytes);

/** A server on loopback that answers each request by `answer(request, response, body)`. */
async function serve(answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(request, response, body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close };
}

test("a job is there at once, and tells what it does until it has done it", async () => {
  const seen = [];
  const job = exportTable({
    source: ROWS,
    format: "csv",
    destination: memory,
    table: { name: "pairs", rows: 2 },
    onStatus: (status) => seen.push(status),
  });
  assert.equal(job.status, "queued");
  assert.deepEqual(Object.keys(job.toJSON()), RESOURCE_KEYS);
  const snapshots = [];
  for await (const status of job) snapshots.push(status);
  const done = await job.finished;

  assert.deepEqual(Object.keys(done), RESOURCE_KEYS);
  assert.deepEqual(JSON.parse(JSON.stringify(job)), done);
  assert.deepEqual([done.status, done.percentCompleted, done.errorMessage], ["completed", 100, null]);
  assert.deepEqual([done.size, done.fileCount], [6, 1]);
  assert.deepEqual([job.files[0].etag, job.files[0].checksums], [null, {}]);
  assert.deepEqual(done.table, { name: "pairs", rows: 2 });
  assert.equal(done.uri, `/exports/${job.id}`);
  assert.equal(textOf(job), "a\n1\n2\n");
  assert.deepEqual([job.files[0].name, job.files[0].rows], ["pairs.csv", 2]);
  assert.equal(snapshots.at(-1).status, "completed");
  assert.equal(seen.at(-1), snapshots.at(-1));
  const late = [];
  for await (const status of job) late.push(status.status);
  assert.deepEqual(late, ["completed"]);
});

test("what a caller changes afterwards has no effect, and nothing of the caller's is changed", async () => {
  const config = Object.freeze({
    source: Object.freeze(ROWS.map(Object.freeze)),
    format: "csv",
    destination: memory,
    csv: { header: false },
    selectors: ["a"],
  });
  const job = exportTable(config);
  config.csv.header = true;
  config.selectors.push("b");
  await job.finished;
  assert.equal(textOf(job), "1\n2\n");
});

test("a config that cannot work fails the job before anything is read or sent", async () => {
  let read = false;
  const source = {
    [Symbol.iterator]() {
      read = true;
      return [][Symbol.iterator]();
    },
  };
  const job = exportTable({ source, format: "csv", destination: memory, fromat: 1 });
  await assert.rejects(job.finished, (error) => {
    assert.ok(error instanceof ExportError);
    assert.deepEqual([error.code, error.place], ["config/unknown-key", { field: "fromat" }]);
    assert.equal(error.job, job);
    return true;
  });
  assert.deepEqual([job.status, job.toJSON().errorMessage !== null, read], ["failed", true, false]);
  await assert.rejects(exportTable(null).finished, { code: "config/invalid-value" });
  await assert.rejects(exportTable().finished, { code: "config/invalid-value" });
});

test("the caller's errors are the cause, unchanged", async () => {
  const mine = Object.freeze({ mine: true });
  const failing = (config) => exportTable({ source: ROWS, format: "csv", retries: 0, ...config }).finished;
  const throwing = (code) => (error) => error.code === code && error.cause === mine;
  const reject = () => Promise.reject(mine);
  const source = (function* () {
    yield { a: 1 };
    throw mine;
  })();
  await assert.rejects(failing({ source, destination: memory }), throwing("source/read-failed"));
  await assert.rejects(
    failing({ destination: { type: "presigned", sign: reject } }),
    throwing("sign/failed"),
  );
  await assert.rejects(failing({ destination: { type: "stream", open: reject } }), throwing("sink/failed"));
  const open = () => new WritableStream({ write: reject });
  await assert.rejects(failing({ destination: { type: "stream", open } }), throwing("sink/failed"));
  const sign = () => "not a URL";
  await assert.rejects(failing({ destination: { type: "presigned", sign } }), {
    code: "sign/invalid-answer",
  });
});

test("an iterator is returned and a stream cancelled where the job ends before they do", async () => {
  const ended = [];
  const rows = (function* () {
    try {
      for (;;) yield { a: Symbol("no value") };
    } finally {
      ended.push("generator");
    }
  })();
  const endless = (job) => assert.rejects(job.finished, { code: "source/unsupported-value" });
  await endless(exportTable({ source: rows, format: "csv", destination: memory }));

  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue({ a: () => {} }),
    cancel: () => ended.push("stream"),
  });
  await endless(exportTable({ source: stream, format: "csv", destination: memory }));
  assert.deepEqual(ended, ["generator", "stream"]);
  assert.equal(stream.locked, false);
});

test("cancel ends a job whose source never answers, and tells the source why", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  let told;
  const pulled = resolvers();
  const underlying = {
    pull: () => {
      pulled.resolve();
      return new Promise(() => {});
    },
    cancel: (why) => {
      told = why;
    },
  };
  const source = new ReadableStream(underlying, { highWaterMark: 0 });
  const job = exportTable({ source, format: "csv", destination: memory, signal: controller.signal });
  await pulled.promise;
  controller.abort(reason);
  await assert.rejects(job.finished, (error) => error.code === "cancelled" && error.cause === reason);
  assert.deepEqual([job.status, told], ["cancelled", reason]);
  job.cancel();
  assert.equal(job.status, "cancelled");
});

function resolvers() {
  const made = {};
  made.promise = new Promise((resolve) => {
    made.resolve = resolve;
  });
  return made;
}

test("a signal that was aborted before cancels at once, and nothing is read", async () => {
  let read = false;
  const source = {
    [Symbol.iterator]() {
      read = true;
      return [][Symbol.iterator]();
    },
  };
  const statuses = [];
  const onStatus = (status) => statuses.push(status.status);
  const job = exportTable({
    source,
    format: "csv",
    destination: memory,
    signal: AbortSignal.abort("no"),
    onStatus,
  });
  assert.equal(job.status, "queued");
  await assert.rejects(job.finished, (error) => error.cause === "no");
  assert.deepEqual([read, statuses], [false, ["cancelled"]]);
});

test("cancel ends a job whose destination never answers, and aborts its stream", async () => {
  const controller = new AbortController();
  let signal;
  const open = () =>
    new WritableStream({
      start: (stream) => {
        signal = stream.signal;
      },
      write: () => new Promise(() => controller.abort("enough")),
    });
  const source = Array.from({ length: 200_000 }, (_, i) => ({ i, text: `text of row ${i}` }));
  const destination = { type: "stream", open };
  const job = exportTable({ source, format: "csv", destination, signal: controller.signal });
  await assert.rejects(job.finished, { code: "cancelled", cause: "enough" });
  assert.deepEqual([signal.aborted, signal.reason], [true, "enough"]);
});

test("a source is read no further than there is room", async () => {
  let rows = 0;
  const text = "x".repeat(1000);
  const source = (function* () {
    for (;;) {
      rows++;
      yield { text };
    }
  })();
  const open = () => new WritableStream({ write: () => new Promise(() => {}) });
  const config = { source, format: "csv", destination: { type: "stream", open }, memoryLimit: 16 << 20 };
  const job = exportTable(config);
  let before;
  do {
    before = rows;
    await sleep(200);
  } while (rows !== before || rows === 0);
  assert.ok(rows < 30_000, `${rows} rows of 1 KB were read`);
  job.cancel();
  await assert.rejects(job.finished, { code: "cancelled" });
});

test("one PUT, with its length and type, and its md5 compared", async () => {
  const server = await serve((_, response) => response.end());
  const job = exportTable({ source: ROWS, format: "csv", destination: `${server.url}/x.csv?signature=s` });
  await job.finished;
  await server.close();
  const [{ method, url, headers, body }] = server.requests;
  assert.deepEqual([method, url, body.toString()], ["PUT", "/x.csv?signature=s", "a\n1\n2\n"]);
  assert.deepEqual([headers["content-length"], headers["content-type"]], ["6", "text/csv; charset=utf-8"]);
  assert.equal(headers.cookie, undefined);
});

test("a redirect is not followed, and says so", async () => {
  const server = await serve((_, response) => response.writeHead(307, { location: "/elsewhere" }).end());
  const job = exportTable({ source: ROWS, format: "csv", destination: server.url });
  await assert.rejects(
    job.finished,
    ({ code, message }) => code === "store/refused" && /redirect/.test(message),
  );
  await server.close();
  assert.equal(server.requests.length, 1);
});

test("headers of sign go with its request, those of the destination with what makes an object", async () => {
  const server = await serve((_, response) => response.end());
  const sign = ({ operation }) => ({
    url: new URL(`${server.url}/${operation}`),
    headers: { "x-signed": "yes" },
  });
  const destination = { type: "presigned", sign, headers: { "cache-control": "no-store" } };
  await exportTable({ source: ROWS, format: "csv", destination }).finished;
  await server.close();
  const [{ url, headers }] = server.requests;
  assert.deepEqual([url, headers["x-signed"], headers["cache-control"]], ["/put", "yes", "no-store"]);
});

test("a failed connection is a network failure whose message holds no URL", async () => {
  const server = await serve((request) => request.socket.destroy());
  const destination = `${server.url}/secret?signature=s`;
  const job = exportTable({ source: ROWS, format: "csv", destination, retries: 0 });
  await assert.rejects(job.finished, (error) => {
    assert.equal(error.code, "network/failed");
    assert.ok(error.cause instanceof TypeError);
    assert.doesNotMatch(JSON.stringify([error.message, job, job.files]), /secret|signature|127\.0\.0\.1/);
    return true;
  });
  await server.close();
});

test("a trap in one job ends every job of its wasm instance as internal", async () => {
  const resource = { status: "running", errorMessage: null };
  const status = () => ({ resource, progress: {}, files: [], error: null });
  const freed = [];
  const core = (poll) => ({ poll, status, free: () => freed.push(poll) });
  const drive = (poll) =>
    new Driver({
      config: { destination: memory },
      source: { plain: { kind: "packed" }, close: () => undefined },
      judge: () => core(poll),
      outlet: { type: "memory" },
      publish: () => {},
    });
  const trap = new WebAssembly.RuntimeError("unreachable");
  let traps = false;
  const idle = drive(() => ({ type: "wait", until: Date.now() + 1e9 })).run();
  const falling = drive(() => {
    if (traps) throw trap;
    traps = true;
    return { type: "again" };
  }).run();
  for (const outcome of await Promise.all([idle, falling])) {
    assert.deepEqual([outcome.status.error.code, outcome.cause], ["internal", { error: trap }]);
    assert.equal(outcome.status.resource.status, "failed");
  }
  assert.deepEqual(freed, []);
  await exportTable({ source: ROWS, format: "csv", destination: memory }).finished;
});

test("a panic fails the jobs of its instance, and the next export has a fresh one", async () => {
  const wasm = await loadWasm();
  const before = wasmGeneration();
  // More bytes than there can be, which the allocator of a Rust vector panics at.
  const forged = { length: 2 ** 32 - 16 };
  const reading = resolvers();
  const rows = (async function* () {
    reading.resolve();
    await new Promise(() => {});
  })();
  const beside = exportTable({ source: rows, format: "csv", destination: memory, worker: false });
  await reading.promise;
  const config = { source: { kind: "bytes" }, format: "csv", destination: memory };
  const panicking = new Driver({
    config,
    source: { plain: config.source, pull: async (port) => port.bytes(forged), close: () => undefined },
    judge: () => wasm.exportTable(config, "id", 0, 0n),
    outlet: { type: "memory" },
    publish: () => {},
  });
  const { status, cause } = await panicking.run();
  assert.equal(status.error.code, "internal");
  assert.ok(cause.error instanceof WebAssembly.RuntimeError);
  await assert.rejects(beside.finished, (error) => error.code === "internal" && error.cause === cause.error);
  assert.deepEqual([beside.status, wasmGeneration()], ["failed", before + 1]);

  for (const format of ["csv", "jsonl", "parquet"]) {
    const job = exportTable({ source: ROWS, format, destination: memory });
    await job.finished;
    assert.equal(job.files[0].rows, 2);
  }
});

test("what reading the config throws fails the job at that field, whose cause it is", async () => {
  const mine = Object.freeze({ mine: true });
  const throws = (key) => ({
    get [key]() {
      throw mine;
    },
  });
  const proxy = new Proxy(["a"], {
    get() {
      throw mine;
    },
  });
  const right = { source: ROWS, format: "csv", destination: memory };
  const withGetter = (key) =>
    Object.defineProperties({ ...right }, Object.getOwnPropertyDescriptors(throws(key)));
  const configs = {
    format: withGetter("format"),
    source: withGetter("source"),
    "csv.delimiter": { ...right, csv: throws("delimiter") },
    "parquet.columns.a": { ...right, format: "parquet", parquet: { columns: throws("a") } },
    selectors: { ...right, selectors: proxy },
    "destination.headers.x": {
      ...right,
      destination: { type: "presigned", sign: () => "", headers: throws("x") },
    },
    config: new Proxy(right, {
      ownKeys() {
        throw mine;
      },
    }),
  };
  for (const [field, config] of Object.entries(configs)) {
    const job = exportTable(config);
    assert.equal(job.status, "queued", field);
    await assert.rejects(job.finished, (error) => {
      assert.deepEqual([error.code, error.place, error.cause], ["config/invalid-value", { field }, mine]);
      return true;
    });
    assert.equal(job.status, "failed");
  }
  class Config {
    get format() {
      throw mine;
    }
  }
  await assert.rejects(exportTable(new Config()).finished, {
    code: "config/invalid-value",
    place: { field: "config" },
  });
});

test("a value that holds itself is named by where it does", async () => {
  const self = { a: 1 };
  self.self = self;
  const around = { p: {} };
  around.p.q = [around];
  const map = new Map();
  map.set("k", [map]);
  const late = Array.from({ length: 12_000 }, () => ({ list: [] }));
  const list = [];
  list.push(list);
  const sources = {
    "v.self": [{ v: self }],
    "w.v.p.q[]": [{ w: { v: around } }],
    "m.value[]": [{ m: map }],
    "list[]": [...late, { list }],
  };
  for (const [column, source] of Object.entries(sources)) {
    await assert.rejects(exportTable({ source, format: "jsonl", destination: memory }).finished, {
      code: "source/unsupported-value",
      place: { row: source.length - 1, column },
    });
  }
});

test("cancel ends the request for a range of the source", async () => {
  const asked = resolvers();
  const ended = resolvers();
  const server = await serve((request, response) => {
    response.setHeader("accept-ranges", "bytes");
    if (!request.headers.range) return response.end(Buffer.from("PAR1 and so on: not much of a file"));
    response.writeHead(206, { "content-length": 34 }).write("PAR1");
    response.on("close", ended.resolve);
    asked.resolve();
  });
  const job = exportTable({ source: new URL(`${server.url}/t.parquet`), format: "csv", destination: memory });
  await asked.promise;
  job.cancel();
  await assert.rejects(job.finished, { code: "cancelled" });
  await ended.promise;
  await server.close();
});

test("jobs run side by side, and after one that failed", async () => {
  const source = Array.from({ length: 30_000 }, (_, i) => ({ i }));
  const jobs = ["csv", "jsonl", "parquet"].map((format) =>
    exportTable({ source, format, destination: memory }),
  );
  const bad = exportTable({ source: [{ a: Symbol("s") }], format: "csv", destination: memory });
  await assert.rejects(bad.finished, { code: "source/unsupported-value" });
  for (const job of jobs) assert.equal((await job.finished).status, "completed");
  assert.equal(new Set([...jobs, bad].map((job) => job.id)).size, 4);
});

test("of several calls with one requestId only the first starts an export", async () => {
  let read = 0;
  const source = () =>
    (function* () {
      read++;
      yield { a: 1 };
    })();
  const destination = { type: "memory" };
  const call = (requestId) => exportTable({ source: source(), format: "csv", destination, requestId });
  const jobs = [call("a-1"), call("a-1"), call("b-2")];
  await Promise.all(jobs.map((job) => job.finished));
  assert.deepEqual([jobs[0] === jobs[1], jobs[0] === jobs[2], read], [true, false, 2]);
  // It is known when it has ended, too.
  assert.equal(call("a-1"), jobs[0]);
  assert.notEqual(call(undefined), call(undefined));
  // What was refused did not start.
  const refused = exportTable({ source: [], format: "xml", destination, requestId: "c-3" });
  await assert.rejects(refused.finished, { code: "config/invalid-value" });
  assert.equal((await call("c-3").finished).status, "completed");
  for (const requestId of ["", "a b", "x".repeat(61), 7]) {
    const { code, place } = await call(requestId).finished.catch((error) => error);
    assert.deepEqual([code, place], ["config/invalid-value", { field: "requestId" }]);
  }
});
