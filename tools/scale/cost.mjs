// What a job costs beyond what a plan includes, by item, in dollars.
import { PRICES, value } from "./platform.mjs";

const MILLION = 1e6;
/** Of each Workflow: the work, and telling of it. */
export const STEPS = 2;
const GIGABYTES_OF_AN_OBJECT = 0.128;

export function costOf({ shards, seconds, calls, rows, instances, shard }) {
  const of = (name, count) => (value(PRICES, name) * count) / MILLION;
  const items = {
    Workflows: of("instances", instances) + of("steps", STEPS * instances) + of("cpu", shards * shard.cpu),
    records: of("calls", calls) + of("duration", seconds * GIGABYTES_OF_AN_OBJECT),
    rows: of("rowsRead", rows.read) + of("rowsWritten", rows.written),
    R2: of("classA", shards * shard.writes) + of("classB", shards * shard.reads),
  };
  return { ...items, sum: Object.values(items).reduce((sum, item) => sum + item, 0) };
}
