// One peer with its input, in a process of its own; runs when it is told to.
import { readFile, writeFile } from "node:fs/promises";
import { profiled } from "../profiled.mjs";
import { prepare } from "../timed.mjs";

const { peer, work, arrow, csv, wasm } = JSON.parse(process.argv[2]);
const bytes = async (path) => path && new Uint8Array(await readFile(path));
// One that keeps its functions' names, in place of the package's.
if (wasm) (await import("../../pkg/node.js")).configure({ wasm: await bytes(wasm) });
const job = await prepare({
  peer,
  work,
  ipc: await bytes(arrow),
  csv: work.startsWith("csv-") ? await bytes(csv) : undefined,
});

const answers = {
  run: () => job.run(),
  profile: () => profiled(() => job.run()),
  save: ({ path }) => writeFile(path, job.output()),
};
process.on("message", async (message) => process.send({ value: await answers[message.ask](message) }));
process.send({ value: "ready" });
