// Signatures that AWS publishes: of S3's documentation, and of the test suite for signatures in a query.
import assert from "node:assert/strict";
import { test } from "node:test";
import { s3 } from "../../pkg/stores/s3.js";
import { presign } from "../../pkg/stores/sigv4.js";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const suite = {
  key: {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    region: "us-east-1",
    service: "service",
  },
  now: Date.UTC(2015, 7, 30, 12, 36),
};
const UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TOKEN = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";

const vectors = [
  ["get-vanilla", "GET", "/", {}, "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"],
  ["get-utf8", "GET", "/ሴ", {}, "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44"],
  [
    "get-unreserved",
    "GET",
    `/${UNRESERVED}`,
    {},
    "95968482db1b9e0fadef6efc1bd24689f77c77d9ef56919c96a28cc92e0d6005",
  ],
  [
    "get-space-normalized",
    "GET",
    "/example space/",
    {},
    "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6",
  ],
  [
    "get-vanilla-query-order-encoded",
    "GET",
    "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
    {},
    "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787",
  ],
  [
    "get-vanilla-query-order-key-case",
    "GET",
    "/?Param2=value2&Param1=value1",
    {},
    "86012e2c9ad4d77369f5d81c11f75158aae4f895a085212cc6d3f923d300bed5",
  ],
  [
    "get-vanilla-query-unreserved",
    "GET",
    `/?${UNRESERVED}=${UNRESERVED}`,
    {},
    "8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf",
  ],
  [
    "get-header-value-trim",
    "GET",
    "/",
    { "My-Header1": " value1", "My-Header2": ' "a   b   c"' },
    "e7bb0fd515e125e1aec2ecc4c0c17484fb06f6846b927c35e46005dd3df3acd4",
  ],
  [
    "post-header-value-case",
    "POST",
    "/",
    { "My-Header1": "VALUE1" },
    "0698bc9e4f7f9139065ba2909c0e99da257e8e2a42492a097bcd46d792391fed",
  ],
  [
    "get-vanilla-with-session-token",
    "GET",
    "/",
    {},
    "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c",
    { sessionToken: TOKEN },
  ],
];

const signatureOf = (url) => url.searchParams.get("X-Amz-Signature");

for (const [name, method, path, headers, signature, key] of vectors)
  test(`the suite's ${name}`, async () => {
    const url = new URL(path, "https://example.amazonaws.com");
    const request = { method, url, headers, payload: EMPTY, expires: 3600 };
    const signed = await presign(request, { ...suite.key, ...key }, suite.now);
    assert.equal(signatureOf(signed), signature);
  });

test("the example of S3's documentation", async () => {
  const key = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    region: "us-east-1",
    service: "s3",
  };
  const url = new URL("https://examplebucket.s3.amazonaws.com/test.txt");
  const request = { method: "GET", url, payload: "UNSIGNED-PAYLOAD", expires: 86_400 };
  const signed = await presign(request, key, Date.UTC(2013, 4, 24));
  assert.equal(signatureOf(signed), "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
});

test("the bucket is in the path, or in the host where that is asked for", async () => {
  const place = { endpoint: "https://s3.example:8443/base/", bucket: "b", region: "auto", prefix: "a (1)/" };
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
  const request = { operation: "part", fileName: "ü's.csv", partNumber: 2, uploadId: "u/+" };
  const urlOf = async (virtualHostedStyle) => {
    const destination = { type: "s3", ...place, credentials, virtualHostedStyle };
    return new URL((await s3(destination).sign(request, 0)).url);
  };
  const path = await urlOf(false);
  assert.equal(`${path.host}${path.pathname}`, "s3.example:8443/base/b/a%20%281%29/%C3%BC%27s.csv");
  assert.deepEqual([path.searchParams.get("partNumber"), path.searchParams.get("uploadId")], ["2", "u/+"]);
  const host = await urlOf(true);
  assert.equal(`${host.host}${host.pathname}`, "b.s3.example:8443/base/a%20%281%29/%C3%BC%27s.csv");
});

test("headers that make the object are sent and signed, and with no other request", async () => {
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
  const headers = { "cache-control": "no-store" };
  const place = { type: "s3", endpoint: "https://s3.example", bucket: "b", region: "auto" };
  const store = s3({ ...place, credentials, headers: { "Cache-Control": "no-store" } });
  for (const [operation, sent] of [
    ["put", headers],
    ["create", headers],
    ["part", {}],
    ["complete", {}],
  ]) {
    const target = await store.sign({ operation, fileName: "t.csv" }, 0);
    assert.deepEqual(target.headers, sent);
    const signed = new URL(target.url).searchParams.get("X-Amz-SignedHeaders");
    assert.equal(signed, sent === headers ? "cache-control;host" : "host");
  }
});
