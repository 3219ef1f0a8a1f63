// The words of the four server APIs, as the package has them. Those in Rust are tested by tests/api.rs.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { ApiError, exportTable, fromRequest, recordAs, refusal } from "../../pkg/node.js";
import { loadWasm } from "../../pkg/wasm.js";
import { launch, serve } from "./chromium.mjs";
import { parseTypes } from "./types/parse.mjs";

const cases = new URL("../api/", import.meta.url);
const read = async (path) => JSON.parse(await readFile(new URL(path, cases), "utf8"));
const rows = Array.from({ length: 1000 }, (_, id) => ({ id, name: `name ${id}` }));

/** What `fromRequest` comes to, in the form of the cases. */
const found = (api, body, options) =>
  fromRequest(api, body, options).then(
    (config) => ({ config }),
    (error) => {
      assert.ok(error instanceof ApiError, error);
      const { code, message, place, response } = error;
      return { error: { code, message, place, response } };
    },
  );

test("every request of the cases comes to the same as in Rust", async () => {
  let count = 0;
  for (const api of await readdir(cases))
    for (const name of await readdir(new URL(`${api}/`, cases))) {
      const files = await readdir(new URL(`${api}/${name}/`, cases));
      // JSON alone does not nest too deeply.
      if (!files.includes("request.json") || name === "expression_too_deep") continue;
      const kind = files.includes("config.json") ? "config" : "error";
      const expected = { [kind]: await read(`${api}/${name}/${kind}.json`) };
      const options = name.startsWith("result") ? { request: "export-result" } : undefined;
      const body = await read(`${api}/${name}/request.json`);
      assert.deepEqual(await found(api, body, options), expected, `${api}/${name}`);
      count += 1;
    }
  assert.ok(count > 100, `${count} cases`);
});

test("what is no JSON, or nested too deeply, is refused", async () => {
  const cycle = {};
  cycle.self = cycle;
  const { error } = await found("redivis", cycle);
  assert.equal(error.message, "body is not JSON, or nested too deeply; it must be an object");
  assert.equal((await found("redivis", undefined)).error.message, "body is null; it must be an object");
  let expression = "end";
  for (let level = 0; level < 500; level++) expression = { a: expression };
  const options = { fileExportOptions: { cloudStorageDestination: { bucket: "b" } } };
  const deep = await found("earth-engine", { expression, ...options });
  assert.equal(deep.error.place.field, "expression");
  assert.equal(deep.error.response.body.error.status, "INVALID_ARGUMENT");
});

test("an API that is not known is refused, and no job suffers from it", async () => {
  const job = exportTable({ source: rows, format: "csv", destination: { type: "memory" } });
  for (const api of ["canary", undefined, 7]) {
    const { error } = await found(api, {});
    assert.deepEqual(
      [error.code, error.place, error.response],
      ["config/invalid-value", { field: "api" }, null],
    );
    await assert.rejects(job.as(api), { name: "ApiError", code: "config/invalid-value" });
  }
  await assert.rejects(job.as("redivis", { body: "progress" }), { place: { field: "body" } });
  await job.finished;
});

/** Whether the module was ever told of a text. */
async function isInWasm(text) {
  const { memory } = await (await loadWasm()).default();
  return Buffer.from(memory.buffer).includes(text);
}

test("the core is told of no credential", async () => {
  const body = await read("export-temp/document_example/request.json");
  // So long that memory which was freed still has some of it.
  const [access_key, secret_key, bucket] = ["access ", "secret ", "bucket "].map((word) => word.repeat(1000));
  const { destination } = await fromRequest("export-temp", {
    ...body,
    bucket,
    credentials: { access_key, secret_key },
  });
  const credentials = { accessKeyId: access_key, secretAccessKey: secret_key };
  assert.deepEqual([destination.bucket, destination.credentials], [bucket, credentials]);
  const found = await Promise.all(["access access", "secret secret", "bucket bucket"].map(isInWasm));
  assert.deepEqual(found, [false, false, true]);
});

test("credentials of a request are in its destination alone, and in no error", async () => {
  const body = await read("export-temp/document_example/request.json");
  const { config, destination, terms } = await fromRequest("export-temp", body);
  const secrets = { accessKeyId: "accesskey", secretAccessKey: "secretkey" };
  assert.deepEqual(destination.credentials, secrets);
  assert.doesNotMatch(JSON.stringify({ config, terms }), /accesskey|secretkey/);
  const { error } = await found("export-temp", {
    ...body,
    credentials: { access_key: "canary", other: "canary" },
  });
  assert.equal(error.place.field, "credentials.secret_key");
  assert.doesNotMatch(JSON.stringify(error), /canary/);
  // A text of another object of that name comes back as it was.
  const expression = { arguments: { credentials: { constantValue: "as it was" } } };
  const options = { fileExportOptions: { cloudStorageDestination: { bucket: "b" } } };
  const { source } = await fromRequest("earth-engine", { expression, ...options });
  assert.deepEqual(source, { expression });
});

/** The state of an export in each API's words. */
async function states(job, terms) {
  const [redivis, operation, dli, result] = await Promise.all(
    ["redivis", "earth-engine", "dli", "export-temp"].map((api) => job.as(api, { terms })),
  );
  return [redivis.status, operation.metadata.state, dli.status, result.code];
}

test("a job tells of itself in each API's words, in every state", async () => {
  const memory = { type: "memory" };
  const job = exportTable({ source: rows, format: "csv", destination: memory });
  const queued = states(job);
  assert.deepEqual(await job.as("redivis"), JSON.parse(JSON.stringify(job)));
  assert.deepEqual(await queued, ["queued", "PENDING", "LAUNCHING", 202]);
  await job.finished;
  assert.deepEqual(await states(job), ["completed", "SUCCEEDED", "FINISHED", 200]);
  assert.deepEqual(await job.as("redivis"), JSON.parse(JSON.stringify(job)));
  assert.equal((await job.as("dli")).result_count, 1000);

  let release;
  const held = new Promise((resolve) => (release = resolve));
  const open = () => new WritableStream({ write: () => held });
  const stuck = exportTable({ source: rows, format: "csv", destination: { type: "stream", open } });
  for await (const { status } of stuck) if (status === "running") break;
  assert.deepEqual(await states(stuck), ["running", "RUNNING", "RUNNING", 202]);
  stuck.cancel();
  assert.equal((await stuck.as("earth-engine")).metadata.state, "CANCELLING");
  release();
  await assert.rejects(stuck.finished);
  assert.deepEqual(await states(stuck), ["cancelled", "CANCELLED", "CANCELLED", 499]);

  const failed = exportTable({ source: [{ a: 1 }, { a: Symbol("s") }], format: "csv", destination: memory });
  await failed.finished.catch(() => {});
  assert.deepEqual(await states(failed), ["failed", "FAILED", "FAILED", 400]);
  assert.equal((await failed.as("dli", { body: "error" })).error_code, "DLI.0018");
  assert.equal(await job.as("dli", { body: "error" }), null);
});

test("a record that was kept as JSON says what the job says", async () => {
  const apis = await readdir(cases);
  const job = exportTable({ source: rows, format: "csv", destination: { type: "memory" } });
  const options = { terms: { queue_name: "q" } };
  for (let times = 0; times < 2; times++) {
    for (const api of apis) {
      const record = JSON.parse(JSON.stringify(job.record));
      const [kept, said] = await Promise.all([recordAs(api, record, options), job.as(api, options)]);
      assert.deepEqual(kept, said);
    }
    await job.finished;
  }
  assert.deepEqual(job.record.files[0].rows, 1000);
  assert.equal(job.record.files[0].bytes, undefined);
});

test("a server's own refusals are in each API's words", async () => {
  const statuses = async (code) => {
    const answers = await Promise.all(
      ["redivis", "earth-engine", "dli", "export-temp"].map((api) => refusal(api, code, "no")),
    );
    const [one, two, three, four] = answers.map(({ body }) => body);
    assert.deepEqual([one.error_description, two.error.message, three.error_msg], ["no", "no", "no"]);
    assert.equal(four.exception.message, "no");
    return [...answers.map(({ status }) => status), two.error.status, three.error_code];
  };
  for (const [code, ...expected] of [
    ["api/unauthenticated", 401, 401, 401, 401, "UNAUTHENTICATED", "DLI.0013"],
    ["api/not-found", 404, 404, 404, 404, "NOT_FOUND", "DLI.0023"],
    ["source/not-found", 404, 404, 400, 404, "NOT_FOUND", "DLI.0002"],
    ["api/wrong-state", 409, 400, 400, 409, "FAILED_PRECONDITION", "DLI.0009"],
    ["api/busy", 503, 503, 400, 503, "UNAVAILABLE", "DLI.0012"],
    ["no such code", 500, 500, 400, 500, "INTERNAL", "DLI.0999"],
  ])
    assert.deepEqual(await statuses(code), expected, code);
});

test("a request of a kind that an API has not is refused", async () => {
  for (const [api, request] of [
    ["redivis", "export-result"],
    ["dli", "other"],
  ]) {
    const error = await fromRequest(api, { format: "csv" }, { request }).catch((error) => error);
    assert.deepEqual([error.code, error.place.field], ["config/invalid-value", "request"]);
  }
});

test("a job is what it was when it was asked", async () => {
  const job = exportTable({ source: rows, format: "csv", destination: { type: "memory" } });
  const status = job.as("redivis");
  await job.finished;
  assert.equal((await status).status, "queued");
});

test("in a page, whose job is in a worker, the words are there before the job and after it", async (t) => {
  const script = 'import * as tableport from "/pkg/browser.js"; window.tableport = tableport;';
  const [browser, server] = await Promise.all([launch(), serve({ script })]);
  t.after(() => Promise.all([browser.close(), server.close()]));
  const page = await browser.newPage();
  await page.goto(server.origin);
  await page.waitForFunction(() => window.tableport);
  const states = await page.evaluate(async () => {
    const job = tableport.exportTable({ source: [{ a: 1 }], format: "csv", destination: { type: "memory" } });
    const queued = job.as("earth-engine");
    await job.finished;
    const ended = job.as("earth-engine");
    return (await Promise.all([queued, ended])).map(({ metadata }) => metadata.state);
  });
  assert.deepEqual(states, ["PENDING", "SUCCEEDED"]);
  assert.equal(page.workers().length, 1);
});

test("a request becomes an export, and its terms the answer", async () => {
  const body = await read("dli/document_example/request.json");
  const { config, terms } = await fromRequest("dli", body);
  const job = exportTable({ ...config, source: rows, destination: { type: "memory" } });
  const response = await job.as("dli", { body: "response", terms });
  // The document's own answer, but for the id.
  const message = "export all data from table db2.t2 to path obs://home/data1/DLI/test started";
  assert.deepEqual(response, { is_success: true, message, job_id: job.id, job_mode: "async" });
  await job.finished;
  assert.deepEqual(
    job.files.map(({ name }) => name),
    ["test/000000.jsonl.gz"],
  );
  assert.equal((await job.as("dli", { terms })).queue_name, "queue2");
});

test("the APIs and bodies that TypeScript lists are those that there are", async () => {
  const types = await readFile(new URL("../../src/js/types.ts", import.meta.url), "utf8").then(parseTypes);
  const names = (union) => union.split("|").map((name) => JSON.parse(name));
  assert.deepEqual(names(types.aliases.get("Api")).sort(), (await readdir(cases)).sort());
  const job = exportTable({ source: rows, format: "csv", destination: { type: "memory" } });
  const { type } = types.interfaces.get("TellOptions").find(({ key }) => key === "body");
  for (const body of names(type)) await job.as("dli", { body });
  await assert.rejects(job.as("dli", { body: "other" }), { message: new RegExp(names(type).sort()[0]) });
});
