// Uploads that are signed here, to three stores that check signatures and are of different hands.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { after, before, mock, test } from "node:test";
import { inspect } from "node:util";
import { exportTable } from "../../pkg/node.js";
import { s3Request, signS3 } from "../../pkg/stores/s3.js";
import { startCeph } from "../../tools/ceph.mjs";
import { startLocalStack } from "../../tools/localstack.mjs";
import { startStore } from "../../tools/store.mjs";
import { startFaultProxy } from "./fault-proxy.mjs";
import { readings } from "./readings.mjs";
import { listen } from "./support.mjs";

const MIB = 1 << 20;
const HOUR = 3_600_000;
const CANARY = "canary-7f3a91";
const STORES = ["R2", "LocalStack", "Ceph"];
/** The local R2 knows no ListParts, and no condition of a Complete; nor do its answers have a date. */
const SERVERS = ["LocalStack", "Ceph"];

const stores = {};
before(async () => {
  const starts = [startStore(), startLocalStack(), startCeph()];
  [stores.R2, stores.LocalStack, stores.Ceph] = await Promise.all(starts);
  const { accessKeyId, secretAccessKey } = stores.R2;
  stores.R2.credentials = { accessKeyId, secretAccessKey };
  for (const name of SERVERS) await makeBucket(stores[name]);
});

async function makeBucket(store) {
  store.bucket = "exports";
  const { endpoint, bucket, credentials, region } = store;
  const url = await signS3(
    { method: "PUT", url: new URL(`${endpoint}/${bucket}`) },
    credentials,
    region,
    Date.now(),
  );
  assert.equal((await fetch(url, { method: "PUT" })).status, 200);
}
after(() => Promise.all(Object.values(stores).map((store) => store.stop())));

/** The destination that a store is. */
function destinationOf(name, changes) {
  const { endpoint, bucket, region, credentials } = stores[name];
  return { type: "s3", endpoint, bucket, region, credentials, allowHttp: true, ...changes };
}

/** Sends a request of the operation on an object. */
async function send(
  name,
  key,
  request,
  { credentials = stores[name].credentials, now = Date.now(), ...init } = {},
) {
  const { method, url } = s3Request(stores[name], key, request);
  const signed = await signS3({ method, url }, credentials, stores[name].region, now);
  return fetch(signed, { ...init, method });
}

async function object(name, key) {
  const { url } = s3Request(stores[name], key, { operation: "head" });
  const signed = await signS3(
    { method: "GET", url },
    stores[name].credentials,
    stores[name].region,
    Date.now(),
  );
  const response = await fetch(signed);
  const bytes = Buffer.from(await response.arrayBuffer());
  return response.ok ? bytes : undefined;
}

async function inMemory(config) {
  const job = exportTable({ ...config, destination: { type: "memory" } });
  await job.finished;
  return Buffer.from(job.files[0].bytes);
}

const small = (changes) => ({ source: [{ a: 1 }], format: "csv", ...changes });

/** Runs an export that fails; gives its error, in all of which there is no canary. */
async function failure(config) {
  const said = [];
  const job = exportTable({ ...config, onStatus: (status) => said.push(inspect(status, { depth: 9 })) });
  const error = await job.finished.then(
    () => assert.fail("it completed"),
    (error) => error,
  );
  said.push(error.message, error.stack, inspect({ ...error, cause: undefined }), inspect(job, { depth: 9 }));
  said.push(JSON.stringify([job, error, job.files]));
  assert.deepEqual(
    said.filter((text) => text.includes(CANARY)),
    [],
  );
  return error;
}

/** Creates a multipart upload; gives its id. */
async function begin(name, key) {
  const created = await (await send(name, key, { operation: "create" })).text();
  return /<UploadId>(.*?)</.exec(created)[1];
}

/** The uploads that are open, as the store lists them. */
async function uploadsOf(name) {
  const { endpoint, bucket, credentials, region } = stores[name];
  const url = await signS3(
    { method: "GET", url: new URL(`${endpoint}/${bucket}?uploads=`) },
    credentials,
    region,
    Date.now(),
  );
  const text = await (await fetch(url)).text();
  assert.match(text, /<ListMultipartUploadsResult/);
  return text;
}

/** Bit by bit, as its definition has it. */
function crc32c(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  const sum = Buffer.alloc(4);
  sum.writeInt32BE(~crc);
  return sum;
}

/** The CRC32C that a store keeps with an object: of several parts, that of their sums. */
async function keptCrc32c(name, key) {
  const headers = { "x-amz-checksum-mode": "ENABLED" };
  const { method, url } = s3Request(stores[name], key, { operation: "head" });
  const { credentials, region } = stores[name];
  const signed = await signS3({ method, url, headers }, credentials, region, Date.now());
  return (await fetch(signed, { method, headers })).headers.get("x-amz-checksum-crc32c");
}

function keptAs(bytes) {
  if (bytes.length <= 5 * MIB) return crc32c(bytes).toString("base64");
  const sums = [bytes.subarray(0, 5 * MIB), bytes.subarray(5 * MIB)].map(crc32c);
  return `${crc32c(Buffer.concat(sums)).toString("base64")}-2`;
}

/** Exports twice under ErrorIfExists. */
async function refusesSecond(name, fileName, count) {
  const destination = destinationOf(name, { partSize: 5 * MIB });
  const config = { format: "csv", fileName, destination, exportMode: "ErrorIfExists" };
  await exportTable({ ...config, source: readings(count) }).finished;
  const first = await object(name, `${fileName}.csv`);
  const { code } = await failure({ ...config, source: readings(count + 1) });
  assert.equal(code, "store/exists");
  assert.ok((await object(name, `${fileName}.csv`)).equals(first));
}

for (const name of STORES) {
  test(`${name}: a small file goes by PUT`, async () => {
    const fileName = "a ü (1)'s & +!*";
    const job = exportTable(small({ fileName, destination: destinationOf(name, { prefix: "folder/in-" }) }));
    await job.finished;
    const bytes = await object(name, `folder/in-${fileName}.csv`);
    assert.equal(bytes?.toString(), "a\n1\n");
    assert.equal(job.files[0].checksums.md5, createHash("md5").update(bytes).digest("hex"));
  });

  test(`${name}: a large one goes by multipart, in a thread too`, { timeout: 120_000 }, async () => {
    const headers = { "x-amz-meta-by": "tests", "cache-control": "no-store" };
    for (const worker of [false, true]) {
      const config = { format: "csv", fileName: `parts-${worker}` };
      const destination = destinationOf(name, { partSize: 5 * MIB, headers });
      const job = exportTable({ ...config, source: readings(100_000), destination, worker });
      await job.finished;
      assert.ok(job.files[0].parts > 1);
      // Ceph says none at first.
      assert.notEqual(job.files[0].etag, "");
      const expected = await inMemory({ ...config, source: readings(100_000) });
      assert.ok((await object(name, `parts-${worker}.csv`)).equals(expected));
      const head = await send(name, `parts-${worker}.csv`, { operation: "head" });
      assert.equal(head.headers.get("x-amz-meta-by"), "tests");
    }
  });

  test(`${name}: a CRC32C goes along`, { timeout: 120_000 }, async () => {
    for (const count of [1, 60_000]) {
      const config = { format: "csv", fileName: `crc-${count}` };
      const destination = destinationOf(name, { partSize: 5 * MIB, checksum: "crc32c" });
      const job = exportTable({ ...config, source: readings(count), destination });
      await job.finished;
      const bytes = await object(name, `crc-${count}.csv`);
      assert.ok(bytes.equals(await inMemory({ ...config, source: readings(count) })));
      const sum = crc32c(bytes).toString("hex");
      assert.deepEqual([job.files[0].checksums.crc32c, job.files[0].parts], [sum, count === 1 ? 1 : 2]);
      if (name === "LocalStack") assert.equal(await keptCrc32c(name, `crc-${count}.csv`), keptAs(bytes));
    }
  });

  test(`${name}: a cancelled one leaves no upload`, { timeout: 120_000 }, async () => {
    const destination = destinationOf(name, { partSize: 5 * MIB });
    const source = readings(Number.POSITIVE_INFINITY);
    const job = exportTable({ source, format: "csv", fileName: "cancelled", destination });
    for await (const { progress } of job) if (progress.bytesAcknowledged > 0) job.cancel();
    await assert.rejects(job.finished, ({ code }) => code === "cancelled");
    assert.equal(await object(name, "cancelled.csv"), undefined);
    if (SERVERS.includes(name)) assert.doesNotMatch(await uploadsOf(name), /<UploadId>/);
  });

  test(`${name}: an upload is aborted, and an object deleted`, async () => {
    const key = "deleted.csv";
    const uploadId = await begin(name, key);
    assert.equal((await send(name, key, { operation: "abort", uploadId })).status, 204);
    await send(name, key, { operation: "put" }, { body: "x" });
    assert.equal((await send(name, key, { operation: "delete" })).status, 204);
    assert.equal(await object(name, key), undefined);
  });

  test(`${name}: ErrorIfExists fails where the object exists, by PUT`, () =>
    refusesSecond(name, "exists", 1));

  test(`${name}: a wrong secret is refused, once, and nobody is told what it was`, async () => {
    const { accessKeyId } = stores[name].credentials;
    for (const credentials of [
      { accessKeyId, secretAccessKey: CANARY },
      { accessKeyId: CANARY, secretAccessKey: CANARY },
      () => ({ accessKeyId, secretAccessKey: CANARY, sessionToken: CANARY }),
    ]) {
      const error = await failure(small({ destination: destinationOf(name, { credentials }) }));
      assert.equal(error.code, "store/refused");
      assert.equal(error.job.progress.retries, 0);
    }
  });

  test(`${name}: a signature that has expired is refused`, async () => {
    const now = Date.now() - HOUR;
    const response = await send(name, "expired.csv", { operation: "put" }, { body: "x", now });
    await response.arrayBuffer();
    assert.ok([400, 401, 403].includes(response.status), String(response.status));
  });
}

for (const name of SERVERS) {
  test(`${name}: the parts of an upload are listed`, async () => {
    const key = "listed.csv";
    const uploadId = await begin(name, key);
    const part = { operation: "part", partNumber: 3, uploadId };
    assert.equal((await send(name, key, part, { body: "x" })).status, 200);
    const listed = await (await send(name, key, { operation: "list", uploadId })).text();
    assert.match(listed, /<PartNumber>3<\/PartNumber>/);
  });

  test(`${name}: a clock that is a day behind is corrected by the store's`, async () => {
    const config = small({ fileName: "behind", destination: destinationOf(name) });
    const job = await atWrongTime(-26 * HOUR, config);
    assert.equal(job.progress.retries, 1);
    assert.equal((await object(name, "behind.csv")).toString(), "a\n1\n");
  });
}

test("LocalStack: ErrorIfExists fails where the object exists, by multipart", () =>
  refusesSecond("LocalStack", "exists-in-parts", 60_000));

/** Exports by a clock that is off; gives the job. */
async function atWrongTime(skew, config) {
  const real = Date.now;
  const wrong = mock.method(Date, "now", () => real() + skew);
  const job = exportTable(config);
  await job.finished.finally(() => wrong.mock.restore());
  return job;
}

test("a clock that is ahead is corrected by the store's", async (t) => {
  const now = Date.now;
  const times = [];
  // As S3 does; LocalStack takes signatures from the future.
  const server = await listen((request, response) => {
    const time = new URL(request.url, "http://host").searchParams.get("X-Amz-Date");
    times.push(Date.parse(time.replace(/(....)(..)(.....)(..)/, "$1-$2-$3:$4:")));
    const isWrong = times.at(-1) > now() + HOUR / 4;
    request.resume();
    if (isWrong) response.writeHead(403).end("<Error><Code>RequestTimeTooSkewed</Code></Error>");
    else response.writeHead(200, { etag: '"x"' }).end();
  });
  t.after(server.close);
  const destination = destinationOf("R2", { endpoint: server.origin });
  const job = await atWrongTime(26 * HOUR, small({ destination }));
  assert.equal(job.progress.retries, 1);
  assert.equal(times.length, 2);
});

for (const [what, fault, code] of [
  ["a body that is damaged on its way is sent again", "damage the body"],
  ["what the store says of it is compared", withCrc32c],
  ["and what it says of the whole", withCrc32c, "store/checksum-mismatch"],
])
  test(`LocalStack: with a CRC32C, ${what}`, { timeout: 120_000 }, async () => {
    const { endpoint, bucket, credentials, region } = stores.LocalStack;
    const wanted = code ? "complete" : "part";
    const told = [];
    // As a signer does that makes the signature cover what it is told.
    const sign = async ({ fileName, headers = {}, ...request }) => {
      told.push([request.operation, Object.keys(headers)]);
      const { method, url } = s3Request({ endpoint, bucket }, fileName, request);
      return (await signS3({ method, url, headers }, credentials, region, Date.now())).href;
    };
    const faulty = (operation, count) => (operation === wanted && count === 0 ? fault : undefined);
    const proxy = await startFaultProxy({ origin: endpoint, sign }, faulty);
    const destination = { type: "presigned", sign: proxy.sign, partSize: 5 * MIB, checksum: "crc32c" };
    const config = { format: "csv", fileName: `crc-${what}`, destination };
    const job = exportTable({ ...config, source: readings(60_000) });
    const end = await job.finished.catch((error) => error);
    await proxy.close();
    assert.equal(end.code, code, end.message);
    const bytes = await object("LocalStack", `crc-${what}.csv`);
    assert.equal(bytes?.length, code ? undefined : end.size);
    assert.equal(job.progress.retries, code ? 0 : 1);
    const sums = told
      .filter(([, names]) => names.length > 0)
      .map(([operation, names]) => [operation, ...names]);
    assert.deepEqual(sums.slice(0, 2), [
      ["create", "x-amz-checksum-algorithm"],
      ["part", "x-amz-checksum-crc32c"],
    ]);
  });

/** Another CRC32C than was sent. */
function withCrc32c({ status, headers, body }) {
  const text = body.toString().replace(/(<ChecksumCRC32C>).*?</, "$1AAAAAA==<");
  return {
    status,
    headers: { ...headers, "x-amz-checksum-crc32c": "AAAAAA==", "content-length": Buffer.byteLength(text) },
    body: text,
  };
}

test("LocalStack: the bucket in the host", async () => {
  const { endpoint, region, credentials, bucket } = stores.LocalStack;
  const { port } = new URL(endpoint);
  const place = {
    bucket,
    endpoint: `http://s3.localhost.localstack.cloud:${port}`,
    virtualHostedStyle: true,
  };
  const put = async (secretAccessKey) => {
    const { method, url } = s3Request(place, "by-host.csv", { operation: "put" });
    const signed = await signS3({ method, url }, { ...credentials, secretAccessKey }, region, Date.now());
    const headers = { host: signed.host };
    return new Promise((resolve, reject) => {
      const path = `${signed.pathname}${signed.search}`;
      const onward = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode));
      });
      onward.on("error", reject).end("x");
    });
  };
  assert.equal(await put(credentials.secretAccessKey), 200);
  assert.equal((await object("LocalStack", "by-host.csv")).toString(), "x");
  assert.equal(await put("another"), 403);
});

test("credentials are asked for each try, and may change", async () => {
  const { credentials } = stores.R2;
  let asked = 0;
  const provider = async () => {
    if (++asked === 1) throw new Error(CANARY);
    return credentials;
  };
  const job = exportTable(small({ destination: destinationOf("R2", { credentials: provider }) }));
  await job.finished;
  assert.deepEqual([asked, job.progress.retries], [2, 1]);
});

test("what the credentials function threw is the cause, and what it answers is judged", async () => {
  const cause = new Error("no credentials today");
  const throwing = () => {
    throw cause;
  };
  const withProvider = (credentials) =>
    small({ retries: 0, destination: destinationOf("R2", { credentials }) });
  const error = await failure(withProvider(throwing));
  assert.deepEqual([error.code, error.cause], ["sign/failed", cause]);
  for (const answer of [undefined, CANARY, {}, { accessKeyId: CANARY, secretAccessKey: "" }])
    assert.equal((await failure(withProvider(() => answer))).code, "sign/invalid-answer");
});
