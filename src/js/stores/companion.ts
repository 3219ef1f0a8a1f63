import type { CoreSignRequest } from "../boundary.js";
import { Failure } from "../errors.js";
import { send } from "../http.js";
import { nextTurn } from "../pace.js";
import type { CompanionDestination } from "../types.js";
import { type Settled, type Store, type Target, texts } from "./store.js";

/** The server has no PUT: the file goes by multipart. */
const NO_PUT: Settled = { done: {} };
/** Parts whose URLs are asked for together: the answer must not be longer than what is read of one. */
const MAX_BATCH = 16;

/** A bucket behind a server with the routes of Uppy's Companion, which names the objects, and makes what has no bytes. */
export class Companion implements Store {
  readonly #destination: CompanionDestination;
  readonly #waiting = new Map<string, Batch>();
  #hasPut = true;
  #hasBatches = true;

  constructor(destination: CompanionDestination) {
    this.#destination = destination;
  }

  async sign(request: CoreSignRequest): Promise<Target | Settled> {
    const { operation } = request;
    switch (operation) {
      case "put":
        return this.#put(request);
      case "create":
        return this.#create(request);
      case "part":
        return { url: await this.#urlOfPart(request), headers: {} };
      case "complete":
        return this.#complete(request);
      case "abort":
        await this.#ask(operation, "DELETE", this.#ofUpload(request));
        return { done: {} };
      default:
        throw new Failure("sign/failed", `a Companion server knows of no ${operation}`);
    }
  }

  async #put(request: CoreSignRequest): Promise<Target | Settled> {
    if (!this.#hasPut) return NO_PUT;
    const query = new URLSearchParams({ filename: request.fileName, type: request.contentType });
    const { method, url, headers } = await this.#ask(request.operation, "GET", `params?${query}`);
    // A form, most likely: that is what Companion itself answers with.
    this.#hasPut = typeof method === "string" && method.toUpperCase() === "PUT";
    return this.#hasPut ? { url: httpUrl(url, request.operation), headers: texts(headers) } : NO_PUT;
  }

  async #create({ operation, fileName, contentType }: CoreSignRequest): Promise<Settled> {
    const body = { filename: fileName, type: contentType, metadata: {} };
    const { key, uploadId } = await this.#ask(operation, "POST", "multipart", body);
    if (typeof key !== "string" || typeof uploadId !== "string") throw invalid(operation);
    // The key goes along wherever the upload is known, after a crash too.
    return { done: { uploadId: `${encodeURIComponent(key)}/${uploadId}` } };
  }

  async #complete(request: CoreSignRequest): Promise<Settled> {
    const parts = (request.parts ?? []).map(({ partNumber, etag }) => ({
      PartNumber: partNumber,
      ETag: `"${etag}"`,
    }));
    await this.#ask(request.operation, "POST", this.#ofUpload(request, "/complete"), { parts });
    return { done: {} };
  }

  /** By one request for all parts whose turn comes now. */
  #urlOfPart(request: CoreSignRequest): Promise<string> {
    if (!this.#hasBatches) return this.#signOne(request);
    const upload = `${request.uploadId}`;
    let batch = this.#waiting.get(upload);
    if (!batch || batch.parts.length === MAX_BATCH) {
      batch = { parts: [], urls: nextTurn().then(() => this.#signBatch(upload, batch as Batch)) };
      this.#waiting.set(upload, batch);
    }
    batch.parts.push(request);
    return batch.urls.then((urls) => urls.get(request.partNumber as number) ?? this.#signOne(request));
  }

  async #signBatch(upload: string, batch: Batch): Promise<Map<number, string>> {
    if (this.#waiting.get(upload) === batch) this.#waiting.delete(upload);
    const [request] = batch.parts as [CoreSignRequest];
    const urls = new Map<number, string>();
    if (batch.parts.length === 1) return urls;
    const partNumbers = batch.parts.map(({ partNumber }) => partNumber).join(",");
    try {
      const path = this.#ofUpload(request, "/batch", { partNumbers });
      const { presignedUrls } = await this.#ask(request.operation, "GET", path);
      for (const [number, url] of Object.entries(presignedUrls ?? {}))
        urls.set(Number(number), httpUrl(url, request.operation));
    } catch (error) {
      // Servers after Uppy's later clients, which ask for each part, need not know of batches.
      if (!(error instanceof Failure && error.code === "store/refused")) throw error;
      this.#hasBatches = false;
    }
    return urls;
  }

  async #signOne(request: CoreSignRequest): Promise<string> {
    const path = this.#ofUpload(request, `/${request.partNumber}`);
    return httpUrl((await this.#ask(request.operation, "GET", path)).url, request.operation);
  }

  #ofUpload(request: CoreSignRequest, below = "", query: Record<string, string> = {}): string {
    const [, key = "", uploadId = ""] = /^(.*?)\/(.*)$/s.exec(`${request.uploadId}`) ?? [];
    const search = new URLSearchParams({ key: decodeURIComponent(key), ...query });
    return `multipart/${encodeURIComponent(uploadId)}${below}?${search}`;
  }

  /** Asks the server; gives the object that it answers with. */
  async #ask(
    operation: string,
    method: string,
    path: string,
    body?: object,
  ): Promise<Record<string, unknown>> {
    const answer = await send({
      url: `${this.#destination.endpoint.replace(/\/$/, "")}/s3/${path}`,
      method,
      headers: { ...(body && { "content-type": "application/json" }), ...(await this.#headers()) },
      body: body ? JSON.stringify(body) : null,
      signal: new AbortController().signal,
    });
    const { status } = answer;
    if (status >= 200 && status < 300) return parse(answer.body, operation);
    const isPassing = status >= 500 || status === 408 || status === 429;
    const code = isPassing ? "store/unavailable" : "store/refused";
    throw new Failure(code, `the signing server answered ${status} to ${operation}`);
  }

  async #headers(): Promise<Record<string, string>> {
    const { headers } = this.#destination;
    if (typeof headers !== "function") return { ...headers };
    try {
      return texts(await headers());
    } catch (error) {
      throw new Failure("sign/failed", "the headers function threw", { error });
    }
  }
}

/** Parts of one upload that wait to be signed together. */
interface Batch {
  readonly parts: CoreSignRequest[];
  /** By the numbers of the parts; of those that the server left out there is none. */
  readonly urls: Promise<Map<number, string>>;
}

function parse(text: string, operation: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {}
  throw invalid(operation);
}

function httpUrl(url: unknown, operation: string): string {
  if (typeof url === "string" && /^https?:\/\//i.test(url)) return url;
  throw invalid(operation);
}

function invalid(operation: string): Failure {
  return new Failure(
    "sign/invalid-answer",
    `the signing server's answer to ${operation} is not what it must be`,
  );
}
