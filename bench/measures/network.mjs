import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { run } from "../../tools/steps.mjs";
import { spread } from "../statistics.mjs";

const BYTES_PER_SECOND = 50e6;
/** A row group leaves when it is whole: smaller ones leave sooner. */
export const EXPORTS = {
  csv: { format: "csv" },
  jsonl: { format: "jsonl" },
  parquet: { format: "parquet" },
  "parquet, row groups of 8 MB": { format: "parquet", parquet: { rowGroupSize: 8e6 } },
};
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * A whole export against the longer of encoding alone and sending alone, at 50 MB/s: what is not done side by side
 * shows. Returns `{title, encode, send, whole, ratio}`, in seconds but for the ratio.
 */
export async function measureNetwork({ files, rounds }) {
  const store = fork(path("store.mjs"), [String(BYTES_PER_SECOND)]);
  const origin = await new Promise((resolve) => store.once("message", resolve));
  try {
    const measured = [];
    for (const [title, config] of Object.entries(EXPORTS)) {
      const args = [
        "--expose-gc",
        path("upload.mjs"),
        files.arrow,
        JSON.stringify(config),
        origin,
        String(rounds),
      ];
      const { stdout } = await run(process.execPath, args, { quiet: true });
      measured.push({ title, ...summary(JSON.parse(stdout)) });
    }
    return measured;
  } finally {
    store.kill();
  }
}

function summary(runs) {
  const of = (key) => spread(runs.map((one) => one[key]));
  const ratio = spread(runs.map(({ encode, send, whole }) => whole / Math.max(encode, send)));
  return { encode: of("encode"), send: of("send"), whole: of("whole"), ratio };
}
