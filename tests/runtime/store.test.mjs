import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { createSigner } from "../../edge/sign.js";
import { startStore } from "../../tools/store.mjs";

const MIB = 1 << 20;
const md5 = (bytes) => createHash("md5").update(bytes).digest();

let store;
before(async () => {
  store = await startStore();
});
after(() => store.stop());

async function send(request, init) {
  return fetch(await store.sign(request), init);
}

async function upload(fileName, parts) {
  const created = await send({ operation: "create", fileName }, { method: "POST" });
  const uploadId = /<UploadId>(.*?)</.exec(await created.text())[1];
  let xml = "";
  for (const [index, body] of parts.entries()) {
    const part = { operation: "part", fileName, uploadId, partNumber: index + 1 };
    const response = await send(part, { method: "PUT", body });
    assert.equal(response.status, 200);
    const etag = response.headers.get("etag");
    xml += `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`;
  }
  return { uploadId, body: `<CompleteMultipartUpload>${xml}</CompleteMultipartUpload>` };
}

test("a presigned PUT stores the bytes, and the Worker serves them as a download", async () => {
  const fileName = "folder/a name, with ü & 100%.csv";
  const body = Buffer.from("a,b\n1,2\n");
  const put = await send(
    { operation: "put", fileName },
    { method: "PUT", body, headers: { "content-type": "text/csv" } },
  );
  assert.equal(put.headers.get("etag"), `"${md5(body).toString("hex")}"`);
  const path = fileName.split("/").map(encodeURIComponent).join("/");
  const got = await fetch(`${store.origin}/objects/${path}`);
  assert.equal(await got.text(), body.toString());
  assert.match(got.headers.get("content-disposition"), /^attachment;/);
  const { objects } = await (await fetch(`${store.origin}/objects`)).json();
  assert.deepEqual(
    objects.map(({ name, size }) => ({ name, size })),
    [{ name: fileName, size: body.length }],
  );
});

test("presigned multipart: create, parts and complete", async () => {
  const parts = [Buffer.alloc(5 * MIB, "a"), Buffer.alloc(5 * MIB, "b"), Buffer.from("the end")];
  const fileName = "parts.bin";
  const { uploadId, body } = await upload(fileName, parts);
  const done = await send({ operation: "complete", fileName, uploadId }, { method: "POST", body });
  assert.equal(done.status, 200);
  const head = await send({ operation: "head", fileName }, { method: "HEAD" });
  assert.equal(head.headers.get("etag"), `"${md5(Buffer.concat(parts.map(md5))).toString("hex")}-3"`);
  const got = await fetch(`${store.origin}/objects/${fileName}`);
  assert.deepEqual(Buffer.from(await got.arrayBuffer()), Buffer.concat(parts));
});

test("an aborted upload is gone", async () => {
  const fileName = "aborted.bin";
  const { uploadId, body } = await upload(fileName, [Buffer.from("x")]);
  const aborted = await send({ operation: "abort", fileName, uploadId }, { method: "DELETE" });
  assert.equal(aborted.status, 204);
  const completed = await send({ operation: "complete", fileName, uploadId }, { method: "POST", body });
  assert.equal(completed.status, 404);
});

test("a wrong signature is refused", async () => {
  const sign = createSigner({ ...store, secretAccessKey: "another" });
  const response = await fetch(await sign({ operation: "put", fileName: "x" }), { method: "PUT", body: "x" });
  assert.equal(response.status, 403);
  assert.match(await response.text(), /SignatureDoesNotMatch/);
});

test("the Worker signs what the signer here signs", async () => {
  const ask = (request) => fetch(`${store.origin}/sign`, { method: "POST", body: JSON.stringify(request) });
  const { url } = await (await ask({ operation: "put", fileName: "signed.csv" })).json();
  const withSum = { operation: "put", fileName: "sum.csv", headers: { "x-amz-checksum-crc32c": "AAAAAA==" } };
  assert.match((await (await ask(withSum)).json()).url, /SignedHeaders=host%3Bx-amz-checksum-crc32c&/);
  const put = await fetch(url, { method: "PUT", body: "x" });
  assert.equal(put.status, 200);
  const refused = [
    [{ operation: "put", fileName: "../x" }, "fileName"],
    [{ operation: "put", fileName: "a//b" }, "fileName"],
    [{ operation: "put", fileName: "a\\b" }, "fileName"],
    [{ operation: "put", fileName: "x".repeat(1025) }, "fileName"],
    [{ operation: "put" }, "fileName"],
    [{ operation: "constructor", fileName: "x" }, "operation"],
    [{ operation: "part", fileName: "x", uploadId: "u", partNumber: 10_001 }, "partNumber"],
    [{ operation: "abort", fileName: "x" }, "uploadId"],
    [{ operation: "put", fileName: "x", headers: { "x-amz-copy-source": "b/k" } }, "headers"],
    [null, "body"],
  ];
  for (const [request, field] of refused) {
    const response = await ask(request);
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error.field, field);
  }
});
