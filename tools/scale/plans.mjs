// What it takes to share out a table of each kind, before any shard starts.
import { ASSUMED, value } from "./platform.mjs";

/** Bytes that edge/work/text-shards.ts reads at once: all of a csv file, whose quotes must be followed; else the end of a line. */
const [PIECE, LINE] = [4 * 2 ** 20, 64 * 2 ** 10];

/** Reads of the plan and seconds that they take, by kind; and bytes of memory that the footer of a Parquet file takes. */
export function plansOf(shards, shardBytes) {
  const bytes = shards * shardBytes;
  const chunks = (bytes / value(ASSUMED, "rowGroup")) * value(ASSUMED, "columns");
  return {
    parquet: {
      ...reading(2, chunks * value(ASSUMED, "chunk")),
      memory: chunks * value(ASSUMED, "chunkMemory"),
    },
    jsonl: reading(shards - 1, (shards - 1) * LINE),
    csv: shards === 1 ? reading(0, 0) : reading(Math.ceil(bytes / PIECE), bytes),
  };
}

function reading(reads, bytes) {
  return {
    reads,
    seconds: (reads * value(ASSUMED, "readLatency")) / 1000 + bytes / value(ASSUMED, "transfer"),
  };
}
