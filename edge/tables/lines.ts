import type { RandomAccessFile } from "../../pkg/workerd.js";

/** Bytes that are read at once. */
const PIECE = 1 << 22;

/** Lines of a file, and its header before them, as a stream. */
export async function* linesOf(
  { read }: RandomAccessFile,
  { header, start, end }: { header: number; start: number; end: number },
): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(await read(0, header));
  for (let at = start; at < end; at += PIECE) yield new Uint8Array(await read(at, Math.min(end, at + PIECE)));
}
