// Requests as they are written, of which no client makes something better.
import { createHash, createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";

/**
 * Sends one: `{method, status, headers, text}`. `body` is bytes or a text, or pieces of which the length is not said.
 * A server may answer before it has all of a body, and hang up.
 */
export function send(origin, { method = "GET", path, headers = {}, body }) {
  const { hostname, port } = new URL(origin);
  const isWhole = body === undefined || typeof body === "string" || Buffer.isBuffer(body);
  const length = isWhole ? { "content-length": Buffer.byteLength(body ?? "") } : {};
  return new Promise((resolve, reject) => {
    let answer;
    const request = httpRequest({
      hostname,
      port,
      method,
      path,
      headers: { ...length, ...headers },
      agent: false,
    });
    request.once("response", (response) => {
      answer = response;
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.once("end", () => {
        const { statusCode: status, headers } = response;
        resolve({ method, status, headers, text: Buffer.concat(parts).toString() });
        request.destroy();
      });
      response.once("error", reject);
    });
    request.on("error", (error) => answer || reject(error));
    if (isWhole) return request.end(body);
    for (const piece of body) request.write(piece);
    return request.end();
  });
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** Headers of a request that Huawei's SDK would sign so. */
export function signed(origin, { method, path, body = "" }, { key, secret, at = Date.now() }) {
  const host = new URL(origin).host;
  const date = new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
  const [plain, query = ""] = path.split("?");
  const names = "host;x-sdk-date";
  const canonical = [
    method,
    `${plain}/`,
    query,
    `host:${host}`,
    `x-sdk-date:${date}`,
    "",
    names,
    sha256(body),
  ];
  const toSign = ["SDK-HMAC-SHA256", date, sha256(canonical.join("\n"))].join("\n");
  const signature = createHmac("sha256", secret).update(toSign).digest("hex");
  const authorization = `SDK-HMAC-SHA256 Access=${key}, SignedHeaders=${names}, Signature=${signature}`;
  return { host, "x-sdk-date": date, authorization };
}
