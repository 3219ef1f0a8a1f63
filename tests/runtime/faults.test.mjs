// What networks and stores do to a request, over real sockets, in front of stores that are not ours: at each kind of
// request that makes a file, once. What comes of it is the second table of docs/faults.md.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { exportTable } from "../../pkg/node.js";
import { s3Request, signS3 } from "../../pkg/stores/s3.js";
import { startCeph } from "../../tools/ceph.mjs";
import { startLocalStack } from "../../tools/localstack.mjs";
import { startStore } from "../../tools/store.mjs";
import { startAzurite } from "./azurite.mjs";
import { launch, serve } from "./chromium.mjs";
import { startFaultProxy, startProxy } from "./fault-proxy.mjs";
import { startGoogle } from "./google.mjs";

const CANARY = "canary-51c0de";
const MIB = 1 << 20;
const docs = new URL("../../docs/faults.md", import.meta.url);
const [BEGIN, END] = ["begin", "end"].map((edge) => `<!-- tests/runtime/faults.test.mjs: ${edge} -->\n`);

const says = (status, code, headers = {}) => ({
  status,
  headers,
  body: `<Error><Code>${code}</Code><Message>${CANARY}</Message></Error>`,
});
const html = (status) => ({ status, headers: { "content-type": "text/html" }, body: `<p>${CANARY}` });
const withEtag = (etag) => (answer) => ({ ...answer, headers: { ...answer.headers, etag } });

function escapingEtag(answer) {
  const { etag } = answer.headers;
  return etag ? withEtag(etag.replaceAll('"', "&quot;"))(answer) : answer;
}

function hidingEtag(answer) {
  const { etag: _, ...headers } = answer.headers;
  return { ...answer, headers };
}

/** By the names that the table has for them. */
const FAULTS = [
  ["500", says(500, "InternalError")],
  ["503 SlowDown", says(503, "SlowDown")],
  ["429, Retry-After of 1 s", says(429, "TooManyRequests", { "retry-after": "1" })],
  ["408", says(408, "RequestTimeout")],
  ["409 OperationAborted", says(409, "OperationAborted")],
  ["403 SignatureDoesNotMatch", says(403, "SignatureDoesNotMatch")],
  ["404 NoSuchUpload", says(404, "NoSuchUpload")],
  ["410", says(410, "Gone")],
  ["411", says(411, "MissingContentLength")],
  ["412", says(412, "PreconditionFailed")],
  ["200 with an error in its body", says(200, "InternalError")],
  ["502, a page of HTML", html(502)],
  ["403, a page of HTML", html(403)],
  ["a redirect", { status: 307, headers: { location: `http://127.0.0.1:9/${CANARY}` } }],
  ["connection reset before the body", "lose the request"],
  ["connection reset in the body", "break off the body"],
  ["a byte changed on its way", "damage the body"],
  ["without its length, as a proxy may send it on", "lose the length"],
  ["sent twice on its way", "send it twice"],
  ["answer lost", "lose the answer"],
  ["answer cut off", "break off the answer"],
  ["another ETag", withEtag('"0123456789abcdef0123456789abcdef"')],
  ["an ETag in escaped quotes", escapingEtag],
  ["no ETag, as a bucket's CORS rule may hide it", hidingEtag],
];

/** Rows of a kilobyte that hardly compress. */
function* rows(count) {
  for (let id = 0; id < count; id++)
    yield {
      id,
      text: String(id * 2654435761)
        .repeat(70)
        .slice(0, 980),
    };
}
/** Two parts of 5 MiB. */
const COUNT = 7_000;

/** The stores: what their requests are, and an export to one by way of a proxy. */
const stores = [
  { name: "R2 (wrangler)", operations: ["create", "part", "complete"], start: startR2 },
  { name: "LocalStack", operations: ["create", "part", "complete"], start: () => startS3(startLocalStack) },
  { name: "Ceph RGW", operations: ["create", "part", "complete"], start: () => startS3(startCeph) },
  { name: "LocalStack, from Chromium", operations: ["create", "part", "complete"], start: startS3InChromium },
  { name: "Azurite", operations: ["part", "complete"], start: startBlobs },
  { name: "gcp-storage-emulator", operations: ["chunk"], start: startSessions },
];

/** Exports in this process. */
async function exportHere(fileName, destination) {
  const job = exportTable({ source: rows(COUNT), format: "csv", fileName, destination });
  const error = await job.finished.then(
    () => undefined,
    (error) => error,
  );
  const told = JSON.stringify([job, job.files, job.progress, error?.message, error?.place]);
  assert.doesNotMatch(told, new RegExp(CANARY));
  return { code: error?.code, message: error?.message };
}

const presigned = (sign) => ({ type: "presigned", sign, partSize: 5 * MIB });

async function bytesOf(url) {
  const response = await fetch(url);
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.ok ? bytes : undefined;
}

/** Exports to a store that signs requests, by way of a proxy. */
const runPresigned = (store) => async (fileName, fault) => {
  const proxy = await startFaultProxy(store, fault);
  const end = await exportHere(fileName, presigned(proxy.sign));
  await proxy.close();
  return end;
};

async function startR2() {
  const store = await startStore();
  return {
    run: runPresigned(store),
    read: (name) => bytesOf(`${store.origin}/objects/${name}`),
    stop: () => store.stop(),
  };
}

/** A store of S3's protocol with a bucket: `{origin, sign, read, stop}`. */
async function startBucket(start) {
  const store = await start();
  const bucket = "faults";
  const signed = async (method, url) =>
    (await signS3({ method, url }, store.credentials, store.region, Date.now())).href;
  const made = await fetch(await signed("PUT", new URL(`${store.endpoint}/${bucket}`)), { method: "PUT" });
  assert.equal(made.status, 200);
  const sign = ({ fileName, ...request }) => {
    const { method, url } = s3Request({ endpoint: store.endpoint, bucket }, fileName, request);
    return signed(method, url);
  };
  const read = async (name) => bytesOf(await signed("GET", new URL(`${store.endpoint}/${bucket}/${name}`)));
  return { origin: store.endpoint, sign, read, stop: () => store.stop() };
}

async function startS3(start) {
  const store = await startBucket(start);
  return { run: runPresigned(store), read: store.read, stop: store.stop };
}

async function startBlobs() {
  const store = await startAzurite();
  const route = ({ method, url }) => {
    const comp = new URL(url, "http://host").searchParams.get("comp");
    const writes = { block: "part", blocklist: "complete" }[comp] ?? "other";
    return { operation: method === "PUT" ? writes : "other", path: url };
  };
  return {
    async run(fileName, fault) {
      const proxy = await startProxy({ origin: store.origin, route, fault });
      const url = store.sas().replace(store.origin, proxy.origin);
      const end = await exportHere(fileName, { type: "azure", url, blockSize: 3 * MIB });
      await proxy.close();
      return end;
    },
    read: (name) => bytesOf(store.sas(name)),
    stop: () => store.stop(),
  };
}

async function startSessions() {
  const store = await startGoogle();
  const route = ({ method, url, headers }) => {
    const isChunk = method === "PUT" && !headers["content-range"].startsWith("bytes */");
    return { operation: isChunk ? "chunk" : "other", path: url };
  };
  return {
    async run(fileName, fault) {
      const proxy = await startProxy({ origin: store.origin, route, fault });
      const start = async (request) => (await store.start(request)).replace(store.origin, proxy.origin);
      const end = await exportHere(fileName, { type: "resumable", start, chunkSize: 3 * MIB });
      await proxy.close();
      return end;
    },
    read: async (name) => (await store.object(name))?.bytes,
    stop: () => store.stop(),
  };
}

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "PUT, POST, GET, HEAD, DELETE",
  "access-control-allow-headers": "*",
  "access-control-expose-headers": "ETag",
};

const script = `
import { exportTable } from "/pkg/browser.js";
${rows}
window.run = async (fileName) => {
  const destination = { type: "presigned", sign: (request) => window.signed(request), partSize: ${5 * MIB} };
  const job = exportTable({ source: rows(${COUNT}), format: "csv", fileName, destination });
  const error = await job.finished.then(() => undefined, (error) => error);
  const { code, message } = error ?? {};
  return { code, message, told: JSON.stringify([job, job.files, message, error?.place]) };
};
`;

async function startS3InChromium() {
  const [store, browser] = await Promise.all([startBucket(startLocalStack), launch()]);
  const server = await serve({ script, policy: "default-src * 'wasm-unsafe-eval'" });
  const page = await browser.newPage();
  let sign;
  await page.exposeFunction("signed", (request) => sign(request));
  await page.goto(server.origin);
  await page.waitForFunction(() => window.run);
  return {
    async run(fileName, fault) {
      const proxy = await startFaultProxy(store, fault, CORS);
      sign = proxy.sign;
      const { told, ...end } = await page.evaluate((fileName) => window.run(fileName), fileName);
      assert.doesNotMatch(told, new RegExp(CANARY));
      await proxy.close();
      return end;
    },
    read: store.read,
    async stop() {
      await browser.close();
      await server.close();
      await store.stop();
    },
  };
}

let expected;
const running = new Map();
before(async () => {
  const job = exportTable({ source: rows(COUNT), format: "csv", destination: { type: "memory" } });
  await job.finished;
  expected = Buffer.from(job.files[0].bytes);
  await Promise.all(stores.map(async (store) => running.set(store, await store.start())));
});
after(() => Promise.all([...running.values()].map((store) => store.stop())));

/** What comes of a fault at the first request of each kind, in words. */
async function outcome(store, fault, number) {
  const { run, read } = running.get(store);
  const met = new Map();
  for (const wanted of store.operations) {
    const fileName = `${wanted}-${number}`;
    let requests = 0;
    const { code, message } = await run(fileName, (operation) =>
      operation === wanted && requests++ === 0 ? fault : undefined,
    );
    assert.ok(requests > 0, `${store.name} was sent no ${wanted}`);
    const object = await read(`${fileName}.csv`);
    const isWhole = object?.equals(expected) ?? false;
    const isAdmitted = object === undefined || message?.includes("may be left");
    assert.ok(isWhole || (code && isAdmitted), `${store.name}: ${wanted}, ${FAULTS[number][0]}`);
    const word = code ? `\`${code}\`` : "survived";
    met.set(word, [...(met.get(word) ?? []), wanted]);
  }
  if (met.size === 1) return [...met.keys()][0];
  return [...met].map(([word, operations]) => `${operations.join(", ")}: ${word}`).join("; ");
}

/** A column of the table. */
async function column(store) {
  const cells = [];
  for (const [number, [, fault]] of FAULTS.entries()) cells.push(await outcome(store, fault, number));
  return cells;
}

test("what comes of each fault is what the docs say", { timeout: 900_000 }, async () => {
  const columns = await Promise.all(stores.map(column));
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  const rule = "|---".repeat(stores.length + 1);
  const head = `${line(["fault, once", ...stores.map(({ name }) => name)])}${rule}|\n`;
  const body = FAULTS.map(([name], row) => line([name, ...columns.map((cells) => cells[row])]));
  const table = head + body.join("");
  const text = await readFile(docs, "utf8");
  const [start, written, rest] = [text.indexOf(BEGIN) + BEGIN.length, ...text.split(BEGIN)[1].split(END)];
  if (process.env.TABLEPORT_WRITE_DOCS) {
    await writeFile(docs, text.slice(0, start) + table + END + rest);
  } else {
    assert.equal(table, written, "docs/faults.md has another table; TABLEPORT_WRITE_DOCS=1 writes this one");
  }
});
