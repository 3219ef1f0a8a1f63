import type { Env } from "../env.js";
import { bytesOfHex } from "../hex.js";
import { attachment, Refusal, SAFE_HEADERS } from "../http.js";
import type { KeptJob } from "../records/job.js";

/** Which file is asked for: `?filePart=N`. */
export function partOf(request: Request): number {
  const part = new URL(request.url).searchParams.get("filePart") ?? "0";
  if (!/^\d{1,9}$/.test(part)) throw new Refusal("api/not-found", "the export has no such file");
  return Number(part);
}

/** A file of a completed export, or a range of it, with the MD5 of the whole file as its digest. */
export async function download(request: Request, env: Env, job: KeptJob | null): Promise<Response> {
  if (job?.record.resource.status !== "completed")
    throw new Refusal("api/wrong-state", "the export has not completed yet");
  const [file] = job.record.files;
  if (!file || job.work.place.kind !== "results")
    throw new Refusal("api/not-found", "the export has no such file");
  const size = file.size ?? 0;
  const range = rangeOf(request.headers.get("range"), size);
  if (range === "unsatisfiable")
    return new Response(null, {
      status: 416,
      headers: { ...SAFE_HEADERS, "content-range": `bytes */${size}` },
    });
  const { start, end } = range ?? { start: 0, end: size };
  const body = await bytesOf(request, env, job.work.place.prefix + file.name, start, end);
  const name = file.name.slice(file.name.lastIndexOf("/") + 1);
  const headers = {
    ...SAFE_HEADERS,
    // A file that were compressed on its way would not be the one that was summed.
    "cache-control": "no-store, no-transform",
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    "content-length": String(end - start),
    "content-digest": `md5=:${base64(file.checksums.md5 ?? "")}:`,
    "content-disposition": attachment(name),
    ...(range && { "content-range": `bytes ${start}-${end - 1}/${size}` }),
  };
  return new Response(body, { status: range ? 206 : 200, headers });
}

async function bytesOf(request: Request, env: Env, key: string, start: number, end: number) {
  if (request.method === "HEAD" || start === end) return null;
  const object = await env.RESULTS.get(key, { range: { offset: start, length: end - start } });
  if (!object) throw new Refusal("api/not-found", "the file is no longer kept");
  return object.body.pipeThrough(new FixedLengthStream(end - start));
}

/** One range of bytes, as RFC 9110 has it; of several, and of what is none, the whole is sent. */
function rangeOf(header: string | null, size: number) {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : "unsatisfiable";
}

function base64(hex: string): string {
  return btoa(String.fromCharCode(...bytesOfHex(hex)));
}
