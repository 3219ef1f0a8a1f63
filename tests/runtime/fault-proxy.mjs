import { request as httpRequest } from "node:http";
import { listen } from "./support.mjs";

/**
 * A server between an export and its store, which does to requests what networks and stores do: `{sign, close}`.
 * `fault(operation, count)` is asked of each request, by its operation and how many of that kind came before; it answers
 * with `"lose the request"`, `"lose the answer"`, an answer `{status, headers?, body?}` in place of the store's, or
 * nothing.
 */
export async function startFaultProxy(store, fault) {
  const seen = new Map();
  const proxy = await listen(async (request, response) => {
    const [, operation, path] = /^\/([a-z]+)(\/.*)$/.exec(request.url);
    const count = seen.get(operation) ?? 0;
    seen.set(operation, count + 1);
    const found = fault(operation, count);
    if (found === "lose the request") return request.socket.destroy();
    if (found?.status) {
      request.resume();
      return response.writeHead(found.status, found.headers).end(found.body);
    }
    const answer = await forward(request, new URL(path, store.origin));
    if (found === "lose the answer") return request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  /** As the store's, by way of the proxy; the operation is in the path. */
  const sign = async (request) => {
    const url = new URL(await store.sign(request));
    return `${proxy.origin}/${request.operation}${url.pathname}${url.search}`;
  };
  return { sign, close: proxy.close };
}

/** The signature covers the store's host, so that is what the store is told. */
export function forward(request, url) {
  return new Promise((resolve, reject) => {
    const headers = { ...request.headers, host: url.host };
    const onward = httpRequest(url, { method: request.method, headers }, async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      const { "transfer-encoding": _, ...kept } = answer.headers;
      resolve({ status: answer.statusCode, headers: kept, body: Buffer.concat(chunks) });
    });
    onward.on("error", reject);
    request.pipe(onward);
  });
}
