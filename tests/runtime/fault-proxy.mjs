import { request as httpRequest } from "node:http";
import { listen } from "./support.mjs";

/**
 * A server between an export and its store, which does to requests what networks and stores do: `{origin, close}`.
 * `route(request)` says what a request is and where it goes: `{operation, path}`. `fault(operation, count)` is asked of
 * each, by its operation and how many of that kind came before; it answers with `"lose the request"`, `"hold it"`, `"break
 * off the body"`, `"damage the body"`, `"lose the length"`, `"send it twice"`, `"lose the answer"`, `"break off the answer"`,
 * `"break off the answer half-way"`, an answer `{status, headers?, body?}` in place of the store's, a function that makes
 * another of the store's, or nothing. Every answer has `headers`, which answer preflights, too.
 */
export async function startProxy({ origin, route, fault = () => undefined, headers = {} }) {
  const seen = new Map();
  return listen(async (request, response) => {
    if (request.method === "OPTIONS" && Object.keys(headers).length > 0)
      return response.writeHead(204, headers).end();
    const { operation, path } = route(request);
    const count = seen.get(operation) ?? 0;
    seen.set(operation, count + 1);
    const found = fault(operation, count);
    if (found === "lose the request") return request.socket.destroy();
    if (found === "hold it") return undefined;
    const breakOff = () => request.socket.destroy();
    if (found === "break off the body") return request.once("data", breakOff).once("end", breakOff);
    if (found?.status) {
      request.resume();
      return response.writeHead(found.status, { ...headers, ...found.headers }).end(found.body);
    }
    const answer = await forward(request, new URL(path, origin), found);
    if (found === "lose the answer") return request.socket.destroy();
    const given = typeof found === "function" ? found(answer) : answer;
    response.writeHead(given.status, { ...given.headers, ...headers });
    if (found === "break off the answer half-way")
      return response.write(given.body.subarray(0, given.body.length / 2), () => setImmediate(breakOff));
    if (found !== "break off the answer") return response.end(given.body);
    response.flushHeaders();
    return setImmediate(() => request.socket.destroy());
  });
}

/** A proxy in front of a store that signs each request: `{sign, close}`. */
export async function startFaultProxy(store, fault, headers) {
  const route = ({ url }) => {
    const [, operation, path] = /^\/([a-z]+)(\/.*)$/.exec(url);
    return { operation, path };
  };
  const proxy = await startProxy({ origin: store.origin, route, fault, headers });
  /** As the store's, by way of the proxy; the operation is in the path. */
  const sign = async (request) => {
    const url = new URL(await store.sign(request));
    return `${proxy.origin}/${request.operation}${url.pathname}${url.search}`;
  };
  return { sign, close: proxy.close };
}

/** The signature covers the store's host, so that is what the store is told. */
export async function forward(request, url, fault) {
  const headers = { ...request.headers, host: url.host };
  const body = [];
  for await (const chunk of request) body.push(chunk);
  if (fault === "damage the body") body[0]?.writeUInt8(body[0].readUInt8(0) ^ 1, 0);
  if (fault === "lose the length" && body.length > 0) {
    delete headers["content-length"];
    headers["transfer-encoding"] = "chunked";
  }
  const once = () => pass({ url, method: request.method, headers }, body);
  if (fault === "send it twice") await once();
  return once();
}

function pass({ url, ...options }, body) {
  return new Promise((resolve, reject) => {
    const onward = httpRequest(url, options, async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      const { "transfer-encoding": _, ...kept } = answer.headers;
      resolve({ status: answer.statusCode, headers: kept, body: Buffer.concat(chunks) });
    });
    onward.on("error", reject);
    for (const chunk of body) onward.write(chunk);
    onward.end();
  });
}
