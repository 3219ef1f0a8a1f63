// Encoding alone, sending alone and a whole export, by turns; a process of its own. Prints seconds of each as JSON.
//
//   node upload.mjs table.arrow config origin rounds
import { readFile } from "node:fs/promises";
import { signer } from "../../tests/runtime/memory/sink.mjs";
import { makeInput } from "../inputs.mjs";

const [arrow, config, origin, rounds] = process.argv.slice(2);
const { exportTable } = await import("../../pkg/node.js");
const { rows } = makeInput("rows-any", new Uint8Array(await readFile(arrow)));
const sign = signer(origin);
const PART = 8 << 20;
const CONCURRENCY = 4;

async function seconds(work) {
  globalThis.gc?.();
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const run = (destination) => exportTable({ source: rows, ...JSON.parse(config), destination }).finished;
const encode = () => run({ type: "stream", open: () => new WritableStream() });
const whole = () => run({ type: "presigned", sign });

/** As many bytes, in parts as an export sends them. */
async function send(size) {
  const part = new Uint8Array(PART);
  let sent = 0;
  const next = async () => {
    while (sent < size) {
      const length = Math.min(PART, size - sent);
      sent += length;
      const url = sign({ operation: "part", fileName: "t", partNumber: 1, uploadId: "u1" });
      await (await fetch(url, { method: "PUT", body: part.subarray(0, length) })).arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, next));
}

const { size } = await encode();
const measured = [];
for (let round = 0; round < Number(rounds); round++) {
  measured.push({
    encode: await seconds(encode),
    send: await seconds(() => send(size)),
    whole: await seconds(whole),
  });
}
console.log(JSON.stringify(measured));
