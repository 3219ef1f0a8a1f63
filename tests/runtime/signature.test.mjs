// Requests that Huawei Cloud's own SDK signed (tests/clients/sign.py), as they are and changed.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { importEdge } from "./edge.mjs";

const [{ SignatureError, verify }] = await importEdge("signature");
const golden = new URL("../clients/golden/signatures.json", import.meta.url);
const { accessKey, secret, requests, unsignedBody } = JSON.parse(await readFile(golden, "utf8"));
const NOW = Date.UTC(2026, 10, 28, 12);
const MINUTE = 60_000;
const CANARY = "canary-7f3a91";

/** Verifies a request of the golden ones with some of it replaced. */
function attempt(name, { headers, secretOf = secretsOf(secret), now = NOW, body, ...changes } = {}) {
  const request = requests[name];
  const all = new Headers({ ...lowerCased(request.headers), ...headers });
  return verify(
    { ...request, ...changes, headers: all, body: Buffer.from(body ?? request.body) },
    secretOf,
    now,
  );
}

const secretsOf = (text) => (key) => (key === accessKey ? text : undefined);

const refused = (promise, reason) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof SignatureError);
    assert.equal(error.reason, reason);
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, new RegExp(`${CANARY}|${secret}`));
    return true;
  });

for (const name of Object.keys(requests))
  test(`the SDK's signature is verified: ${name}`, async () => {
    assert.equal(await attempt(name), accessKey);
  });

const { authorization } = lowerCased(requests["a body"].headers);
const signedNames = /SignedHeaders=([^,]+)/.exec(authorization)[1];

const changed = {
  "the method": ["signature", "a body", { method: "PUT" }],
  "the path": ["signature", "no body", { path: `${requests["no body"].path}x` }],
  "a segment of the path in two": ["signature", "no body", { path: "/v1.0/project-1/jobs/6f0f/1c2e/status" }],
  "a slash as %2F": ["malformed", "no body", { path: requests["no body"].path.replace(/\/s/, "%2Fs") }],
  "a path that is no UTF-8": ["malformed", "no body", { path: `${requests["no body"].path}%FF` }],
  "a parameter's value": [
    "signature",
    "parameters",
    { query: requests.parameters.query.replace("10", "11") },
  ],
  "a parameter more": ["signature", "parameters", { query: `${requests.parameters.query}&x=1` }],
  "a parameter less": ["signature", "parameters", { query: "current-page=1&page-size=10" }],
  "a plus for %2B": [
    "signature",
    "parameters of other characters",
    { query: requests["parameters of other characters"].query.replace("%2B", "+") },
  ],
  "a signed header": ["signature", "a body", { headers: { "x-project-id": "project-2" } }],
  "the host": ["signature", "a body", { headers: { host: "127.0.0.1:8788" } }],
  "the body": ["signature", "a body", { body: `${requests["a body"].body} ` }],
  "no body in its place": ["signature", "a body", { body: "" }],
  "a body where there was none": ["signature", "no body", { body: "{}" }],
  "the date": ["signature", "a body", { headers: { "x-sdk-date": "20261128T120001Z" } }],
  "the form of the date": [
    "malformed",
    "a body",
    { headers: { "x-sdk-date": "Sat, 28 Nov 2026 12:00:00 GMT" } },
  ],
  "a date that is none": ["date", "a body", { headers: { "x-sdk-date": "20261399T120000Z" } }],
  "another secret": ["signature", "a body", { secretOf: secretsOf(`${secret}x`) }],
  "an access key that is not known": ["key", "a body", { secretOf: () => undefined }],
  "another access key": [
    "signature",
    "a body",
    { headers: authorized((text) => text.replace(accessKey, CANARY)), secretOf: () => `${secret}x` },
  ],
  "a digit of the signature": [
    "signature",
    "a body",
    { headers: authorized((text) => text.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"))) },
  ],
  "half a signature": ["malformed", "a body", { headers: authorized((text) => text.slice(0, -32)) }],
  "fewer signed headers": [
    "signature",
    "a body",
    { headers: authorized((text) => text.replace("x-project-id;", "")) },
  ],
  "no host among the signed headers": [
    "headers",
    "a body",
    { headers: authorized((text) => text.replace("host;", "")) },
  ],
  "no date among the signed headers": [
    "headers",
    "a body",
    { headers: authorized((text) => text.replace(";x-sdk-date", "")) },
  ],
  "a signed header that is not there": [
    "headers",
    "a body",
    { headers: authorized((text) => text.replace(signedNames, `${signedNames};x-${CANARY}`)) },
  ],
  "another scheme": ["scheme", "a body", { headers: { authorization: `Bearer ${CANARY}` } }],
  "the scheme of derived keys": [
    "scheme",
    "a body",
    { headers: authorized((text) => text.replace("SDK-", "V11-")) },
  ],
};

for (const [what, [reason, name, changes]] of Object.entries(changed))
  test(`a request with something changed is refused: ${what}`, () => refused(attempt(name, changes), reason));

test("a request without an Authorization is refused", () => {
  const { authorization: _, ...headers } = lowerCased(requests["no body"].headers);
  const request = { ...requests["no body"], headers: new Headers(headers), body: new Uint8Array() };
  return refused(verify(request, secretsOf(secret), NOW), "missing");
});

test("a request whose signature leaves the body out is refused", () => {
  const request = { ...unsignedBody, headers: new Headers(unsignedBody.headers) };
  return refused(verify({ ...request, body: Buffer.from("{}") }, secretsOf(secret), NOW), "signature");
});

test("a signature is good for 15 minutes before and after its date", async () => {
  for (const skew of [-15 * MINUTE, 15 * MINUTE])
    assert.equal(await attempt("a body", { now: NOW + skew }), accessKey);
  for (const skew of [-15 * MINUTE - 1, 15 * MINUTE + 1])
    await refused(attempt("a body", { now: NOW + skew }), "date");
});

test("parameters and the names of headers may come in another order or case", async () => {
  const query = requests.parameters.query.split("&").reverse().join("&");
  assert.equal(await attempt("parameters", { query }), accessKey);
  const headers = new Headers(lowerCased(requests.parameters.headers));
  const request = { ...requests.parameters, headers, body: new Uint8Array() };
  assert.equal(await verify(request, secretsOf(secret), NOW), accessKey);
});

function authorized(change) {
  const text = change(authorization);
  assert.notEqual(text, authorization);
  return { authorization: text };
}

function lowerCased(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
