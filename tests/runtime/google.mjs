// Cloud Storage, as gcp-storage-emulator emulates it, with what that lacks of resumable uploads.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startServer } from "../../tools/server.mjs";
import { googleEmulator } from "../../tools/setup.mjs";
import { listen } from "./support.mjs";

const BUCKET = "exports";
const UPLOADS = `/upload/storage/v1/b/${BUCKET}/o`;
const OBJECTS = `/storage/v1/b/${BUCKET}/o`;
const UNIT = 256 << 10;

/**
 * Starts the emulator on 127.0.0.1, and a server in front of it: `{origin, emulator, start, object, sessions, stop}`. `start`
 * begins a session, as a server of a caller's does, and gives its URI; `emulator` is where all else is asked.
 *
 * What the server does: it answers for a session that has ended, or has nothing yet, or is given up; heeds
 * `ifGenerationMatch=0`; passes over bytes that were there; and has CORS, which exposes Range unless it `hides` it. Of
 * chunks it takes what `take(bytes, count)` says: how many bytes, in units of 256 KiB.
 */
export async function startGoogle({ hides = false, take = (bytes) => bytes } = {}) {
  const emulator = await startEmulator();
  const sessions = new Map();
  let chunks = 0;

  const taken = (session, body, [, first, last, total]) => {
    const share = take(body.length, chunks++);
    const skipped = session.received - Number(first);
    const kept = body.subarray(skipped, share);
    const isWhole = share === body.length;
    const end = isWhole ? last : Number(first) + share - 1;
    return { body: kept, range: `bytes ${session.received}-${end}/${isWhole ? total : "*"}` };
  };

  const put = async (session, id, range, body) => {
    if (session.ended) return session.ended;
    const chunk = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range);
    if (!chunk && range !== "bytes */0") return incomplete(session);
    const isLast = !range.endsWith("/*");
    if (isLast && session.mustBeNew && (await exists(session.name)))
      return { status: 412, headers: {}, body: "" };
    const sent = chunk ? taken(session, body, chunk) : { body, range };
    if (sent.body.length === 0 && chunk) return incomplete(session);
    const url = `${emulator.origin}${UPLOADS}?uploadType=resumable&upload_id=${encodeURIComponent(id)}`;
    const answer = await fetch(url, {
      method: "PUT",
      body: sent.body,
      headers: { "content-range": sent.range },
    });
    const text = await answer.text();
    session.received += sent.body.length;
    if (answer.status === 308) return incomplete(session);
    session.ended = { status: answer.status, headers: {}, body: text };
    return session.ended;
  };

  const exists = async (name) => (await object(name)) !== undefined;
  const object = async (name) => {
    const response = await fetch(`${emulator.origin}${OBJECTS}/${encodeURIComponent(name)}?alt=media`);
    const bytes = Buffer.from(await response.arrayBuffer());
    return response.ok ? { bytes, type: response.headers.get("content-type") } : undefined;
  };

  const cors = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "PUT, DELETE",
    "access-control-allow-headers": "content-range, content-type",
    ...(hides ? {} : { "access-control-expose-headers": "Range" }),
  };
  const front = await listen(async (request, response) => {
    const id = new URL(request.url, "http://host").searchParams.get("upload_id");
    const parts = [];
    for await (const part of request) parts.push(part);
    const answer = await serve(request, id, Buffer.concat(parts));
    response.writeHead(answer.status, { ...answer.headers, ...cors }).end(answer.body);
  });
  const serve = async (request, id, body) => {
    if (request.method === "OPTIONS") return { status: 204 };
    const session = sessions.get(id);
    if (!session) return { status: 404 };
    if (request.method === "PUT") return put(session, id, request.headers["content-range"], body);
    sessions.delete(id);
    return { status: 499 };
  };

  const start = async ({ fileName, contentType, ifNoneMatch }) => {
    const url = `${emulator.origin}${UPLOADS}?uploadType=resumable&name=${encodeURIComponent(fileName)}`;
    const headers = { "x-upload-content-type": contentType, "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: "{}" });
    await answer.arrayBuffer();
    const id = new URL(answer.headers.get("location")).searchParams.get("upload_id");
    sessions.set(id, { name: fileName, mustBeNew: ifNoneMatch === true, received: 0 });
    return `${front.origin}${UPLOADS}?uploadType=resumable&upload_id=${encodeURIComponent(id)}`;
  };

  const stop = async () => {
    await front.close();
    await emulator.stop();
  };
  return { origin: front.origin, emulator: emulator.origin, start, object, sessions, stop };
}

/** What a session has; nothing is said where that is nothing. */
function incomplete({ received }) {
  return { status: 308, headers: received > 0 ? { range: `bytes=0-${received - 1}` } : {}, body: "" };
}

/** Half of a chunk, in the units that the store takes; all of one that is not larger. */
export const half = (bytes) => Math.min(bytes, Math.max(UNIT, Math.floor(bytes / 2 / UNIT) * UNIT));

async function startEmulator() {
  const state = await mkdtemp(join(tmpdir(), "tableport-google-"));
  const port = await freePort();
  const options = ["--host=127.0.0.1", `--port=${port}`, "--in-memory", `--default-bucket=${BUCKET}`];
  return startServer({
    name: "the emulator of Cloud Storage",
    command: await googleEmulator(),
    args: ["start", ...options],
    state,
    env: { PYTHONUNBUFFERED: "1" },
    ready: /All services started/,
    origin: `http://127.0.0.1:${port}`,
  });
}
