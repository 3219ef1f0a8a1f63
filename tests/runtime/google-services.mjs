// Google's services as a service account reaches them: tokens, Drive and BigQuery as far as their documents say and an
// export asks, and Cloud Storage by its emulator.
import { createVerify, generateKeyPairSync, randomUUID } from "node:crypto";
import { parquetReadObjects } from "hyparquet";
import { startGoogle } from "./google.mjs";
import { listen } from "./support.mjs";

const UNIT = 256 << 10;
const FOLDER = "application/vnd.google-apps.folder";
const SCOPES = {
  storage: "https://www.googleapis.com/auth/devstorage.read_write",
  drive: "https://www.googleapis.com/auth/drive",
  bigquery: "https://www.googleapis.com/auth/bigquery",
};

/**
 * Starts them on 127.0.0.1: `{settings, files, tables, loads, uploads, object, tokens, hold, refuse, stop}`. `settings` are
 * those of a Worker with a service account of theirs, whose tokens hold the canary. `files` are Drive's by id, `tables` the
 * rows of BigQuery's by `dataset.table`, of which `loads` are the load jobs by id, and `uploads` the ids that sessions were
 * asked for with. `hold.loads` keeps load jobs running, and `hold.answers` is waited for once a file is in Drive.
 * `refuse.tokens` refuses the service account, `refuse.scope` what is asked with a token of that service; `refuse.loads`
 * begins load jobs, and says that they were there.
 */
export async function startGoogleServices({ canary, datasets }) {
  const storage = await startGoogle();
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const world = {
    files: new Map(),
    tables: new Map(),
    loads: new Map(),
    uploads: [],
    tokens: new Map(),
    sessions: new Map(),
    hold: { loads: false, answers: undefined },
    refuse: { tokens: false, loads: false, scope: undefined },
    datasets,
    storage,
    canary,
    verify: (text, signature) =>
      createVerify("RSA-SHA256").update(text).verify(publicKey, signature, "base64url"),
  };
  const server = await listen(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const url = new URL(request.url, `http://${request.headers.host}`);
    const asked = { method: request.method, url, headers: request.headers, body: Buffer.concat(parts) };
    const { status = 200, headers = {}, body } = await answerOf(world, asked);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
  world.origin = server.origin;
  const { origin } = server;
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  return {
    ...world,
    object: storage.object,
    settings: {
      serviceAccount: { client_email: "exports@project.iam.gserviceaccount.com", private_key: pem },
      endpoints: { token: `${origin}/token`, storage: origin, drive: origin, bigquery: origin },
    },
    async stop() {
      await server.close();
      await storage.stop();
    },
  };
}

const error = (status, reason) => ({
  status,
  body: { error: { code: status, message: `it is ${reason}`, errors: [{ reason }] } },
});

async function answerOf(world, asked) {
  const { method, url } = asked;
  if (method === "POST" && url.pathname === "/token") return tokenOf(world, asked);
  if (method === "PUT") return sent(world, asked);
  const [, service] = /^\/(?:upload\/)?(storage|drive|bigquery)\//.exec(url.pathname) ?? [];
  const token = world.tokens.get(/^Bearer (\S+)$/.exec(asked.headers.authorization ?? "")?.[1]);
  if (!service || token !== SCOPES[service]) return error(401, "authError");
  if (world.refuse.scope === service) return error(403, "forbidden");
  return { storage: ofStorage, drive: ofDrive, bigquery: ofBigQuery }[service](world, asked);
}

/** As RFC 7523 has it. */
function tokenOf({ verify, tokens, refuse, canary }, { body }) {
  const form = new URLSearchParams(body.toString());
  const [header, claims, signature, ...rest] = (form.get("assertion") ?? "").split(".");
  const [{ alg, typ }, { iss, scope, aud, iat, exp }] = [header, claims].map((part) =>
    JSON.parse(Buffer.from(part, "base64url")),
  );
  const now = Date.now() / 1000;
  const isSigned =
    rest.length === 0 && alg === "RS256" && typ === "JWT" && verify(`${header}.${claims}`, signature);
  const isMeant =
    form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
    iss === "exports@project.iam.gserviceaccount.com" &&
    aud === "https://oauth2.googleapis.com/token" &&
    Object.values(SCOPES).includes(scope) &&
    Math.abs(iat - now) < 60 &&
    exp > now &&
    exp - iat <= 3600;
  if (refuse.tokens || !isSigned || !isMeant)
    return { status: 400, body: { error: "invalid_grant", error_description: "Invalid JWT Signature." } };
  const access_token = `ya29.${canary}-${randomUUID()}`;
  tokens.set(access_token, scope);
  return { body: { access_token, expires_in: 3599, token_type: "Bearer" } };
}

async function ofStorage({ storage }, { method, url }) {
  const objects = "/storage/v1/b/exports/o";
  const query = url.searchParams;
  if (method === "POST" && url.pathname === `/upload${objects}`) {
    const ifNoneMatch = query.get("ifGenerationMatch") === "0";
    const start = { fileName: query.get("name"), contentType: "application/octet-stream", ifNoneMatch };
    return { headers: { location: await storage.start(start) } };
  }
  if (!url.pathname.startsWith(objects)) return error(404, "notFound");
  // The emulator knows no pages: they are of two objects here.
  const answer = await fetch(`${storage.emulator}${url.pathname}${url.search}`, { method });
  const body = Buffer.from(await answer.arrayBuffer());
  if (method !== "GET") return { status: answer.status, body };
  const { items = [] } = JSON.parse(body);
  const left = items.filter(({ name }) => name > (query.get("pageToken") ?? ""));
  return { body: { items: left.slice(0, 2), nextPageToken: left.length > 2 ? left[1].name : undefined } };
}

/** Begins an upload; `finish` takes its bytes, once all are there, and gives the answer. */
function session({ sessions, origin }, finish) {
  const id = randomUUID();
  sessions.set(id, { bytes: Buffer.alloc(0), finish });
  return { headers: { location: `${origin}/session?upload_id=${id}` } };
}

async function sent({ sessions }, { url, headers, body }) {
  const upload = sessions.get(url.searchParams.get("upload_id"));
  if (!upload) return error(404, "notFound");
  const range = headers["content-range"] ?? `bytes 0-${body.length - 1}/${body.length}`;
  const [, first = String(upload.bytes.length), total] =
    /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(range) ?? [];
  if (total === undefined || Number(first) !== upload.bytes.length) return error(400, "invalid");
  if (total === "*" && body.length % UNIT !== 0) return error(400, "invalid");
  upload.bytes = Buffer.concat([upload.bytes, body]);
  const { length } = upload.bytes;
  if (total !== String(length))
    return { status: 308, headers: length ? { range: `bytes=0-${length - 1}` } : {} };
  return upload.finish(upload.bytes);
}

function ofDrive(world, { method, url, body }) {
  const { files } = world;
  const query = url.searchParams;
  const create = (metadata, bytes) => {
    const id = `id-${randomUUID()}`;
    files.set(id, { id, ...metadata, bytes });
    return { body: { id, name: metadata.name } };
  };
  if (method === "POST" && url.pathname === "/upload/drive/v3/files") {
    if (query.get("uploadType") !== "resumable") return error(400, "badRequest");
    const metadata = JSON.parse(body);
    if (!(metadata.parents ?? []).every((id) => files.get(id)?.mimeType === FOLDER))
      return error(404, "notFound");
    return session(world, async (bytes) => {
      const answer = create(metadata, bytes);
      await world.hold.answers;
      return answer;
    });
  }
  if (method === "POST" && url.pathname === "/drive/v3/files") return create(JSON.parse(body));
  const [, id] = /^\/drive\/v3\/files\/([\w-]+)$/.exec(url.pathname) ?? [];
  if (method === "DELETE" && id) return files.delete(id) ? { status: 204 } : error(404, "notFound");
  if (method === "GET" && url.pathname === "/drive/v3/files") {
    const passes = queryOf(query.get("q") ?? "");
    return { body: { files: [...files.values()].filter(passes).map(({ id, name }) => ({ id, name })) } };
  }
  return error(404, "notFound");
}

/** Of `q`: terms that a list is asked with here, joined by `and`. A quote within a text is escaped. */
function queryOf(q) {
  const text = String.raw`'((?:[^'\\]|\\['\\])*)'`;
  const plain = (escaped) => escaped.replaceAll(/\\(.)/g, "$1");
  const terms = [
    [`(name|mimeType) = ${text}`, (file, [key, value]) => file[key] === plain(value)],
    ["trashed = false", () => true],
    [
      String.raw`appProperties has \{ key='(\w+)' and value=${text} \}`,
      (file, [key, value]) => file.appProperties?.[key] === plain(value),
    ],
  ];
  const tests = [];
  for (let rest = q; rest !== ""; ) {
    const found = terms.flatMap(([pattern, test]) => {
      const [whole, ...values] = new RegExp(`^${pattern}(?: and |$)`).exec(rest) ?? [];
      return whole === undefined ? [] : [{ whole, test: (file) => test(file, values) }];
    })[0];
    if (!found) throw new Error(`Drive does not know the query ${q}`);
    tests.push(found.test);
    rest = rest.slice(found.whole.length);
  }
  return (file) => tests.every((test) => test(file));
}

function ofBigQuery(world, { method, url, body }) {
  const { datasets, loads, uploads } = world;
  const [, project, rest] = /^\/(?:upload\/)?bigquery\/v2\/projects\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
  if (project !== "warehouse") return error(404, "notFound");
  if (method === "POST" && url.pathname.startsWith("/upload/") && rest === "jobs") {
    const { jobReference, configuration } = JSON.parse(body);
    const { datasetId } = configuration.load.destinationTable;
    if (jobReference.location !== datasets[datasetId]) return error(404, "notFound");
    uploads.push(jobReference.jobId);
    if (loads.has(jobReference.jobId)) return error(409, "duplicate");
    return session(world, (bytes) => insert(world, jobReference, configuration.load, bytes));
  }
  const [, dataset] = /^datasets\/([^/]+)$/.exec(rest) ?? [];
  if (method === "GET" && dataset)
    return Object.hasOwn(datasets, dataset)
      ? { body: { location: datasets[dataset] } }
      : error(404, "notFound");
  const job = loads.get(/^jobs\/([\w-]+)$/.exec(rest)?.[1]);
  if (method !== "GET" || !job || url.searchParams.get("location") !== job.jobReference.location)
    return error(404, "notFound");
  return step(world, job).then((body) => ({ body }));
}

/** A job begins once its file is there, and under its name there is one at most. */
function insert(world, jobReference, load, bytes) {
  const { loads, refuse } = world;
  const job = { jobReference, load, bytes, status: { state: "PENDING" } };
  const isKnown = loads.has(jobReference.jobId);
  if (!isKnown) loads.set(jobReference.jobId, job);
  return isKnown || refuse.loads ? error(409, "duplicate") : { body: { jobReference, status: job.status } };
}

/** Brings a job a state on, as it is asked for it. */
async function step({ tables, hold }, job) {
  const { state } = job.status;
  if (state === "PENDING") job.status = { state: "RUNNING" };
  if (state === "RUNNING" && !hold.loads) {
    const { datasetId, tableId } = job.load.destinationTable;
    const name = `${datasetId}.${tableId}`;
    const rows = await parquetReadObjects({ file: new Uint8Array(job.bytes).buffer });
    const before = tables.get(name) ?? [];
    const isEmpty = job.load.writeDisposition === "WRITE_EMPTY";
    if (isEmpty && before.length > 0) job.status = { state: "DONE", errorResult: { reason: "duplicate" } };
    else {
      tables.set(name, job.load.writeDisposition === "WRITE_APPEND" ? [...before, ...rows] : rows);
      job.status = { state: "DONE" };
      job.statistics = {
        load: { inputFiles: "1", inputFileBytes: String(job.bytes.length), outputRows: String(rows.length) },
      };
    }
  }
  const { jobReference, status, statistics } = job;
  return { jobReference, status, statistics };
}
