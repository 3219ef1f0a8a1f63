import type { Sink } from "./sinks.js";
import type { ExportConfig } from "./types.js";

/** The part of the File System Access API that TypeScript does not know, since few browsers have it. */
interface Picking {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** What can be removed, where a browser can do that. */
type Removable = FileSystemFileHandle & { remove?(): Promise<void> };

/** A file that a person chose, or is choosing, for a download; nothing where the picker failed. */
export type Picked = Promise<FileSystemFileHandle | undefined>;

/**
 * Asks where the file of a download is to be written, so that it need not be collected. It is asked as the export begins,
 * before the config is judged: a picker opens within seconds of a click, and the wasm may take longer. Nothing where nobody
 * can be asked: in most browsers, without a click, and for several files. Rejects where the person thinks better of it.
 */
export function pickFile(config: Partial<ExportConfig>): Picked | undefined {
  const { showSaveFilePicker } = globalThis as Picking;
  const isClicked = globalThis.navigator?.userActivation?.isActive;
  if (!isOneDownload(config) || !isClicked || typeof showSaveFilePicker !== "function") return undefined;
  return showSaveFilePicker({ suggestedName: suggestedName(config) }).catch((error: unknown) => {
    if ((error as Partial<Error> | null)?.name === "AbortError") throw error;
    return undefined;
  });
}

function isOneDownload({
  destination,
  mode,
  targetFileSizeBytes,
  maxRowGroupsPerFile,
}: Partial<ExportConfig>) {
  const isDownload = typeof destination === "object" && destination?.type === "download";
  return isDownload && mode !== "multi_file" && targetFileSizeBytes == null && maxRowGroupsPerFile == null;
}

/** As the core will name it. */
function suggestedName({ fileName, table, source, format, compression }: Partial<ExportConfig>): string {
  const names: unknown[] = [fileName, table?.name, stemOf(source)];
  const name = names.find((one) => typeof one === "string" && one !== "") ?? "table";
  const extension = `.${format}${compression === "gzip" ? ".gz" : ""}`;
  return `${name}`.endsWith(extension) ? `${name}` : `${name}${extension}`;
}

function stemOf(source: unknown): string | undefined {
  try {
    return source instanceof File ? source.name.split(".")[0] : undefined;
  } catch {
    // A Proxy that throws; the export will say so.
    return undefined;
  }
}

/** Removes a file that was chosen for what did not come, unless it was there before. */
export async function discard(file: FileSystemFileHandle): Promise<void> {
  try {
    // The picker makes an empty one.
    if ((await file.getFile()).size === 0) await (file as Removable).remove?.();
  } catch {
    // It is gone, or may not be touched: there is nothing more to be done.
  }
}

/** A file on disk. What is written stands aside until it is closed, so that none is ever half there. */
export class DiskSink implements Sink {
  readonly #file: FileSystemFileHandle;
  readonly #stream: FileSystemWritableFileStream;

  static async open(file: FileSystemFileHandle): Promise<DiskSink> {
    return new DiskSink(file, await file.createWritable());
  }

  private constructor(file: FileSystemFileHandle, stream: FileSystemWritableFileStream) {
    this.#file = file;
    this.#stream = stream;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#stream.write(bytes as Uint8Array<ArrayBuffer>);
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  async abort(reason: unknown): Promise<void> {
    await this.#stream.abort(reason);
    await discard(this.#file);
  }
}
