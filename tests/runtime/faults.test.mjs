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

/** The stores: what their requests are, and how an export reaches one by way of a proxy. */
const stores = [
  { name: "R2 (wrangler)", operations: ["create", "part", "complete"], start: startR2 },
  { name: "LocalStack", operations: ["create", "part", "complete"], start: () => startS3(startLocalStack) },
  { name: "Ceph RGW", operations: ["create", "part", "complete"], start: () => startS3(startCeph) },
  { name: "Azurite", operations: ["part", "complete"], start: startBlobs },
  { name: "gcp-storage-emulator", operations: ["chunk"], start: startSessions },
];

/** What lets a page ask a proxy, whatever the store behind it allows. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "PUT, POST, GET, HEAD, DELETE",
  "access-control-allow-headers": "*",
  "access-control-expose-headers": "ETag, Range, x-ms-meta-tableport",
};

async function bytesOf(url) {
  const response = await fetch(url);
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.ok ? bytes : undefined;
}

/** A proxy in front of a store that signs requests, and the destination by way of it. The MD5 goes along from pages, too. */
const connectPresigned = (store) => async (fault, headers) => {
  const { sign: urlOf, close } = await startFaultProxy(store, fault, headers);
  const sign = async (request) => {
    const { contentMd5 } = request;
    return { url: await urlOf(request), headers: contentMd5 ? { "content-md5": contentMd5 } : {} };
  };
  return { destination: { type: "presigned", sign, partSize: 5 * MIB }, close };
};

async function startR2() {
  const store = await startStore();
  return {
    connect: connectPresigned(store),
    read: (name) => bytesOf(`${store.origin}/objects/${name}`),
    stop: () => store.stop(),
  };
}

async function startS3(start) {
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
  return {
    connect: connectPresigned({ origin: store.endpoint, sign }),
    read: async (name) => bytesOf(await signed("GET", new URL(`${store.endpoint}/${bucket}/${name}`))),
    stop: () => store.stop(),
  };
}

async function startBlobs() {
  const store = await startAzurite();
  const route = ({ method, url }) => {
    const comp = new URL(url, "http://host").searchParams.get("comp");
    const writes = { block: "part", blocklist: "complete" }[comp] ?? "other";
    return { operation: method === "PUT" ? writes : "other", path: url };
  };
  return {
    async connect(fault, headers) {
      const { origin, close } = await startProxy({ origin: store.origin, route, fault, headers });
      const url = store.sas().replace(store.origin, origin);
      return { destination: { type: "azure", url, blockSize: 3 * MIB }, close };
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
    async connect(fault, headers) {
      const { origin, close } = await startProxy({ origin: store.origin, route, fault, headers });
      const start = async (request) => (await store.start(request)).replace(store.origin, origin);
      return { destination: { type: "resumable", start, chunkSize: 3 * MIB }, close };
    },
    read: async (name) => (await store.object(name))?.bytes,
    stop: () => store.stop(),
  };
}

/** From where exports go: each opens something that exports to a destination. */
const places = [
  { name: "Node", headers: undefined, open: openHere },
  { name: "Chromium", headers: CORS, open: openPage },
];

async function openHere() {
  return {
    async run(fileName, destination) {
      const job = exportTable({ source: rows(COUNT), format: "csv", fileName, destination });
      const error = await job.finished.then(
        () => undefined,
        (error) => error,
      );
      const { code, message, place } = error ?? {};
      return { code, message, told: JSON.stringify([job, job.files, job.progress, message, place]) };
    },
    close: async () => {},
  };
}

const script = `
import { exportTable } from "/pkg/browser.js";
${rows}
window.run = async (fileName, plain, callback) => {
  const destination = { ...plain, ...(callback && { [callback]: (request) => window.ask(request) }) };
  const job = exportTable({ source: rows(${COUNT}), format: "csv", fileName, destination });
  const error = await job.finished.then(() => undefined, (error) => error);
  const { code, message } = error ?? {};
  return { code, message, told: JSON.stringify([job, job.files, message, error?.place]) };
};
`;

async function openPage() {
  const server = await serve({ script, policy: "default-src * 'wasm-unsafe-eval'" });
  const page = await browser.newPage();
  let asked;
  await page.exposeFunction("ask", (request) => asked(request));
  await page.goto(server.origin);
  await page.waitForFunction(() => window.run);
  return {
    run(fileName, destination) {
      const callback = Object.keys(destination).find((key) => typeof destination[key] === "function");
      const { [callback]: ask, ...plain } = destination;
      asked = ask;
      return page.evaluate(
        ([name, plain, callback]) => window.run(name, plain, callback),
        [fileName, plain, callback],
      );
    },
    async close() {
      await page.close();
      await server.close();
    },
  };
}

let expected;
let browser;
const running = new Map();
before(async () => {
  const job = exportTable({ source: rows(COUNT), format: "csv", destination: { type: "memory" } });
  await job.finished;
  expected = Buffer.from(job.files[0].bytes);
  browser = await launch();
  await Promise.all(stores.map(async (store) => running.set(store, await store.start())));
});
after(() => Promise.all([browser?.close(), ...[...running.values()].map((store) => store.stop())]));

/** What comes of a fault at the first request of each kind, in words. */
async function outcome(store, { name: from, headers }, exporter, number) {
  const { connect, read } = running.get(store);
  const [what, fault] = FAULTS[number];
  const met = new Map();
  for (const wanted of store.operations) {
    const fileName = `${wanted}-${number}-${from}`;
    let requests = 0;
    const { destination, close } = await connect(
      (operation) => (operation === wanted && requests++ === 0 ? fault : undefined),
      headers,
    );
    const { code, message, told } = await exporter.run(fileName, destination);
    await close();
    assert.ok(requests > 0, `${store.name} was sent no ${wanted}`);
    assert.doesNotMatch(told, new RegExp(CANARY));
    const object = await read(`${fileName}.csv`);
    const isWhole = object?.equals(expected) ?? false;
    const isAdmitted = object === undefined || message?.includes("may be left");
    assert.ok(isWhole || (code && isAdmitted), `${store.name}, from ${from}: ${wanted}, ${what}`);
    const word = code ? `\`${code}\`` : "survived";
    met.set(word, [...(met.get(word) ?? []), wanted]);
  }
  if (met.size === 1) return [...met.keys()][0];
  return [...met].map(([word, operations]) => `${operations.join(", ")}: ${word}`).join("; ");
}

/** A column of a table. */
async function column(store, place) {
  const exporter = await place.open();
  const cells = [];
  try {
    for (const number of FAULTS.keys()) cells.push(await outcome(store, place, exporter, number));
  } finally {
    await exporter.close();
  }
  return cells;
}

async function table(place) {
  // None is left running where one fails.
  const settled = await Promise.allSettled(stores.map((store) => column(store, place)));
  const columns = settled.map(({ value, reason }) => {
    if (reason) throw reason;
    return value;
  });
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  const rule = "|---".repeat(stores.length + 1);
  const head = `${line([`once, from ${place.name}`, ...stores.map(({ name }) => name)])}${rule}|\n`;
  const body = FAULTS.map(([name], row) => line([name, ...columns.map((cells) => cells[row])]));
  return head + body.join("");
}

test("what comes of each fault is what the docs say", { timeout: 900_000 }, async () => {
  const tables = [];
  for (const place of places) tables.push(await table(place));
  const found = tables.join("\n");
  const text = await readFile(docs, "utf8");
  const [start, written, rest] = [text.indexOf(BEGIN) + BEGIN.length, ...text.split(BEGIN)[1].split(END)];
  if (process.env.TABLEPORT_WRITE_DOCS) {
    await writeFile(docs, text.slice(0, start) + found + END + rest);
  } else {
    assert.equal(found, written, "docs/faults.md has other tables; TABLEPORT_WRITE_DOCS=1 writes these");
  }
});
