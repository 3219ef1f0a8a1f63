import { createHash } from "node:crypto";
import { createServer } from "node:http";

/**
 * A store that keeps nothing: it answers multipart uploads as S3 does, and counts. It reads `bytesPerSecond`, of all
 * requests together.
 */
export async function startSink({ bytesPerSecond = Number.POSITIVE_INFINITY } = {}) {
  let free = 0;
  const counts = { bytes: 0, parts: 0, completed: 0, sizes: new Map() };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://sink");
    const hash = createHash("md5");
    let size = 0;
    try {
      for await (const chunk of request) {
        hash.update(chunk);
        size += chunk.length;
        const now = performance.now();
        free = Math.max(free, now) + (1000 * chunk.length) / bytesPerSecond;
        if (free > now) await pause(free - now);
      }
    } catch {
      // The export gave the request up.
      return;
    }
    answer(url, size, hash.digest("hex"), response, counts);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    counts,
    origin,
    sign: signer(origin),
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Signs for the store at `origin`. */
export const signer =
  (origin) =>
  ({ operation, fileName, partNumber, uploadId }) => {
    const query = new URLSearchParams({ operation, part: partNumber ?? "", uploadId: uploadId ?? "" });
    return `${origin}/${encodeURIComponent(fileName)}?${query}`;
  };

function answer(url, size, md5, response, counts) {
  switch (url.searchParams.get("operation")) {
    case "create":
      response.end("<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>");
      return;
    case "complete":
      counts.completed += 1;
      response.end("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
      return;
    case "abort":
      response.writeHead(204).end();
      return;
    case "put":
    case "part":
      counts.bytes += size;
      counts.parts += 1;
      counts.sizes.set(Number(url.searchParams.get("part")), size);
      response.setHeader("ETag", `"${md5}"`);
      response.end();
      return;
    default:
      response.statusCode = 501;
      response.end();
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
