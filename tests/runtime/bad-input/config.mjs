import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { plainConfig } from "../../../pkg/config.js";
import { exportTable, presigned, refused, refusedUnread, store, untouched } from "./exports.mjs";
import { CANARY, overhear } from "./leaks.mjs";

const invalid = "config/invalid-value";
const conflict = "config/conflict";
const unknown = "config/unknown-key";
const missing = "config/missing-key";

const s3 = (changes) => ({
  ...{ type: "s3", endpoint: "https://host", bucket: "b", region: "auto" },
  credentials: { accessKeyId: CANARY, secretAccessKey: CANARY, sessionToken: CANARY },
  ...changes,
});

/** Configs that can never work: what is wrong, and how it is refused. */
const wrong = [
  ["an unknown key", { formt: "csv" }, unknown, "formt"],
  ["an unknown key of an inner object", { csv: { delimeter: ";" } }, unknown, "csv.delimeter"],
  [
    "an unknown key of a destination",
    { destination: { type: "memory", path: CANARY } },
    unknown,
    "destination.path",
  ],
  ["the key __proto__", JSON.parse('{"__proto__": 1}'), unknown, "__proto__"],
  ["the key constructor", { constructor: 1 }, unknown, "constructor"],
  ["no format", { format: undefined }, "config/missing-key", "format"],
  ["no destination", { destination: undefined }, "config/missing-key", "destination"],
  ["a format that there is not", { format: "xml" }, invalid, "format"],
  ["a format of the wrong type", { format: 7 }, invalid, "format"],
  ["a destination of the wrong type", { destination: 7 }, invalid, "destination"],
  ["a destination that is no URL", { destination: `${CANARY}:no url` }, invalid, "destination"],
  ["a destination that is not http", { destination: `ftp://host/?${CANARY}` }, invalid, "destination"],
  [
    "a destination without a type",
    { destination: { sign: () => CANARY } },
    "config/missing-key",
    "destination.type",
  ],
  ["a destination of an unknown type", { destination: { type: CANARY } }, invalid, "destination.type"],
  ["no sign", { destination: { type: "presigned" } }, "config/missing-key", "destination.sign"],
  [
    "a sign that is a URL",
    { destination: { type: "presigned", sign: `https://host/?${CANARY}` } },
    invalid,
    "destination.sign",
  ],
  [
    "parts below S3's least",
    { destination: { ...presigned(), partSize: 1024 } },
    invalid,
    "destination.partSize",
  ],
  [
    "a header that is no text",
    { destination: { ...presigned(), headers: { "x-a": 1 } } },
    invalid,
    "destination.headers.x-a",
  ],
  ["no credentials", { destination: s3({ credentials: undefined }) }, missing, "destination.credentials"],
  [
    "credentials that are a string",
    { destination: s3({ credentials: CANARY }) },
    invalid,
    "destination.credentials",
  ],
  [
    "half of the credentials",
    { destination: s3({ credentials: { accessKeyId: CANARY } }) },
    missing,
    "destination.credentials.secretAccessKey",
  ],
  [
    "an empty secret",
    { destination: s3({ credentials: { accessKeyId: CANARY, secretAccessKey: "" } }) },
    invalid,
    "destination.credentials.secretAccessKey",
  ],
  [
    "a credential more",
    {
      destination: s3({
        credentials: { accessKeyId: CANARY, secretAccessKey: CANARY, password: CANARY },
      }),
    },
    unknown,
    "destination.credentials.password",
  ],
  [
    "a plain connection for a secret",
    { destination: s3({ endpoint: "http://host" }) },
    conflict,
    "destination.endpoint",
  ],
  [
    "an endpoint with a password",
    { destination: s3({ endpoint: `https://user:${CANARY}@host` }) },
    invalid,
    "destination.endpoint",
  ],
  [
    "an endpoint that is no URL",
    { destination: s3({ endpoint: "https://[" }) },
    invalid,
    "destination.endpoint",
  ],
  ["a bucket with a slash", { destination: s3({ bucket: `b/${CANARY}` }) }, invalid, "destination.bucket"],
  [
    "a prefix that leaves the bucket",
    { destination: s3({ prefix: `../${CANARY}/` }) },
    invalid,
    "destination.prefix",
  ],
  [
    "a server that is no URL",
    { destination: { type: "companion", endpoint: CANARY } },
    invalid,
    "destination.endpoint",
  ],
  [
    "a token that is no text",
    { destination: { type: "companion", endpoint: "https://host", headers: { authorization: 7 } } },
    invalid,
    "destination.headers.authorization",
  ],
  [
    "a condition that Companion does not take",
    {
      destination: { type: "companion", endpoint: "https://host", headers: { authorization: CANARY } },
      exportMode: "ErrorIfExists",
    },
    conflict,
    "exportMode",
  ],
  [
    "a bucket that is none",
    { destination: { type: "r2", bucket: { put() {}, token: CANARY } } },
    invalid,
    "destination.bucket",
  ],
  ["no bucket", { destination: { type: "r2" } }, missing, "destination.bucket"],
  ["no url", { destination: { type: "azure" } }, "config/missing-key", "destination.url"],
  ["a url that is none", { destination: { type: "azure", url: CANARY } }, invalid, "destination.url"],
  [
    "a url that is what stands for one",
    { destination: { type: "azure", url: { of: "blob" } } },
    invalid,
    "destination.url",
  ],
  [
    "blocks below a mebibyte",
    { destination: { type: "azure", url: () => CANARY, blockSize: 1024 } },
    invalid,
    "destination.blockSize",
  ],
  [
    "one blob for several files",
    { mode: "multi_file", destination: { type: "azure", url: `https://host/c/b?sr=b&sig=${CANARY}` } },
    conflict,
    "mode",
  ],
  ["no start", { destination: { type: "resumable" } }, "config/missing-key", "destination.start"],
  [
    "a start that is a URL",
    { destination: { type: "resumable", start: `https://host/?${CANARY}` } },
    invalid,
    "destination.start",
  ],
  [
    "chunks that are no multiple of 256 KiB",
    { destination: { type: "resumable", start: () => CANARY, chunkSize: 300_000 } },
    invalid,
    "destination.chunkSize",
  ],
  ["selectors that are a string", { selectors: "a" }, invalid, "selectors"],
  ["no selectors", { selectors: [] }, invalid, "selectors"],
  ["a selector that is a number", { selectors: ["a", 1] }, invalid, "selectors[1]"],
  ["a selector twice", { selectors: ["a", "a"] }, invalid, "selectors[1]", "a"],
  ["a type that there is not", { schema: { a: CANARY } }, invalid, "schema.a", "a"],
  ["a schema that is an array", { schema: ["int32"] }, invalid, "schema"],
  ["a delimiter of two characters", { csv: { delimiter: "::" } }, invalid, "csv.delimiter"],
  ["a delimiter that is the quote", { csv: { delimiter: '"' } }, conflict, "csv.delimiter"],
  ["a header that is a string", { csv: { header: "yes" } }, invalid, "csv.header"],
  ["csv options of jsonl", { format: "jsonl", csv: { header: false } }, conflict, "csv"],
  ["gzip around parquet", { format: "parquet", compression: "gzip" }, conflict, "compression"],
  ["a compression that there is not", { compression: "rar" }, invalid, "compression"],
  ["a memoryLimit of NaN", { memoryLimit: Number.NaN }, invalid, "memoryLimit"],
  ["too little memory", { memoryLimit: 1024 }, invalid, "memoryLimit"],
  ["half a retry", { retries: 0.5 }, invalid, "retries"],
  ["no concurrency", { concurrency: 0 }, invalid, "concurrency"],
  ["a BigInt for a number", { retries: 1n }, invalid, "retries"],
  ["one file, of a limited size", { mode: "single_file", targetFileSizeBytes: 1 }, conflict, "mode"],
  [
    "one URL for several files",
    { mode: "multi_file", destination: `https://host/?${CANARY}` },
    conflict,
    "mode",
  ],
  ["row groups of csv", { maxRowGroupsPerFile: 1 }, conflict, "maxRowGroupsPerFile"],
  [
    "row groups beyond memory",
    { format: "parquet", parquet: { rowGroupSize: 2 ** 40 } },
    conflict,
    "parquet.rowGroupSize",
  ],
  ["a file name with a slash", { fileName: `../${CANARY}` }, invalid, "fileName"],
  ["a table without fields", { table: CANARY }, invalid, "table"],
  ["a download outside a page", { destination: { type: "download" } }, invalid, "destination.type"],
  ["a signal that is none", { signal: { aborted: true } }, invalid, "signal"],
  ["an onStatus that is none", { onStatus: CANARY }, invalid, "onStatus"],
];

for (const [what, config, code, field, column] of wrong) {
  const place = column === undefined ? { field } : { field, column };
  test(`config: ${what}`, () => refusedUnread(config, code, place));
}

for (const source of [undefined, null]) {
  test(`config: a source that is ${source}`, () =>
    refusedUnread({ source }, "config/missing-key", { field: "source" }));
}

const pairs = [new Map([["a", [1]]]), new URLSearchParams("a=1"), new FormData(), new Headers()];
for (const source of [
  7,
  CANARY,
  () => {},
  Symbol(CANARY),
  {},
  new Date(),
  { a: 1 },
  { kind: "packed" },
  ...pairs,
]) {
  const name = typeof source === "object" ? `a ${source.constructor.name}` : `a ${typeof source}`;
  test(`config: a source that is ${name}, ${Object.keys(source).length} keys`, () =>
    refusedUnread({ source }, "source/unsupported", { field: "source" }));
}

for (const config of [undefined, null, 7, CANARY, []]) {
  test(`config: ${config === CANARY ? "a string" : JSON.stringify(config)} in its place`, async () => {
    const job = exportTable(config);
    const error = await job.finished.catch((error) => error);
    overhear(error.message);
    assert.equal(error.code, "config/invalid-value");
    assert.deepEqual(error.place, { field: "config" });
    assert.equal(job.toJSON().status, "failed");
    assert.equal(job.toJSON().errorMessage, error.message);
  });
}

test("config: the core is told that there are credentials, and none of them", () => {
  const runtime = { hasWorkers: true, isPage: false, isBrowser: false };
  const destination = s3({ headers: { authorization: CANARY } });
  const judged = plainConfig({ format: "csv", destination }, runtime);
  assert.doesNotMatch(JSON.stringify(judged), new RegExp(CANARY));
  assert.deepEqual(Object.keys(judged.destination.credentials), Object.keys(destination.credentials));
});

test("config: an aborted signal, whose reason is the cause", async () => {
  const reason = new Error(CANARY);
  await refusedUnread({ signal: AbortSignal.abort(reason) }, "cancelled", {}, { cause: reason });
});

test("config: cancelled at once", async () => {
  const source = untouched();
  const job = exportTable({ source: source.rows, format: "csv", destination: presigned() });
  job.cancel();
  job.cancel();
  assert.equal(job.status, "cancelled");
  const error = await job.finished.catch((error) => error);
  overhear(error);
  assert.equal(error.code, "cancelled");
  assert.deepEqual(error.place, {});
  assert.equal(error.cause, undefined);
  assert.equal(job.toJSON().status, "cancelled");
  assert.equal(job.toJSON().errorMessage, error.message);
  assert.deepEqual(source.touched, []);
});

test("config: cancelled while it reads, which closes the source", async () => {
  let returned = 0;
  const source = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        job.cancel();
        return { done: false, value: { a: CANARY } };
      },
      async return() {
        returned++;
      },
    }),
  };
  const job = exportTable({ source, format: "csv", destination: presigned() });
  const error = await job.finished.catch((error) => error);
  assert.equal(error.code, "cancelled");
  assert.equal(returned, 1);
});

test("config: what is changed after the call changes nothing", async () => {
  const config = {
    source: [{ a: 1 }],
    format: "csv",
    destination: { type: "memory" },
    csv: { header: true },
  };
  const job = exportTable(config);
  config.csv.header = "yes";
  config.format = "parquet";
  delete config.destination.type;
  await job.finished;
  assert.equal(Buffer.from(job.files[0].bytes).toString(), "a\n1\n");
});

test("an onStatus that throws is an uncaught error, and the job goes on", async () => {
  const script = `
    import { exportTable } from ${JSON.stringify(new URL("../../../pkg/node.js", import.meta.url).href)};
    const thrown = [];
    process.on("uncaughtException", (error) => thrown.push(error.message));
    const onStatus = () => { throw new Error("of the caller"); };
    const job = exportTable({ source: [{ a: 1 }], format: "csv", destination: { type: "memory" }, onStatus });
    const done = await job.finished;
    console.log(done.status, new Set(thrown).size, thrown[0]);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  assert.equal(stdout, "completed 1 of the caller\n");
});

test("sign: one that throws is the cause, once its retries are used up", async () => {
  const cause = new Error(CANARY);
  const sign = () => {
    throw cause;
  };
  const source = [{ a: CANARY }];
  const destination = { type: "presigned", sign };
  await refused({ source, destination, retries: 0 }, "sign/failed", { file: "out.csv" }, { cause });
});

for (const answer of [undefined, 7, CANARY, `javascript:${CANARY}`, { url: CANARY }, { headers: {} }]) {
  test(`sign: an answer that is ${typeof answer}, no URL (${JSON.stringify(answer)?.replaceAll(CANARY, "x")})`, async () => {
    const destination = { type: "presigned", sign: () => answer };
    const source = [{ a: CANARY }];
    await refused({ source, destination, retries: 0 }, "sign/invalid-answer", { file: "out.csv" });
  });
}

for (const [status, code] of [
  [403, "store/refused"],
  [503, "store/unavailable"],
  [412, "store/exists"],
  [302, "store/refused"],
]) {
  test(`store: an answer ${status}, whose text repeats the request`, async () => {
    store.answer = (path) => ({
      status,
      body: `<Error>${path} ${CANARY}</Error>`,
      headers: { location: path },
    });
    try {
      const config = { source: [{ a: CANARY }], retries: 0, exportMode: "ErrorIfExists" };
      await refused(config, code, { file: "out.csv" });
    } finally {
      store.answer = undefined;
    }
  });
}

test("store: one that cannot be reached", async () => {
  const destination = `http://127.0.0.1:1/out.csv?X-Amz-Signature=${CANARY}`;
  const source = [{ a: CANARY }];
  const error = await refused({ source, destination, retries: 0 }, "network/failed", { file: "out.csv" });
  assert.ok(error.cause instanceof TypeError);
});
