// The service as those ask it who have no business there: without a token, for what is another's, by paths and bodies that
// no client sends. Every answer is its API's own, and none, nor anything printed or kept, holds a secret.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort } from "../../tools/server.mjs";
import { send, signed } from "./abuse/raw.mjs";
import { actions, filled, patterns, ROUTES, refused } from "./abuse/routes.mjs";
import { LIMITS, loadTable, startService, until } from "./service.mjs";
import { listen } from "./support.mjs";

const CANARY = "canary-7f3a91";
const MIB = 1 << 20;
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const token = (name) => `${name}-${CANARY}`;
const secret = (name) => `secret-of-${name}-${CANARY}`;

const ACCOUNTS = {
  ada: {
    tokens: [
      { sha256: sha256(token("ada")) },
      { sha256: sha256(token("old")), expires: "2026-01-01T00:00:00Z" },
    ],
    keys: [{ accessKey: "key-of-ada", secretKey: secret("ada") }],
    projects: ["one"],
    datasets: ["open", "own"],
    buckets: ["exports", "s3", "azure"],
  },
  bob: {
    tokens: [{ sha256: sha256(token("bob")) }],
    keys: [{ accessKey: "key-of-bob", secretKey: secret("bob") }],
    projects: ["two"],
    datasets: ["open"],
    buckets: ["exports"],
  },
};
const TABLES = {
  "open.people": { type: "r2", key: "people.csv" },
  "own.people": { type: "r2", key: "people.csv" },
};

/** All that was answered and printed. */
const said = [];
let folder;
let service;
let store;
let elsewhere;
/** What stands in the paths of ada's, and of bob's. */
let names;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tableport-abuse-"));
  elsewhere = await startCounting((_, response) => response.end());
  store = await startCounting((request, response) => {
    if (request.url.startsWith("/moved")) response.writeHead(307, { location: `${elsewhere.origin}/taken` });
    else response.writeHead(403);
    response.end(`<Error><Message>${request.url}</Message></Error>`);
  });
  const s3 = { type: "s3", endpoint: store.origin, bucket: "b", region: "r", allowHttp: true };
  const hosts = [new URL(store.origin).host, "*.example.com"];
  const port = await freePort();
  service = await startService({
    port,
    persistTo: join(folder, "state"),
    files: { "people.csv": "id,name\n1,Ann\n2,Bo\n3,\n" },
    tables: TABLES,
    vars: {
      ACCOUNTS: { ...ACCOUNTS, ada: { ...ACCOUNTS.ada, hosts: [...hosts, `127.0.0.1:${port}`] } },
      BUCKETS: {
        exports: { type: "r2", binding: "EXPORTS" },
        s3: { ...s3, accessKeyId: "an-id", secretAccessKey: secret("s3") },
        azure: { type: "azure", url: `${store.origin}/account/container?sr=c&sp=rcwdl&sig=${CANARY}` },
      },
      GOOGLE: { serviceAccount: { client_email: "a@b", private_key: secret("google") } },
      LIMITS,
    },
    hear: (text) => said.push(text),
  });
  names = { project: "one", table: "ada.own.people", ...(await jobsOf("ada", "one", "own")) };
});
after(async () => {
  await Promise.all([service, store, elsewhere].map((started) => started?.stop()));
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** A server that counts what it is asked. */
async function startCounting(handler) {
  const seen = [];
  const { origin, close } = await listen((request, response) => {
    seen.push(request.url);
    request.resume();
    request.once("end", () => handler(request, response));
  });
  return { origin, seen, stop: close };
}

/** The answer to a request, which is overheard. */
async function ask({ account = "ada", headers = {}, ...request }) {
  const authorization = account && { authorization: `Bearer ${token(account)}` };
  const answer = await send(service.origin, { ...request, headers: { ...authorization, ...headers } });
  said.push(`${answer.status} ${JSON.stringify(answer.headers)} ${answer.text}`);
  return answer;
}

async function post(path, body, account) {
  const answer = await ask({ account, method: "POST", path, body: JSON.stringify(body) });
  return { ...answer, body: JSON.parse(answer.text) };
}

const toBucket = (bucket, filenamePrefix) => ({
  fileExportOptions: { fileFormat: "CSV", cloudStorageDestination: { bucket, filenamePrefix } },
});
const dliOrder = (change) => ({
  data_path: "obs://exports/dli",
  data_type: "csv",
  compress: "none",
  database_name: "own",
  table_name: "people",
  export_mode: "Overwrite",
  ...change,
});
const tempOrder = (change = {}) => ({
  bucket: "exports",
  credentials: { access_key: "tableport-local", secret_key: "for-the-local-store-only" },
  directory_path: "temp/people.parquet",
  options: { allow_http: true, endpoint: service.endpoint },
  storage_type: "S3",
  ...change,
});
const tempOrder2 = () => {
  const { directory_path: _, ...storage_config } = tempOrder();
  return { export_paths: { paths: ["temp/two"], storage_config } };
};

/** What a request of a route has in its body, and in its query, where it is one that is served. */
function meant({ api, method, path }) {
  if (path.endsWith("/exports")) return { body: { format: "csv" } };
  if (path.endsWith("table:export"))
    return { body: { expression: loadTable("own/people"), ...toBucket("exports", "ee") } };
  if (path.endsWith("export-table")) return { body: dliOrder() };
  if (path.endsWith("export-result")) {
    const { database_name: _, table_name: __, ...order } = dliOrder();
    return { body: order };
  }
  if (api === "export-temp")
    return { query: "?table=own.people", body: path.startsWith("/v1") ? tempOrder() : tempOrder2() };
  return method === "POST" ? { body: {} } : {};
}

/** The request of a route as it is meant, or with other names in its path. */
function requestOf(route, filling = names) {
  const { query = "", body } = meant(route);
  const path = filled(route.path, filling) + query;
  return { method: route.method, path, ...(body && { body: JSON.stringify(body) }) };
}

/** A job of each API, at its end. */
async function jobsOf(account, project, dataset) {
  const order = { expression: loadTable(`${dataset}/people`), ...toBucket("exports", `${account}/first`) };
  const dli = dliOrder({ database_name: dataset, data_path: `obs://exports/${account}/dli` });
  const { body: redivis } = await post(
    `/tables/${account}.${dataset}.people/exports`,
    { format: "csv" },
    account,
  );
  const { body: operation } = await post(`/v1/projects/${project}/table:export`, order, account);
  const { body: job } = await post(`/v1.0/${project}/jobs/export-table`, dli, account);
  const found = { redivis: redivis.id, "earth-engine": operation.name.split("/").at(-1), dli: job.job_id };
  for (const path of [
    `/exports/${found.redivis}`,
    `/v1/projects/${project}/operations/${found["earth-engine"]}`,
    `/v1.0/${project}/jobs/${found.dli}/status`,
  ])
    await until(
      () => ask({ account, path }),
      ({ text }) => /"completed"|"SUCCEEDED"|"FINISHED"/.test(text),
    );
  return found;
}

const NO_SUCH = [400, 403, 404];

test("the table of routes has what the Worker serves", async () => {
  const known = await patterns();
  assert.ok(known.length >= 4);
  for (const { api, path } of ROUTES)
    assert.equal(known.find(({ pattern }) => pattern.test(path))?.api, api, path);
  for (const { pattern } of known) {
    const places = /\((\w+(?:\|\w+)+)\)/.exec(pattern.source)?.[1].split("|") ?? [""];
    for (const place of places)
      assert.ok(
        ROUTES.some(({ path }) => pattern.test(path) && path.includes(place)),
        `no route of ${pattern}, ${place}`,
      );
  }
  const words = await actions();
  assert.ok(words.length >= 8, words.join());
  for (const word of words)
    assert.ok(
      ROUTES.some(({ path }) => new RegExp(`[/:]${word}$`).test(path)),
      word,
    );
});

test("without a token that is good, every route refuses", { timeout: 120_000 }, async () => {
  const bearers = [undefined, "", "Bearer", "Bearer ", `Bearer ${CANARY}`, `Bearer ${token("old")}`];
  const others = [
    `Basic ${btoa(`ada:${token("ada")}`)}`,
    `bearer${token("ada")}`,
    `Bearer ${token("ada")} x`,
  ];
  for (const route of ROUTES) {
    for (const authorization of [...bearers, ...others]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await ask({ account: null, headers, ...requestOf(route) });
      refused(route.api, answer, [401], `${route.method} ${route.path} with ${authorization}`);
      assert.ok(answer.headers["www-authenticate"], route.path);
    }
  }
});

test("dli: signatures and tokens in a header that are not good", { timeout: 120_000 }, async () => {
  const good = { key: "key-of-ada", secret: secret("ada") };
  for (const route of ROUTES.filter(({ api }) => api === "dli")) {
    const request = requestOf(route);
    const sign = (change, how = {}) => signed(service.origin, { ...request, ...change }, { ...good, ...how });
    const lists = [
      { "x-auth-token": CANARY },
      { "x-auth-token": token("old") },
      { "x-auth-token": CANARY, authorization: `Bearer ${token("ada")}` },
      sign({}, { secret: secret("bob") }),
      sign({}, { secret: "" || " " }),
      sign({}, { key: "key-of-nobody" }),
      sign({}, { key: "__proto__" }),
      sign({}, { at: Date.now() - 16 * 60_000 }),
      sign({}, { at: Date.now() + 16 * 60_000 }),
      sign({ method: "PATCH" }),
      sign({ path: `${request.path}x` }),
      sign({ body: `${request.body ?? ""} ` }),
      { ...sign({}), authorization: "SDK-HMAC-SHA256" },
      { ...sign({}), "x-sdk-date": "now" },
    ];
    for (const headers of lists) {
      const answer = await ask({ account: null, ...request, headers });
      refused("dli", answer, [401], `${route.method} ${route.path} ${JSON.stringify(headers)}`);
    }
    const status = { ...route, method: "GET", path: "/v1.0/{project}/jobs/{dli}/status" };
    const headers = signed(service.origin, requestOf(status), good);
    assert.equal((await ask({ account: null, ...requestOf(status), headers })).status, 200);
  }
});

test("what is another account's is as what there is not", async () => {
  for (const route of ROUTES) {
    const isNamed = route.path.includes("{");
    if (route.api === "export-temp" || !isNamed) continue;
    const answer = await ask({ account: "bob", ...requestOf(route) });
    refused(route.api, answer, [404], `${route.method} ${route.path}`);
    const own = await ask({ account: "bob", ...requestOf(route, { ...names, project: "two" }) });
    if (/\{(?!project)/.test(route.path)) refused(route.api, own, [404], `${route.method} ${route.path}`);
  }
  for (const [path, body, status] of [
    ["/tables/bob.own.people/exports", { format: "csv" }, 404],
    [
      "/v1/projects/two/table:export",
      { expression: loadTable("own/people"), ...toBucket("exports", "x") },
      404,
    ],
    ["/v1/projects/two/table:export", { expression: loadTable("open/people"), ...toBucket("s3", "x") }, 403],
    ["/v1.0/two/jobs/export-table", dliOrder(), 400],
    ["/v1.0/two/jobs/export-table", dliOrder({ database_name: "open", data_path: "obs://s3/x" }), 400],
    ["/v1/data/export-temp?table=own.people", tempOrder(), 404],
    ["/v1/data/export-temp?table=open.people", tempOrder(), 403],
  ])
    assert.equal((await post(path, body, "bob")).status, status, path);
  const listed = await ask({ account: "bob", path: "/v1/projects/two/operations" });
  assert.deepEqual(JSON.parse(listed.text), { operations: [] });
  const job = await ask({ path: `/exports/${names.redivis}` });
  assert.equal(JSON.parse(job.text).status, "completed");
});

test("a job of one API is none of another's", async () => {
  const { redivis: dli, dli: operation, "earth-engine": redivis } = names;
  const swapped = { ...names, redivis, dli, "earth-engine": operation };
  for (const route of ROUTES.filter(({ path }) => /\{(redivis|earth-engine|dli)\}/.test(path)))
    refused(route.api, await ask(requestOf(route, swapped)), [404], `${route.method} ${route.path}`);
});

const PROTOTYPES = ["__proto__", "constructor", "toString", "hasOwnProperty"];
/** In the place of a name in a path or a query. */
const SEGMENTS = [
  ...[
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    "..%2f..",
    "%2e%2e%2fexports",
    "a%2fb",
    "a//b",
    "%2f",
    "a%5cb",
    "a\\b",
    "\\..\\..",
  ],
  ...[
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF",
    "%",
    "%zz",
    "%u0041",
    "x".repeat(8_000),
    "*",
    "%27%20OR%201%3D1--",
    "-1",
  ],
  ...[
    "1e9",
    "%F0%9F%99%82",
    "%E2%80%AE",
    "a:b",
    "a:b:c",
    ":",
    ";",
    "&",
    "+",
    ...PROTOTYPES,
    "%5f%5fproto%5f%5f",
  ],
];

test("names in paths that would lead elsewhere lead nowhere", { timeout: 300_000 }, async () => {
  const known = await patterns();
  const before = await service.objects();
  for (const route of ROUTES)
    for (const [, name] of route.path.matchAll(/\{([\w-]+)\}/g))
      for (const segment of SEGMENTS) {
        const request = requestOf(route, { ...names, [name]: segment });
        const answer = await ask(request);
        const { pathname } = new URL(request.path, service.origin);
        const api = known.find(({ pattern }) => pattern.test(pathname))?.api;
        if (api) refused(api, answer, [...NO_SUCH, 405], `${request.method} ${request.path}`);
        else assert.notEqual(answer.status, 500, request.path);
      }
  assert.deepEqual(await service.objects(), before);
});

test("what stands behind a route is none", async () => {
  for (const route of ROUTES)
    for (const end of ["/", "/more", "/%2e%2e%2f", ":nonsense"]) {
      const { path, ...request } = requestOf(route);
      const [plain, query] = path.split("?");
      const answer = await ask({ ...request, path: `${plain}${end}${query ? `?${query}` : ""}` });
      assert.ok(
        [...NO_SUCH, 405].includes(answer.status),
        `${request.method} ${path}${end}: ${answer.status}`,
      );
    }
});

test("queries that are none are refused, or are not heeded", async () => {
  for (const [path, key] of [
    [`/exports/${names.redivis}/download`, "filePart"],
    ["/v1/projects/one/operations", "pageToken"],
    ["/v1/projects/one/operations", "pageSize"],
    ["/v1/projects/one/operations", "filter"],
    ["/v1/data/export-temp", "table"],
  ]) {
    const isTemp = key === "table";
    const api = isTemp ? "export-temp" : key === "filePart" ? "redivis" : "earth-engine";
    for (const value of [...SEGMENTS, "99999999999999999999", "0x0", "open.people.", ".", "open/people"]) {
      if (key.startsWith("page") && value === "+") continue;
      const body = isTemp ? JSON.stringify(tempOrder()) : undefined;
      const asked = { method: isTemp ? "POST" : "GET", path: `${path}?${key}=${value}`, body };
      const isLeftOut = value === "&" && !isTemp;
      const answer = await ask(asked);
      if (!isLeftOut && value !== "+") refused(api, answer, NO_SUCH, asked.path);
    }
  }
});

/** In the place of a name in a body. */
const NAMES = [
  ...[
    "",
    "..",
    ".",
    "../x",
    "a/../b",
    "a//b",
    "/a",
    "a/",
    "a\\b",
    "\\\\host\\share",
    "a\0b",
    "\u0000",
    "\ud800",
  ],
  ...["a\udc00b", "%2e%2e", "%00", "x".repeat(4_000), "🙂", "a\nb", "'; DROP TABLE jobs; --", ...PROTOTYPES],
];

test("names in bodies of what there is not are refused", { timeout: 120_000 }, async () => {
  const ee = "/v1/projects/one/table:export";
  const dli = "/v1.0/one/jobs/export-table";
  const expression = loadTable("own/people");
  for (const name of NAMES) {
    for (const [api, path, body] of [
      ["earth-engine", ee, { expression: loadTable(name), ...toBucket("exports", "x") }],
      ["earth-engine", ee, { expression: loadTable(`own/${name}`), ...toBucket("exports", "x") }],
      ["earth-engine", ee, { expression, ...toBucket(name, "x") }],
      ["earth-engine", ee, { expression: { result: name, values: {} }, ...toBucket("exports", "x") }],
      ["earth-engine", ee, { expression, ...toBucket("exports", "x"), [name || "-"]: 1 }],
      ["dli", dli, dliOrder({ database_name: name })],
      ["dli", dli, dliOrder({ table_name: name })],
      ["dli", dli, dliOrder({ data_path: `obs://${name}/x` })],
      ["dli", dli, dliOrder({ queue_name: name || "-" })],
      ["dli", dli, dliOrder({ data_type: name })],
      ["redivis", "/tables/ada.own.people/exports", { format: name }],
    ]) {
      const answer = await ask({ method: "POST", path, body: JSON.stringify(body) });
      refused(api, answer, NO_SUCH, `${path} ${JSON.stringify(body).slice(0, 300)}`);
    }
  }
});

test("files do not leave the place that they are for", { timeout: 120_000 }, async () => {
  const before = await service.objects();
  const isResolved = (name) => /(^|\/)\.{1,2}(\/|$)|\/\/|^\/|\\|[\0\n]/.test(name);
  for (const name of NAMES.filter(isResolved))
    for (const [api, path, body] of [
      [
        "earth-engine",
        "/v1/projects/one/table:export",
        { expression: loadTable("own/people"), ...toBucket("exports", name) },
      ],
      ["dli", "/v1.0/one/jobs/export-table", dliOrder({ data_path: `obs://exports/${name}` })],
      ["export-temp", "/v1/data/export-temp?table=own.people", tempOrder({ directory_path: name })],
    ]) {
      const answer = await ask({ method: "POST", path, body: JSON.stringify(body) });
      refused(api, answer, [400], `${path} ${JSON.stringify(name)}`);
    }
  assert.deepEqual(await service.objects(), before);
});

test("a name that no store takes fails the job, and nothing else", { timeout: 120_000 }, async () => {
  for (const name of ["x".repeat(100_000), "a\ud800b"]) {
    const { status, body } = await post(
      "/v1.0/one/jobs/export-table",
      dliOrder({ data_path: `obs://exports/${name}` }),
    );
    if (status === 400) continue;
    const job = () => ask({ path: `/v1.0/one/jobs/${body.job_id}/status` });
    const { text } = await until(job, ({ text }) => /"(FINISHED|FAILED)"/.test(text));
    assert.ok(/"FAILED"/.test(text) || name.length < 10, text.slice(0, 300));
  }
});

/** Bodies that no request has, and the statuses of their refusals. */
const BODIES = {
  "10 MiB": () => Buffer.alloc(10 * MIB, 0x20),
  "10 MiB, of a length that is not said": () =>
    Array.from({ length: 160 }, () => Buffer.alloc(MIB >> 4, 0x20)),
  nothing: () => "",
  "no JSON": () => "{format: csv}",
  "half of some": () => '{"format": "csv"',
  "UTF-16": () => Buffer.from('{"format": "csv"}', "utf16le"),
  "no UTF-8": () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  "a list": () => "[]",
  "a number": () => "1e999",
  "a text": () => '"csv"',
  null: () => "null",
  "lists in lists": () => "[".repeat(200_000) + "]".repeat(200_000),
  "objects in objects": () => `${'{"format":'.repeat(50_000)}1${"}".repeat(50_000)}`,
  "a list in lists, of a key": (key) => `{"${key}": ${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
  "a key twice": (key) => `{"${key}": null, "${key}": 7}`,
  "a huge number": (key) => `{"${key}": 1e999}`,
  "a number of many digits": (key) => `{"${key}": ${"9".repeat(500_000)}}`,
  "the name of a prototype": () => '{"__proto__": {"format": "csv"}}',
  constructor: () => '{"constructor": {"prototype": {"format": "csv"}}}',
  "many keys": () => `{${Array.from({ length: 60_000 }, (_, at) => `"key${at}": 1`).join()}}`,
  "gzip, as is said": () => Buffer.from("H4sIAAAAAAAAA6tWSssvyk0sUbJSUEouLlOqBQBFpvbEEQAAAA==", "base64"),
};
const KEYS = { redivis: "format", "earth-engine": "expression", dli: "data_path", "export-temp": "bucket" };

for (const [what, make] of Object.entries(BODIES))
  test(`a body of ${what} is refused`, { timeout: 120_000 }, async () => {
    for (const route of ROUTES) {
      const { body, ...request } = requestOf(route);
      if (body === undefined || body === "{}") continue;
      const answer = await ask({ ...request, body: make(KEYS[route.api]) });
      refused(route.api, answer, [400], `${request.path}, ${what}`);
    }
  });

test("what an operation is not asked for by is refused", async () => {
  const { "earth-engine": id } = names;
  for (const [what, make] of Object.entries(BODIES).filter(([what]) => /MiB|JSON|UTF|half/.test(what)))
    for (const action of ["wait", "cancel"]) {
      const path = `/v1/projects/one/operations/${id}:${action}`;
      refused("earth-engine", await ask({ method: "POST", path, body: make() }), [400], what);
    }
  for (const timeout of ["-1s", "1", 1, "1e9s", {}, [], "9".repeat(1000)]) {
    const path = `/v1/projects/one/operations/${id}:wait`;
    const body = JSON.stringify({ timeout });
    refused("earth-engine", await ask({ method: "POST", path, body }), [400], body.slice(0, 100));
  }
});

test("methods that a route has not are told from those it has", async () => {
  const methodsOf = Map.groupBy ?? groupBy;
  for (const [path, routes] of methodsOf.call(Map, ROUTES, ({ path }) => path)) {
    const has = routes.map(({ method }) => method);
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
      if (has.includes(method)) continue;
      const { path: asked } = requestOf({ ...routes[0], method, path });
      const answer = await ask({ method, path: asked });
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.deepEqual(answer.headers.allow?.split(", ").sort(), has.toSorted(), `${method} ${path}`);
    }
  }
});

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

test("export-temp: stores are on hosts that were allowed, however others are written", {
  timeout: 120_000,
}, async () => {
  const own = new URL(store.origin).host;
  const other = new URL(elsewhere.origin).port;
  const endpoints = [
    ...["http://169.254.169.254", "http://2852039166", "http://0xa9fea9fe", "http://0251.0376.0251.0376"],
    ...["http://[::ffff:169.254.169.254]", "http://[::ffff:a9fe:a9fe]", "http://[fd00:ec2::254]", "http://0"],
    ...[
      `http://127.0.0.1:${other}`,
      `http://2130706433:${other}`,
      `http://0x7f.1:${other}`,
      `http://127.1:${other}`,
    ],
    ...[`http://[::1]:${other}`, `http://[::ffff:127.0.0.1]:${other}`, `http://localhost:${other}`],
    ...[`http://${own}@127.0.0.1:${other}`, `http://${own.replace(":", "%3A")}@127.0.0.1:${other}`],
    ...[
      `http://127.0.0.1:${other}#@${own}`,
      `http://127.0.0.1:${other}/?${own}`,
      `http://127.0.0.1.:${other}`,
    ],
    ...["https://s3.example.com.", "https://s3.example.com:8443"],
    ...[
      "https://example.com",
      "https://s3.example.com.evil.org",
      "https://evilexample.com",
      "https://s3.example.org",
    ],
    ...["ftp://s3.example.com", "file:///etc/passwd", "javascript:1", "//s3.example.com", "nonsense", ""],
    ...[`http://127。0。0。1:${other}`, `http://①②⑦.0.0.1:${other}`, `http://127.0.0.1\\@${own}`],
  ];
  const credentials = { access_key: `id-${CANARY}`, secret_key: CANARY };
  const path = "/v1/data/export-temp?table=own.people";
  // With the bucket before it, it is one of the subdomains.
  for (const endpoint of endpoints)
    for (const virtual_hosted_style of endpoint === "https://example.com" ? [false] : [false, true]) {
      const options = { allow_http: true, endpoint, virtual_hosted_style };
      const body = JSON.stringify(tempOrder({ credentials, options }));
      refused("export-temp", await ask({ method: "POST", path, body }), [400, 403], endpoint);
    }
  for (const bucket of [
    `127.0.0.1:${other}/x`,
    `127.0.0.1:${other}#`,
    `127.0.0.1:${other}?`,
    `x@127.0.0.1:${other}/`,
  ]) {
    const options = { allow_http: true, endpoint: "http://s3.example.com", virtual_hosted_style: true };
    const body = JSON.stringify(tempOrder({ bucket, credentials, options }));
    refused("export-temp", await ask({ method: "POST", path, body }), [400, 403], bucket);
  }
  assert.deepEqual([store.seen, elsewhere.seen], [[], []]);
});

test("export-temp: a store's redirect is not followed", async () => {
  const options = { allow_http: true, endpoint: `${store.origin}/moved` };
  const credentials = { access_key: `id-${CANARY}`, secret_key: CANARY };
  const body = JSON.stringify(tempOrder({ credentials, options }));
  const answer = await ask({ method: "POST", path: "/v1/data/export-temp?table=own.people", body });
  refused("export-temp", answer, [403, 500], "a redirect");
  assert.ok(store.seen.length > 0);
  assert.deepEqual(elsewhere.seen, []);
});

test("a store that refuses fails the job, and what it says is not told", { timeout: 120_000 }, async () => {
  for (const bucket of ["s3", "azure"]) {
    const count = store.seen.length;
    const { body } = await post("/v1.0/one/jobs/export-table", dliOrder({ data_path: `obs://${bucket}/x` }));
    const job = () => ask({ path: `/v1.0/one/jobs/${body.job_id}/status` });
    const { text } = await until(job, ({ text }) => /"(FINISHED|FAILED)"/.test(text));
    assert.equal(JSON.parse(text).status, "FAILED");
    assert.ok(store.seen.length > count);
  }
});

test("every route serves who may ask", { timeout: 120_000 }, async () => {
  for (const route of ROUTES) {
    const answer = await ask(requestOf(route));
    assert.equal(answer.status, 200, `${route.method} ${route.path}: ${answer.text}`);
  }
});

test("no secret was answered, printed or kept", { timeout: 120_000 }, async () => {
  const leaks = said.filter((text) => text.includes(CANARY));
  assert.deepEqual(leaks, []);
  const files = await readdir(join(folder, "state"), { recursive: true, withFileTypes: true });
  const kept = files.filter((file) => file.isFile());
  assert.ok(kept.some(({ name }) => name.endsWith(".sqlite")));
  const forms = ["utf8", "utf16le", "base64"].map((form) =>
    form === "base64" ? Buffer.from(btoa(CANARY).slice(0, -3)) : Buffer.from(CANARY, form),
  );
  for (const { name, parentPath, path } of kept) {
    const bytes = await readFile(join(parentPath ?? path, name));
    for (const form of forms) assert.ok(!bytes.includes(form), `${name} holds a secret`);
  }
});
