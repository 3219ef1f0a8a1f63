// What a shard takes: of a Parquet file in R2, to Parquet in R2.
import { ASSUMED, PART, value } from "./platform.mjs";

const of = (name) => value(ASSUMED, name);

/** Milliseconds and requests of one shard of so many bytes of a table. */
export function shardOf(bytes) {
  const stored = bytes * of("stored");
  // The object's size and the footer first; then ranges, one after the other.
  const reads = 2 + Math.ceil(stored / of("range"));
  const parts = Math.ceil(stored / PART);
  const cpu = (bytes / of("encode")) * 1000;
  const fetching = reads * of("readLatency") + (stored / of("transfer")) * 1000;
  return { reads, writes: parts > 1 ? parts + 2 : 1, cpu, takes: cpu + fetching + of("writeLatency") };
}

/** The same of the plan, which reads the end of the file. */
export function planTakes() {
  return 3 * of("readLatency");
}
