// Exports in a worker, in Chromium: what crosses between the page and the worker, and what happens without one.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, pretendCores, serve } from "./chromium.mjs";
import { sendFile } from "./support.mjs";

const script = `
import { configure, exportTable } from "/pkg/browser.js";
const text = (job) => new TextDecoder().decode(job.files[0].bytes);
const rows = (count) => Array.from({ length: count }, (_, i) => ({ i, text: "text of row " + i }));
Object.assign(window, { configure, exportTable, text, rows });
`;
const WASM = fileURLToPath(new URL("../../pkg/tableport_wasm_bg.wasm", import.meta.url));
const WORKER = "/pkg/worker/worker.js";

let browser;
let server;
let page;
let workers;

before(async () => {
  browser = await launch();
  const answer = (_path, _request, response) => {
    response.setHeader("access-control-allow-origin", "*");
  };
  server = await serve({ script, answer });
});
after(async () => {
  await browser?.close();
  await server?.close();
});
beforeEach(async () => {
  await open(server.origin);
});
afterEach(() => page.close());

/** Opens a page, of a machine with so many cores, and notes the workers that it starts. */
async function open(url, cores = 1) {
  await page?.close();
  page = await browser.newPage();
  await pretendCores(page, cores);
  workers = [];
  page.on("worker", (worker) => workers.push(worker));
  await page.goto(url);
  await page.waitForFunction(() => window.exportTable);
}

const startedPaths = () => workers.map((worker) => new URL(worker.url()).pathname);

/** Exports two rows, and gives the text of the file. */
const exportTwo = (config = {}) =>
  page.evaluate(async (config) => {
    const job = exportTable({ source: rows(2), format: "csv", destination: { type: "memory" }, ...config });
    await job.finished;
    return text(job);
  }, config);
const TWO = "i,text\n0,text of row 0\n1,text of row 1\n";

test("one worker serves the exports of a page, side by side and one after another", async () => {
  assert.deepEqual(await Promise.all([exportTwo(), exportTwo({ worker: true })]), [TWO, TWO]);
  assert.equal(await exportTwo(), TWO);
  assert.deepEqual(startedPaths(), [WORKER]);
  assert.equal(await exportTwo({ worker: false }), TWO);
  assert.equal(workers.length, 1);
});

test("the caller's errors are the cause, the very objects, whatever they look like", async () => {
  const found = await page.evaluate(async () => {
    const found = {};
    const expect = async (name, mine, config) => {
      const base = { source: rows(2), format: "csv", destination: { type: "memory" }, retries: 0 };
      const error = await exportTable({ ...base, ...config }).finished.catch((error) => error);
      found[name] = `${error.code} ${error.cause === mine}`;
    };
    for (const mine of [new Error("mine"), { code: "internal", message: "mine", place: {} }, "text"]) {
      const name = typeof mine === "string" ? mine : mine.constructor.name;
      const reject = () => Promise.reject(mine);
      await expect(`source ${name}`, mine, {
        source: (function* () {
          yield { a: 1 };
          throw mine;
        })(),
      });
      const getter = {
        get a() {
          throw mine;
        },
      };
      await expect(`cell ${name}`, mine, { source: [{ a: 1 }, getter] });
      await expect(`sign ${name}`, mine, { destination: { type: "presigned", sign: reject } });
      await expect(`open ${name}`, mine, { destination: { type: "stream", open: reject } });
      const open = () => new WritableStream({ write: reject });
      await expect(`write ${name}`, mine, { destination: { type: "stream", open } });
      const signal = AbortSignal.abort(mine);
      await expect(`signal ${name}`, mine, { signal });
    }
    return found;
  });
  const codes = {
    source: "source/read-failed",
    cell: "source/read-failed",
    sign: "sign/failed",
    open: "sink/failed",
    write: "sink/failed",
    signal: "cancelled",
  };
  for (const [name, result] of Object.entries(found))
    assert.equal(result, `${codes[name.split(" ")[0]]} true`, name);
  assert.equal(Object.keys(found).length, 18);
  assert.deepEqual(startedPaths(), [WORKER]);
});

test("a cancelled export tells source and destination why", async () => {
  const found = await page.evaluate(async () => {
    const controller = new AbortController();
    const reason = { why: "enough" };
    const told = {};
    const source = new ReadableStream({
      pull: (stream) => stream.enqueue({ text: "x".repeat(1000) }),
      cancel: (why) => {
        told.source = why === reason;
      },
    });
    const open = () =>
      new WritableStream({
        start: (stream) => {
          stream.signal.onabort = () => {
            told.sink = stream.signal.reason === reason;
          };
        },
        write: () => new Promise(() => controller.abort(reason)),
      });
    const config = {
      source,
      format: "csv",
      destination: { type: "stream", open },
      signal: controller.signal,
    };
    const error = await exportTable(config).finished.catch((error) => error);
    return { ...told, code: error.code, cause: error.cause === reason, locked: source.locked };
  });
  assert.deepEqual(found, { source: true, sink: true, code: "cancelled", cause: true, locked: false });
});

test("a source is read no further than there is room, and two batches", async () => {
  const read = await page.evaluate(async () => {
    let count = 0;
    const source = (function* () {
      for (const text = "x".repeat(1000); ; count++) yield { text };
    })();
    const open = () => new WritableStream({ write: () => new Promise(() => {}) });
    const job = exportTable({
      source,
      format: "csv",
      destination: { type: "stream", open },
      memoryLimit: 16 << 20,
    });
    let before = -1;
    while (count !== before || count === 0) {
      before = count;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    job.cancel();
    await job.finished.catch(() => {});
    return count;
  });
  assert.ok(read < 30_000, `${read} rows of 1 KB were read`);
});

test("a file read in place is read in the page, and what it throws comes back", async () => {
  const [exported, is] = await page.evaluate(async () => {
    const bytes = new TextEncoder().encode("a\n1\n");
    const config = { format: "jsonl", destination: { type: "memory" } };
    const job = exportTable({
      ...config,
      source: { size: 4, read: async (...range) => bytes.subarray(...range) },
    });
    await job.finished;
    const cause = { of: "the page's own" };
    const failing = exportTable({ ...config, source: { size: 4, read: () => Promise.reject(cause) } });
    const error = await failing.finished.catch((error) => error);
    return [text(job), error.code === "source/read-failed" && error.cause === cause];
  });
  assert.deepEqual([exported, is], ['{"a":1}\n', true]);
  assert.deepEqual(startedPaths(), [WORKER]);
});

test("buffers of the caller's are left alone", async () => {
  const lengths = await page.evaluate(async () => {
    const bytes = new TextEncoder().encode("a\n1\n");
    const columns = { a: Float64Array.of(1, 2) };
    const chunks = [bytes.slice(), bytes.slice()];
    for (const source of [bytes, columns, chunks.values()]) {
      await exportTable({ source, format: "jsonl", destination: { type: "memory" } }).finished;
    }
    return [bytes.length, columns.a.length, ...chunks.map((chunk) => chunk.length)];
  });
  assert.deepEqual(lengths, [4, 2, 4, 4]);
});

test("a worker that had nothing to do for ten seconds ends, and the next export starts another", async () => {
  await page.clock.install();
  assert.equal(await exportTwo(), TWO);
  await page.clock.fastForward(9_000);
  assert.equal(await exportTwo(), TWO);
  assert.equal(workers.length, 1);
  const ended = workers[0].waitForEvent("close");
  await page.clock.fastForward(11_000);
  await ended;
  assert.equal(await exportTwo(), TWO);
  assert.equal(workers.length, 2);
});

/** Begins an export that never ends; gives how it failed, once `end` has been done to its worker, or to another. */
async function failing(end, worker = 0) {
  await page.evaluate(() => {
    window.reasons = [];
    const source = new ReadableStream({
      pull: (stream) => stream.enqueue({ text: "x".repeat(1000) }),
      cancel: (reason) => reasons.push(reason),
    });
    window.written = new Promise((resolve) => {
      const open = () => new WritableStream({ write: () => new Promise(resolve) });
      window.job = exportTable({ source, format: "csv", destination: { type: "stream", open } });
    });
    return window.written;
  });
  // Its answer does not come from a worker that is gone.
  void workers[worker].evaluate(end).catch(() => {});
  return page.evaluate(async () => {
    const error = await job.finished.catch((error) => error);
    return [
      error.code,
      job.status,
      error.cause instanceof Error,
      reasons.length === 1 && reasons[0] === error.cause,
    ];
  });
}
const FAILED = ["internal", "failed", true, true];

test("a worker that is gone fails its exports, and the next one has another", async () => {
  assert.deepEqual(await failing(() => close()), FAILED);
  assert.equal(await exportTwo(), TWO);
  assert.deepEqual(startedPaths(), [WORKER, WORKER]);
});

test("an error that nothing in the worker catches fails its exports", async () => {
  const throwLater = () => {
    setTimeout(() => {
      throw new Error("a defect");
    });
  };
  assert.deepEqual(await failing(throwLater), FAILED);
  assert.equal(await exportTwo(), TWO);
});

/** Exports some megabytes in ways that take long to compress; gives what differs from what the page itself makes. */
const exportMuch = () =>
  page.evaluate(async () => {
    const source = rows(120_000);
    const differ = [];
    for (const config of [
      { format: "csv", compression: "gzip" },
      { format: "parquet", parquet: { compression: "zstd", rowGroupRows: 50_000 } },
    ]) {
      const files = [];
      for (const worker of [true, false]) {
        const job = exportTable({ source, ...config, worker, destination: { type: "memory" } });
        await job.finished;
        files.push(job.files[0].bytes);
      }
      const [theirs, ours] = files;
      if (theirs.length !== ours.length || theirs.some((byte, at) => byte !== ours[at]))
        differ.push(config.format);
    }
    return differ;
  });

test("helpers compress what takes long, and the bytes are the same", async () => {
  await open(server.origin, 3);
  assert.ok((await exportTwo({ compression: "gzip" })).startsWith("\u001f"));
  assert.deepEqual(startedPaths(), [WORKER]);
  assert.deepEqual(await exportMuch(), []);
  assert.deepEqual(startedPaths(), [WORKER, WORKER, WORKER]);
});

test("where no helper can be started, the worker does without", async (t) => {
  let asked = 0;
  const answer = (path, _, response) => {
    if (path !== WORKER) return false;
    response.setHeader("cache-control", "no-store");
    return asked++ > 0 && response.writeHead(404).end();
  };
  const other = await serve({ script, answer });
  t.after(() => other.close());
  await open(other.origin, 3);
  assert.deepEqual(await exportMuch(), []);
  assert.equal(asked, 3);
});

test("a helper that is gone fails the exports of its worker", async () => {
  await open(server.origin, 3);
  assert.deepEqual(await exportMuch(), []);
  assert.deepEqual(await failing(() => close(), 2), FAILED);
  assert.equal(await exportTwo(), TWO);
});

/** Pages that can have no worker, by what is wrong there. */
const sites = {
  "a policy that allows none": {
    policy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
  },
  "its file missing": {
    answer: (path, _, response) => path === WORKER && response.writeHead(404).end(),
  },
  "a policy of its own without wasm": {
    answer: (path, _, response) => {
      if (path === WORKER) response.setHeader("content-security-policy", "script-src 'self'");
    },
  },
};

async function openOther(t, site) {
  const other = await serve(site);
  t.after(() => other.close());
  await open(other.origin);
}

for (const [what, site] of Object.entries(sites))
  test(`without a worker, for ${what}, an export runs in the page`, async (t) => {
    await openOther(t, { script, ...site });
    assert.equal(await exportTwo(), TWO);
    assert.equal(await exportTwo({ worker: true }), TWO);
  });

test("a page of another origin than the package's exports in the page", async (t) => {
  const away = script.replace("/pkg/", `${server.origin}/pkg/`);
  await openOther(t, { script: away, policy: "default-src *; script-src * 'wasm-unsafe-eval'" });
  assert.equal(await exportTwo(), TWO);
  assert.deepEqual(startedPaths(), []);
});

test("a worker loads the wasm that configure gives", async (t) => {
  const bytes = () => fetch("/other.wasm");
  const given = {
    "a relative address": () => "other.wasm",
    "a Response": bytes,
    "a Module": () => WebAssembly.compileStreaming(bytes()),
    "the bytes": async () => (await bytes()).arrayBuffer(),
  };
  for (const [what, give] of Object.entries(given)) {
    let asked = 0;
    const answer = (path, request, response) => {
      if (path !== "/other.wasm") return false;
      asked++;
      return sendFile(WASM, request, response, { "content-type": "application/wasm" }).then(() => true);
    };
    const config = `const bytes = ${bytes}; configure({ wasm: (${give})() });`;
    await openOther(t, { script: script + config, answer });
    assert.equal(await exportTwo(), TWO, what);
    assert.equal(await exportTwo({ worker: false }), TWO, what);
    assert.deepEqual(startedPaths(), [WORKER], what);
    assert.equal(asked, 1, what);
  }
});
