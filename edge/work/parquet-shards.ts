import { parquetMetadataAsync } from "hyparquet";
import type { RandomAccessFile } from "../../pkg/workerd.js";
import { Refusal } from "../http.js";
import type { Shard } from "../records/job.js";

const MAGIC = "PAR1";

export async function isParquet({ size, read }: RandomAccessFile): Promise<boolean> {
  if (size < 12) return false;
  return new TextDecoder("latin1").decode(await read(size - 4, size)) === MAGIC;
}

/** Ranges of rows that are whole row groups, each ended once its groups have so many bytes; up to a row. */
export async function parquetShards(
  file: RandomAccessFile,
  bytes: number,
  last = Number.POSITIVE_INFINITY,
): Promise<readonly Shard[]> {
  const shards: Shard[] = [];
  let [start, end, size] = [0, 0, 0];
  for (const group of await rowGroups(file)) {
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
