import { parquetMetadataAsync } from "hyparquet";
import type { RandomAccessFile } from "../../pkg/workerd.js";
import { Refusal } from "../http.js";
import type { Shard } from "../records/job.js";
import type { Most } from "./plan.js";

const MAGIC = "PAR1";

export async function isParquet({ size, read }: RandomAccessFile): Promise<boolean> {
  if (size < 12) return false;
  return new TextDecoder("latin1").decode(await read(size - 4, size)) === MAGIC;
}

/**
 * Ranges of rows that are whole row groups, each ended once its groups have so many bytes, or more where there would be
 * too many; up to a row.
 */
export async function parquetShards(
  file: RandomAccessFile,
  most: Most,
  last = Number.POSITIVE_INFINITY,
): Promise<readonly Shard[]> {
  const shards: Shard[] = [];
  let [start, end, size] = [0, 0, 0];
  const groups = await rowGroups(file);
  const bytes = Math.max(most.bytes, groups.reduce((sum, group) => sum + group.bytes, 0) / most.shards);
  for (const group of groups) {
    if (end >= last) break;
    end = Math.min(last, end + group.rows);
    size += group.bytes;
    if (size < bytes) continue;
    shards.push({ rows: { start, end } });
    [start, size] = [end, 0];
  }
  return end > start ? [...shards, { rows: { start, end } }] : shards;
}

async function rowGroups({ size, read }: RandomAccessFile) {
  const slice = async (start: number, end = size) => new Uint8Array(await read(start, end)).slice().buffer;
  try {
    const { row_groups } = await parquetMetadataAsync({ byteLength: size, slice });
    return row_groups.map(({ num_rows, total_byte_size }) => ({
      rows: Number(num_rows),
      bytes: Number(total_byte_size),
    }));
  } catch {
    throw new Refusal("source/corrupt", "the footer of the table's Parquet file cannot be read");
  }
}
