// Block blobs over Azurite, which checks signatures: what arrives is what was encoded, whatever networks do.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { exportTable } from "../../pkg/node.js";
import { kindOfSas } from "../../pkg/stores/azure.js";
import { startAzurite } from "./azurite.mjs";
import { launch, serve } from "./chromium.mjs";
import { startProxy } from "./fault-proxy.mjs";

const MIB = 1 << 20;
const CANARY = "canary-7f3a91";

let azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite?.stop());

/** Rows of half a kilobyte that hardly compress. */
function* rows(count) {
  const digest = (text) => createHash("sha512").update(text).digest("hex");
  for (let id = 0; id < count; id++) yield { id, text: [1, 2, 3, 4].map((n) => digest(`${id} ${n}`)).join() };
}
const MANY = 3_000;

/** What a request of an export to Azure is. */
function route({ method, url }) {
  const comp = new URL(url, "http://host").searchParams.get("comp");
  const writes = { block: "part", blocklist: "complete" }[comp] ?? "put";
  const reads = { HEAD: "head", GET: "list" }[method];
  return { operation: reads ?? writes, path: url };
}

/** Exports by way of a proxy with faults: `{job, end, sent, object, expected, fileName}`. */
async function exportThrough({
  fault = () => undefined,
  count = MANY,
  url,
  through = () => {},
  resume,
  ...config
}) {
  const sent = [];
  const noted = (operation, count) => {
    sent.push(operation);
    return fault(operation, count);
  };
  const proxy = await startProxy({ origin: azurite.origin, route, fault: noted });
  const viaProxy = (sas) => sas.replace(azurite.origin, proxy.origin);
  const destination = {
    type: "azure",
    url: url ? () => viaProxy(url()) : viaProxy(azurite.sas()),
    blockSize: MIB,
  };
  const base = { format: "csv", fileName: `out ü ${crypto.randomUUID()}`, ...config };
  const job = exportTable({ source: rows(count), destination, resume, ...base });
  through(job);
  const end = await job.finished.catch((error) => error);
  await proxy.close();
  const inMemory = exportTable({ source: rows(count), ...base, destination: { type: "memory" } });
  await inMemory.finished;
  const object = await stored(job.files[0].name);
  return { job, end, sent, object, expected: Buffer.from(inMemory.files[0].bytes), fileName: base.fileName };
}

async function stored(name) {
  const response = await fetch(azurite.sas(name));
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.ok ? { bytes, type: response.headers.get("content-type") } : undefined;
}

const once = (wanted, what) => (operation, count) => (operation === wanted && count === 0 ? what : undefined);
const count = (sent, wanted) => sent.filter((operation) => operation === wanted).length;

test("a file of one block goes by Put Blob", async () => {
  const { job, sent, object, expected } = await exportThrough({ count: 100 });
  assert.deepEqual(sent, ["put"]);
  assert.deepEqual(object, { bytes: expected, type: "text/csv; charset=utf-8" });
  assert.equal(job.files[0].checksums.md5, createHash("md5").update(expected).digest("hex"));
});

for (const config of [{ format: "jsonl" }, { format: "parquet" }, { compression: "gzip" }])
  test(`blocks and their list: ${Object.values(config)}`, async () => {
    const { end, job, sent, object, expected } = await exportThrough({ count: 9_000, ...config });
    assert.equal(end.status, "completed", end.message);
    assert.ok(object.bytes.equals(expected));
    const blocks = Math.ceil(expected.length / MIB);
    assert.ok(blocks > 1);
    assert.deepEqual(sent.sort(), ["complete", ...Array(blocks).fill("part")]);
    assert.equal(job.files[0].parts, blocks);
  });

test("several files, each a blob of the container", async () => {
  const config = { format: "csv", fileName: "several", targetFileSizeBytes: 100_000 };
  const destination = { type: "azure", url: azurite.ofAccount() };
  const job = exportTable({ ...config, source: rows(20_000), destination });
  await job.finished;
  assert.ok(job.files.length > 1);
  const inMemory = exportTable({ ...config, source: rows(20_000), destination: { type: "memory" } });
  await inMemory.finished;
  for (const { name, bytes } of inMemory.files)
    assert.deepEqual((await stored(name)).bytes, Buffer.from(bytes));
});

for (const [permissions, left] of [
  ["rcwd", false],
  ["rcw", true],
])
  test(`a job of several files that fails removes those it had finished, or names them: ${permissions}`, async () => {
    async function* failing() {
      yield* rows(20_000);
      // A file is finished by then.
      while (!job.files[0]?.stored) await new Promise((resolve) => setTimeout(resolve));
      throw new Error("no more");
    }
    const fileName = `failed-${permissions}`;
    const url = azurite.sas(undefined, { permissions });
    const destination = { type: "azure", url };
    const config = { format: "csv", fileName, targetFileSizeBytes: 100_000, destination };
    const job = exportTable({ ...config, source: failing() });
    const end = await job.finished.catch((error) => error);
    assert.equal(end.code, "source/read-failed");
    const name = `${fileName}/000000.csv`;
    assert.equal((await stored(name)) !== undefined, left);
    assert.equal(end.message.includes(`the file ${name} may be left in the store`), left, end.message);
  });

test("the SAS of a blob takes one file, under the blob's own name", async () => {
  const source = [{ a: 1 }];
  const destination = { type: "azure", url: azurite.sas("folder/of its own") };
  await exportTable({ source, format: "csv", destination }).finished;
  assert.equal((await stored("folder/of its own")).bytes.toString(), "a\n1\n");

  const several = { source: rows(MANY), format: "csv", targetFileSizeBytes: 1000 };
  const refused = { code: "config/conflict" };
  await assert.rejects(exportTable({ ...several, destination }).finished, refused);
  const asked = { ...destination, url: () => destination.url };
  await assert.rejects(exportTable({ ...several, destination: asked }).finished, refused);
});

test("what a SAS is of", () => {
  const of = (url) => kindOfSas(new URL(url));
  const host = "https://a.blob.core.windows.net";
  for (const [url, kind] of [
    [`${host}/c?sr=c&sig=x`, "container"],
    [`${host}/c/b?sr=b&sig=x`, "blob"],
    [`${host}/c/b?sr=bs&sig=x`, "blob"],
    [`${host}/c/folder?sr=d&sdd=1&sig=x`, "container"],
    [`${host}/c?sig=x`, "container"],
    [`${host}/c/?sig=x`, "container"],
    [`${host}/c/b?sig=x`, "blob"],
    ["http://127.0.0.1:10000/a/c?sig=x", "container"],
    ["http://127.0.0.1:10000/a/c/b?sig=x", "blob"],
    ["http://localhost:10000/a/c?sig=x", "container"],
    ["http://[::1]:10000/a/c/b?sig=x", "blob"],
  ])
    assert.equal(of(url), kind, url);
});

for (const [what, size, made] of [
  ["Put Blob", 100, "put"],
  ["Put Block List", MANY, "complete"],
])
  for (const exportMode of ["Overwrite", "ErrorIfExists"])
    test(`a lost answer to ${what} under ${exportMode}`, async () => {
      const fault = once(made, "lose the answer");
      const { end, sent, object, expected } = await exportThrough({ fault, count: size, exportMode });
      assert.equal(end.status, "completed", end.message);
      assert.equal(count(sent, made), 2);
      assert.equal(count(sent, "head"), exportMode === "Overwrite" ? 0 : 1);
      assert.ok(object.bytes.equals(expected));
    });

for (const size of [100, MANY])
  test(`another's blob stays under ErrorIfExists, and is none of ours: ${size} rows`, async () => {
    const { fileName, expected } = await exportThrough({ count: size });
    const lost = (operation, count) =>
      operation !== "part" && operation !== "head" && count === 0 ? "lose the request" : undefined;
    const again = { fault: lost, count: size + 1, fileName, exportMode: "ErrorIfExists" };
    const { end, object, sent } = await exportThrough(again);
    assert.equal(end.code, "store/exists");
    assert.equal(count(sent, "head"), 1);
    assert.ok(object.bytes.equals(expected));
  });

test("what passes is tried again: no connection, a busy store, an answer to a block that is lost", async () => {
  const fault = (operation, count) => {
    if (operation === "complete" && count === 0)
      return { status: 503, body: "<Error><Code>ServerBusy</Code></Error>" };
    if (operation !== "part") return undefined;
    return [
      "lose the request",
      "lose the answer",
      { status: 500, body: "<Error><Code>OperationTimedOut</Code></Error>" },
    ][count];
  };
  const { end, job, object, expected } = await exportThrough({ fault });
  assert.equal(end.status, "completed", end.message);
  assert.equal(job.progress.retries, 4);
  assert.ok(object.bytes.equals(expected));
});

test("a block that was damaged on its way is found by the store, and sent again", async () => {
  const { end, sent, object, expected } = await exportThrough({ fault: once("part", "damage the body") });
  assert.equal(end.status, "completed", end.message);
  assert.ok(object.bytes.equals(expected));
  assert.equal(count(sent, "part"), Math.ceil(expected.length / MIB) + 1);
});

test("blocks that are always damaged are no blob", async () => {
  const damaged = (operation) => (operation === "part" ? "damage the body" : undefined);
  const { end, object } = await exportThrough({ fault: damaged, retries: 1 });
  assert.equal(end.code, "store/checksum-mismatch");
  assert.equal(end.place.part > 0, true);
  assert.equal(object, undefined);
});

const old = () => azurite.sas(undefined, { end: Date.now() - 60_000 });

test("a SAS that has expired is asked for again", async () => {
  let asked = 0;
  const url = () => (asked++ === 0 ? old() : azurite.sas());
  const { end, sent, object, expected } = await exportThrough({ count: 100, url });
  assert.equal(end.status, "completed", end.message);
  assert.deepEqual(sent, ["put", "put"]);
  assert.deepEqual(object.bytes, expected);
});

test("one that is all there is says so, and not the SAS", async () => {
  const source = [{ a: 1 }];
  const destination = { type: "azure", url: `${old()}&x=${CANARY}` };
  const end = await exportTable({ source, format: "csv", destination }).finished.catch((error) => error);
  assert.equal(end.code, "sign/expired");
  assert.doesNotMatch(JSON.stringify([end.message, end.place, end.job]), /canary|sig|127\.0\.0\.1/);
});

test("a SAS without the right to write is refused at once", async () => {
  const url = () => azurite.sas(undefined, { permissions: "r" });
  const { end, sent } = await exportThrough({ count: 100, url });
  assert.equal(end.code, "store/refused");
  assert.match(end.message, /AuthorizationPermissionMismatch/);
  assert.deepEqual(sent, ["put"]);
});

test("a url that throws is tried again, and is the cause where it goes on", async () => {
  const cause = new Error(CANARY);
  let asked = 0;
  const url = () => {
    asked++;
    throw cause;
  };
  const destination = { type: "azure", url };
  const config = { source: [{ a: 1 }], format: "csv", retries: 1, destination };
  const end = await exportTable(config).finished.catch((error) => error);
  assert.deepEqual([end.code, end.cause, asked], ["sign/failed", cause, 2]);
  assert.equal(end.message, "the url callback threw");
  const none = { ...config, destination: { type: "azure", url: () => CANARY } };
  await assert.rejects(exportTable(none).finished, { code: "sign/invalid-answer" });
});

test("cancel leaves no blob; its blocks stay until Azure drops them", async () => {
  const through = async (job) => {
    for await (const { progress } of job) if (progress.bytesAcknowledged > 0) job.cancel();
  };
  const source = rows(Number.POSITIVE_INFINITY);
  const { end, object, job, sent } = await exportThrough({ source, through });
  assert.equal(end.code, "cancelled");
  assert.equal(object, undefined);
  assert.equal(count(sent, "complete"), 0);
  const list = await fetch(`${azurite.sas(job.files[0].name)}&comp=blocklist&blocklisttype=uncommitted`);
  assert.match(await list.text(), /<UncommittedBlocks><Block><Name>[\w+/]{24}<\/Name>/);
});

for (const worker of [true, false])
  test(`from a page, ${worker ? "in a worker" : "in the page"}: a lost answer, and CORS`, async (t) => {
    const script = 'import { exportTable } from "/pkg/browser.js"; window.exportTable = exportTable;';
    const policy = "script-src 'self' 'wasm-unsafe-eval'";
    const server = await serve({ script, policy });
    const browser = await launch();
    t.after(async () => {
      await browser.close();
      await server.close();
    });
    const proxy = await startProxy({
      origin: azurite.origin,
      route: routeOfPage,
      fault: once("complete", "lose the answer"),
    });
    t.after(proxy.close);
    const page = await browser.newPage();
    await page.goto(server.origin);
    await page.waitForFunction(() => window.exportTable);
    const url = azurite.sas().replace(azurite.origin, proxy.origin);
    const fileName = `page-${worker}`;
    const end = await page.evaluate(
      async ({ url, fileName, worker, MIB }) => {
        const source = Array.from({ length: 3000 }, (_, id) => ({
          id,
          text: String(Math.sin(id)).repeat(50),
        }));
        const destination = { type: "azure", url: () => url, blockSize: MIB };
        const config = { source, format: "csv", fileName, exportMode: "ErrorIfExists", destination, worker };
        const job = window.exportTable(config);
        await job.finished.catch(() => {});
        return job.toJSON();
      },
      { url, fileName, worker, MIB },
    );
    assert.equal(end.status, "completed", end.errorMessage);
    assert.equal((await stored(`${fileName}.csv`)).bytes.length, end.size);
  });

/** What asks whether a request may be made is none of those. */
const routeOfPage = (request) =>
  request.method === "OPTIONS" ? { operation: "options", path: request.url } : route(request);

test("an export that was cut off goes on with the blocks that are there", async () => {
  const config = { format: "csv", fileName: `resumed ${crypto.randomUUID()}` };
  let asked = 0;
  const url = () => (asked++ < 3 ? azurite.sas() : new Promise(() => {}));
  const first = exportTable({
    ...config,
    source: rows(9_000),
    destination: { type: "azure", url, blockSize: MIB },
    retries: 0,
  });
  let token;
  for await (const { resume } of first) {
    token = resume;
    if (resume?.files[0].parts.length === 3) break;
  }
  const { end, sent, object, expected, job } = await exportThrough({
    count: 9_000,
    resume: token,
    ...config,
  });
  first.cancel();
  assert.equal(end.status, "completed", end.message);
  assert.ok(object.bytes.equals(expected));
  assert.equal(count(sent, "list"), 1);
  assert.equal(count(sent, "part"), job.files[0].parts - 3);
  assert.equal(job.progress.bytesAcknowledged, expected.length);
});

test("a blob that was finished before an export was cut off is not sent again", async () => {
  const config = {
    format: "csv",
    fileName: `finished ${crypto.randomUUID()}`,
    targetFileSizeBytes: MIB,
  };
  let isGone = false;
  const url = () => (isGone ? new Promise(() => {}) : azurite.sas());
  const destination = { type: "azure", url, blockSize: MIB };
  const first = exportTable({ ...config, source: rows(20_000), destination, retries: 0 });
  let token;
  for await (const { resume } of first) {
    token = resume;
    if (resume?.files[0].digest) break;
  }
  isGone = true;
  const etag = async (name) => (await fetch(azurite.sas(name), { method: "HEAD" })).headers.get("etag");
  const { name } = token.files[0];
  const before = await etag(name);
  const { end, job } = await exportThrough({ ...config, count: 20_000, resume: token });
  first.cancel();
  assert.equal(end.status, "completed", end.message);
  assert.equal(before, await etag(name));
  // It was asked for, and is as it was.
  assert.equal(job.files[0].attempts, 1);
  assert.equal(job.progress.bytesAcknowledged, end.size);
});
