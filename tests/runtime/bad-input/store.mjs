import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { CANARY } from "./leaks.mjs";

/** A store that takes PUTs and S3 multipart uploads, whatever their signature. */
export class Store {
  /** The objects, by name. */
  objects = new Map();
  /** The parts of the uploads that are open, by id. */
  uploads = new Map();
  /** How many requests came. */
  requests = 0;
  /** Answers a request in the store's place: `{status, body}`. */
  answer = undefined;
  #server = createServer((request, response) => this.#take(request, response));

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** Signs a request: the canary is in the URL's query, in the signature and in a header. */
  sign = ({ operation, fileName, partNumber, uploadId }) => {
    const url = new URL(`/${encodeURIComponent(fileName)}`, this.origin);
    const query = { operation, partNumber, uploadId, "X-Amz-Credential": CANARY, "X-Amz-Signature": CANARY };
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(key, value);
    return { url: url.href, headers: { authorization: `Bearer ${CANARY}` } };
  };

  async #take(request, response) {
    this.requests++;
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { status = 200, headers = {}, body = "" } = this.#answer(request.url, Buffer.concat(chunks));
    response.writeHead(status, headers).end(body);
  }

  #answer(path, body) {
    if (this.answer) return this.answer(path);
    const url = new URL(path, this.origin);
    const name = decodeURIComponent(url.pathname.slice(1));
    const { operation, uploadId, partNumber } = Object.fromEntries(url.searchParams);
    const parts = this.uploads.get(uploadId);
    const etag = `"${createHash("md5").update(body).digest("hex")}"`;
    switch (operation) {
      case "put":
        this.objects.set(name, body);
        return { headers: { etag } };
      case "create": {
        const id = `upload-${this.requests}`;
        this.uploads.set(id, new Map());
        const xml = `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`;
        return { body: xml };
      }
      case "part":
        parts.set(Number(partNumber), { body, etag });
        return { headers: { etag } };
      case "complete": {
        const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
        this.objects.set(name, Buffer.concat(inOrder.map((part) => part.body)));
        this.uploads.delete(uploadId);
        const md5s = inOrder.map((part) => Buffer.from(part.etag.slice(1, -1), "hex"));
        const whole = createHash("md5").update(Buffer.concat(md5s)).digest("hex");
        const tag = `"${whole}-${inOrder.length}"`;
        const xml = `<CompleteMultipartUploadResult><ETag>${tag}</ETag></CompleteMultipartUploadResult>`;
        return { body: xml };
      }
      case "abort":
        this.uploads.delete(uploadId);
        return { status: 204 };
    }
  }
}
