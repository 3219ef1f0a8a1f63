// One peer with its input in a page; what the agent calls.
import { prepare } from "../timed.mjs";

const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

let job;
window.bench = {
  async prepare({ peer, work, arrow, csv }) {
    const files = { ipc: await bytes(arrow), csv: work.startsWith("csv-") ? await bytes(csv) : undefined };
    job = await prepare({ peer, work, ...files });
  },
  run: () => job.run(),
  save: (url) => fetch(url, { method: "POST", body: new Blob(job.output()) }).then(() => {}),
};
