import { exportTable, type RandomAccessFile } from "../../pkg/workerd.js";
import type { Plan } from "../records/job.js";
import type { Most } from "./plan.js";

/** Bytes that are read at once, where all are and where only the end of a line is looked for. */
const [PIECE, LINE] = [1 << 22, 1 << 16];
/** Bytes of the beginning that the types of the columns are inferred from, as an export of the whole would. */
const HEAD = 1 << 23;
const [QUOTE, NEWLINE] = [0x22, 0x0a];

export type Kind = "csv" | "jsonl";

export function kindOfText({ name = "" }: RandomAccessFile): Kind | undefined {
  if (/\.csv$/i.test(name)) return "csv";
  return /\.(jsonl|ndjson)$/i.test(name) ? "jsonl" : undefined;
}

/**
 * Ranges of bytes that end where lines do, outside quotes. Each shard is read with the header before it, and its columns
 * have the types that they have at the beginning of the file: a shard alone might see others.
 */
export async function textShards(file: RandomAccessFile, kind: Kind, most: Most): Promise<Plan> {
  const bytes = Math.max(most.bytes, Math.ceil(file.size / most.shards));
  const isQuoting = kind === "csv";
  const header = isQuoting ? await firstLine(file) : 0;
  const cuts: number[] = [];
  for (let from = header; file.size - from > bytes; ) {
    const cut = await lineEnd(file, isQuoting, from, from + bytes);
    if (cut === undefined || cut >= file.size) break;
    cuts.push(cut);
    from = cut;
  }
  if (cuts.length === 0) return { shards: [] };
  const schema = await typesOf(file, kind);
  const ends = [...cuts, file.size];
  const shards = ends.map((end, index) => ({
    bytes: { header, start: index ? (ends[index - 1] as number) : header, end },
  }));
  return { shards, schema };
}

async function firstLine(file: RandomAccessFile): Promise<number> {
  return (await lineEnd(file, true, 0, 0)) ?? file.size;
}

/** The first end of a line behind `least`, where a line begins at `from`. Within quotes there is none. */
async function lineEnd(
  file: RandomAccessFile,
  isQuoting: boolean,
  from: number,
  least: number,
): Promise<number | undefined> {
  let isQuoted = false;
  // Nothing but quotes could tell more of what stands before.
  const step = isQuoting ? PIECE : LINE;
  for (let at = isQuoting ? from : least; at < file.size; at += step) {
    const piece = new Uint8Array(await file.read(at, Math.min(file.size, at + step)));
    for (let index = 0; index < piece.length; ) {
      const quote = isQuoting ? piece.indexOf(QUOTE, index) : -1;
      const end = quote < 0 ? piece.length : quote;
      const newline =
        isQuoted || at + end <= least ? -1 : piece.indexOf(NEWLINE, Math.max(index, least - at));
      if (newline >= 0 && newline < end) return at + newline + 1;
      if (quote >= 0) isQuoted = !isQuoted;
      index = end + 1;
    }
  }
  return undefined;
}

/** The types of the columns, by an export of the beginning. */
async function typesOf(file: RandomAccessFile, kind: Kind): Promise<Record<string, string>> {
  const end = (file.size > HEAD ? await lineEnd(file, kind === "csv", 0, HEAD) : undefined) ?? file.size;
  const source = new Uint8Array(await file.read(0, end));
  const job = exportTable({ source, format: kind, destination: { type: "memory" } });
  await job.finished;
  return Object.fromEntries((job.files[0]?.schema ?? []).map(({ name, type }) => [name, type]));
}
