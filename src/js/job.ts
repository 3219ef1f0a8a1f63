import { recordAs } from "./api.js";
import type { CoreStatus, PlainError } from "./boundary.js";
import { ConfigFault, plainConfig, type Snapshot, snapshot } from "./config.js";
import { discard, type Picked, pickFile } from "./download.js";
import { ExportError, isPlainError, SourceError } from "./errors.js";
import { outletOf } from "./outlet.js";
import { isBrowser } from "./realm.js";
import { once } from "./requests.js";
import { hasWorkers, type Open, type Outcome, prepare, type Runner } from "./runner.js";
import { classify } from "./sources/classify.js";
import type {
  Api,
  ApiBody,
  ExportConfig,
  ExportFile,
  ExportJob,
  ExportProgress,
  ExportResource,
  ExportStatus,
  JobRecord,
  JobStatus,
  TellOptions,
} from "./types.js";

/** The job behind `exportTable`. */
export class Job implements ExportJob {
  readonly id = crypto.randomUUID();
  readonly finished: Promise<ExportResource>;
  readonly #taken: Snapshot;
  readonly #config: ExportConfig;
  readonly #createdAt = Date.now();
  /** The bytes of files, where they are kept in memory. */
  readonly #kept = new Map<number, Uint8Array>();
  #snapshot: ExportStatus;
  /** When that was taken. */
  #updatedAt = this.#createdAt;
  #error: PlainError | undefined;
  #isCancelling = false;
  #resolve!: (resource: ExportResource) => void;
  #reject!: (error: ExportError) => void;
  /** Those who wait for the next snapshot. */
  #waiting: (() => void)[] = [];
  #runner: Runner | undefined;
  #picked: Picked | undefined;
  #removeAbortListener = () => {};

  constructor(taken: Snapshot) {
    this.#taken = taken;
    // Not yet judged: what is read of it before that is looked at first.
    this.#config = taken.config as ExportConfig;
    this.#snapshot = this.#initial();
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.finished.catch(() => {});
  }

  /** Runs the job. Errors end up in the job. */
  async run(): Promise<void> {
    // Nothing is told to the caller before the caller has the job.
    await Promise.resolve();
    this.#listen();
    if (this.#taken.fault && !this.isOver) this.#refuse(this.#taken.fault);
    if (this.isOver) return;
    this.#pick();
    const open = await this.#prepare();
    if (!open || this.isOver) return;
    try {
      this.#runner = this.#open(open);
      this.#conclude(await this.#runner.run());
    } catch (error) {
      this.#refuse(error);
    }
  }

  get status(): JobStatus {
    return this.#snapshot.status;
  }

  get progress(): ExportProgress {
    return this.#snapshot.progress;
  }

  get files(): readonly ExportFile[] {
    return this.#snapshot.files;
  }

  cancel(): void {
    this.#cancel(undefined);
  }

  toJSON(): ExportResource {
    const { progress, files, resume, ...resource } = this.#snapshot;
    return resource;
  }

  get record(): JobRecord {
    const { progress, files } = this.#snapshot;
    const { code, message } = this.#error ?? {};
    return {
      resource: this.toJSON(),
      progress,
      files: files.map(({ bytes, ...file }) => file),
      error: code === undefined ? null : { code, message: `${message}` },
      updatedAt: this.#updatedAt,
      cancelling: this.#isCancelling,
    };
  }

  as(api: Api, options?: TellOptions): Promise<ApiBody | null> {
    return recordAs(api, this.record, options);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ExportStatus, void, undefined> {
    let seen: ExportStatus | undefined;
    for (;;) {
      while (seen === this.#snapshot) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      seen = this.#snapshot;
      yield seen;
      if (isTerminal(seen.status)) return;
    }
  }

  get isOver(): boolean {
    return isTerminal(this.status);
  }

  async #prepare(): Promise<Open | undefined> {
    try {
      return await prepare(this.#config);
    } catch (error) {
      const message = "the wasm module could not be loaded";
      if (!this.isOver) this.#fail({ code: "internal", message, place: {} }, { error });
      return undefined;
    }
  }

  /** Has the config judged, before anything is read. */
  #open(open: Open): Runner {
    return open({
      id: this.id,
      createdAt: this.#createdAt,
      source: classify(this.#config.source),
      config: plainConfig(this.#taken.judged, {
        hasWorkers: hasWorkers(),
        isPage: typeof document === "object",
        isBrowser,
      }),
      outlet: outletOf(this.#config.destination, (file, bytes) => this.#kept.set(file, bytes), this.#picked),
      publish: (status) => this.#publish(status),
    });
  }

  /** Who closes the picker cancels the job. */
  #pick(): void {
    this.#picked = pickFile(this.#config);
    this.#picked?.catch((error: unknown) => this.#cancel(error));
  }

  #listen(): void {
    const signal = this.#config.signal;
    if (!(signal instanceof AbortSignal)) return;
    const cancel = () => this.#cancel(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    this.#removeAbortListener = () => signal.removeEventListener("abort", cancel);
    if (signal.aborted) cancel();
  }

  #cancel(reason: unknown): void {
    if (this.isOver) return;
    this.#isCancelling = true;
    if (this.#runner) this.#runner.cancel(reason);
    else this.#fail({ code: "cancelled", message: "the export was cancelled", place: {} }, { error: reason });
  }

  // Ends.

  /** The core refuses the config, or the source cannot even be looked at. */
  #refuse(error: unknown): void {
    if (error instanceof SourceError) {
      this.#fail({ code: error.code, message: error.message, place: {} }, error.cause);
    } else if (error instanceof ConfigFault) {
      const place = { field: error.field };
      this.#fail({ code: "config/invalid-value", message: "reading the config threw", place }, error);
    } else if (isPlainError(error)) {
      this.#fail(error);
    } else {
      this.#fail(
        { code: "internal", message: "judging the config failed by a defect", place: {} },
        { error },
      );
    }
  }

  /** The end of a job that no core knows of. */
  #fail(error: PlainError, cause?: { error: unknown }): void {
    const status = error.code === "cancelled" ? "cancelled" : "failed";
    const { progress, files, resume, ...rest } = this.#snapshot;
    const resource = { ...rest, status, errorMessage: error.message } as const;
    this.#conclude({ status: { resource, progress, files: [...files], error }, cause });
  }

  #conclude({ status, cause }: Outcome): void {
    this.#removeAbortListener();
    this.#error = status.error ?? undefined;
    this.#publish(status);
    if (!status.error) return this.#resolve(this.toJSON());
    void this.#picked?.then((file) => file && discard(file)).catch(() => {});
    this.#reject(new ExportError(status.error, this, cause && { cause: cause.error }));
  }

  #publish({ resource, progress, files, resume: news }: CoreStatus): void {
    const withBytes = files.map((file, index) => {
      const bytes = this.#kept.get(index);
      return bytes ? { ...file, bytes } : file;
    });
    const resume = isTerminal(resource.status) ? null : (news ?? this.#snapshot.resume);
    this.#snapshot = { ...resource, progress, files: withBytes, resume };
    this.#updatedAt = Date.now();
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#tellCaller();
  }

  /** What `onStatus` throws is reported as what an event listener throws is. */
  #tellCaller(): void {
    const { onStatus } = this.#config;
    if (typeof onStatus !== "function") return;
    try {
      onStatus(this.#snapshot);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  /** The job before the core has judged its config. */
  #initial(): ExportStatus {
    const { format } = this.#config;
    return {
      kind: "export",
      uri: `/exports/${this.id}`,
      id: this.id,
      createdAt: this.#createdAt,
      status: "queued",
      errorMessage: null,
      percentCompleted: 0,
      format: typeof format === "string" ? format : "",
      size: null,
      fileCount: null,
      table: null,
      progress: { rows: 0, bytesEncoded: 0, bytesAcknowledged: 0, retries: 0 },
      files: [],
      resume: null,
    };
  }
}

function isTerminal(status: JobStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** Starts an export; `config` is read as it is now. */
export function startJob(config: ExportConfig): ExportJob {
  const taken = snapshot(config);
  return once(taken.config.requestId, () => {
    const job = new Job(taken);
    void job.run();
    return job;
  });
}
