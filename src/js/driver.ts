import type { Action, CoreStatus, ExportCore, PlainError, PlainSource, Pull, Recipe } from "./boundary.js";
import { isPlainError, SourceError } from "./errors.js";
import { untilOnline } from "./network.js";
import type { Outlet } from "./outlet.js";
import { Pace } from "./pace.js";
import { checkNames } from "./pack/observe.js";
import type { Outcome, Runner } from "./runner.js";
import { closeSource, type Port, type TableSource } from "./sources/source.js";
import { Tasks } from "./tasks.js";
import type { ExportConfig } from "./types.js";
import { resetWasm } from "./wasm.js";

/** Milliseconds between two snapshots of a running job, at least. */
const SNAPSHOT_INTERVAL = 20;

/** What a driver needs. */
export interface Drive {
  config: ExportConfig;
  source: TableSource;
  outlet: Outlet;
  /** Has the core judge the config, with this in its source's place. */
  judge(source: PlainSource | undefined): ExportCore;
  publish(status: CoreStatus): void;
  /** Where blocks are compressed that the core gives away. */
  helpers: Helpers | undefined;
}

/** Other threads that compress blocks. */
export interface Helpers {
  readonly count: number;
  /** The block's buffer is given away. */
  compress(recipe: Recipe, block: Uint8Array): Promise<Uint8Array>;
}

/** Thrown by calls into the core of a job that has ended. */
const ENDED = Symbol("ended");

/** The drivers of the wasm instance that is loaded. A trap in one leaves none of them usable. */
const live = new Set<Driver>();

/** Does what one job's core asks for, until the job is done. */
export class Driver implements Runner {
  readonly #drive: Drive;
  readonly #tasks: Tasks;
  readonly #port: Port;
  readonly #pace = new Pace();
  /** What the caller's code threw last, by the code it was reported under. */
  readonly #causes = new Map<string, { error: unknown }>();
  #source: TableSource;
  #isLetGo = false;
  #core: ExportCore;
  #status: CoreStatus;
  #trap: { error: unknown } | undefined;
  #ended = false;
  #cancelled: { error: unknown } | undefined;
  #wake: () => void = () => {};
  #woken = false;
  #changed = true;
  #published = Number.NEGATIVE_INFINITY;

  /** Throws a plain error where the config can never work. */
  constructor(drive: Drive) {
    this.#drive = drive;
    this.#source = drive.source;
    this.#core = this.#judge(drive.source);
    this.#status = this.#call((core) => core.status());
    this.#port = this.#openPort();
    this.#tasks = new Tasks(drive.outlet, (task) => this.#call((core) => core.takePart(task)), {
      signed: (task) => this.#tell((core) => core.signed(task)),
      settled: (task, { uploadId, etag }) =>
        this.#tell((core) => core.settled(task, uploadId, etag, Date.now())),
      responded: (task, { status, headers, body }, expired) =>
        this.#tell((core) => core.responded(task, status, headers, body, expired, Date.now())),
      failed: (task, code, message, cause) => {
        if (cause) this.#causes.set(code, cause);
        this.#tell((core) => core.failed(task, code, message, Date.now()));
      },
      offline: (task) => {
        this.#tell((core) => core.offline(task));
        void untilOnline().then(() => this.#tell((core) => core.online()));
      },
    });
  }

  /** Runs the job to its end. */
  async run(): Promise<Outcome> {
    live.add(this);
    try {
      await this.#loop();
    } catch (error) {
      if (error !== ENDED) this.#fall(error);
    }
    return this.#end();
  }

  cancel(reason: unknown): void {
    this.#cancelled ??= { error: reason };
    this.#tell((core) => core.cancel());
  }

  async #loop(): Promise<void> {
    this.#publish();
    for (;;) {
      await this.#pace.rest();
      const action = this.#call((core) => core.poll(Date.now()));
      if (action.type === "done") return;
      await this.#act(action);
    }
  }

  #act(action: Exclude<Action, { type: "done" }>): Promise<void> | undefined {
    switch (action.type) {
      case "pull":
        return void this.#pull(action);
      case "close":
        return this.#letGo(undefined);
      case "sign":
        return void this.#guard(this.#tasks.sign(action.task, action.request));
      case "send":
        return void this.#guard(this.#tasks.send(action));
      case "sink":
        return void this.#guard(this.#tasks.sink(action, this.#cancelled?.error));
      case "compress":
        return void this.#guard(this.#compress(action.block, action.recipe));
      case "stop":
        return void this.#tasks.stop(action.task, action.again);
      case "again":
        return this.#publishIfDue();
      case "wait":
        return this.#wait(action.until);
      case "idle":
        return this.#wait(Number.POSITIVE_INFINITY);
    }
  }

  /** Waits until something happens, or that time comes. */
  async #wait(until: number): Promise<void> {
    this.#publishIfDue();
    const snapshot = this.#changed ? this.#published + SNAPSHOT_INTERVAL : Number.POSITIVE_INFINITY;
    const end = Math.min(until, snapshot);
    if (!this.#woken) await this.#sleep(end - Date.now());
    this.#woken = false;
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(milliseconds)
        ? setTimeout(resolve, Math.max(0, milliseconds))
        : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #pull(pull: Pull): Promise<void> {
    try {
      const found = await this.#source.pull(this.#port, pull);
      if (found) this.#replace(found);
    } catch (error) {
      this.#sourceFailed(error);
    }
    this.#changed = true;
    this.#notify();
  }

  async #compress(block: number, recipe: Recipe): Promise<void> {
    const bytes = this.#call((core) => core.takeBlock(block));
    const compressed = await this.#drive.helpers?.compress(recipe, bytes);
    if (compressed) this.#tell((core) => core.compressed(block, compressed));
  }

  /** Starts over with what the source was found to be; its core has not been given anything yet. */
  #replace(source: TableSource): void {
    if (this.#ended || this.#trap || this.#cancelled) {
      closeSource(source, this.#cancelled?.error);
      return;
    }
    const core = this.#core;
    this.#source = source;
    try {
      this.#core = this.#judge(source);
      core.free();
    } catch (error) {
      throw isPlainError(error) ? new SourceError(error.code, error.message, error.place) : ENDED;
    }
  }

  #letGo(reason: unknown): undefined {
    if (!this.#isLetGo) closeSource(this.#source, reason);
    this.#isLetGo = true;
  }

  #sourceFailed(error: unknown): void {
    // A plain error was thrown by the core, which has already failed the job by it.
    if (error === ENDED || isPlainError(error)) return;
    const { code, message, row, column, cause } = error instanceof SourceError ? error : defect(error);
    if (cause) this.#causes.set(code, cause);
    this.#tell((core) => core.sourceFailed(code, message, row, column));
  }

  /** Watches what runs beside the loop. */
  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (error !== ENDED) this.#fall(error);
    });
  }

  // The core.

  #judge(source: TableSource): ExportCore {
    try {
      return this.#drive.judge(source.plain);
    } catch (error) {
      if (!isPlainError(error)) this.#fall(error);
      throw error;
    }
  }

  /** Calls the core. A plain error of its is thrown on; anything else it throws is a trap, and ends the job. */
  #call<T>(call: (core: ExportCore) => T): T {
    if (this.#ended || this.#trap) throw ENDED;
    try {
      return call(this.#core);
    } catch (error) {
      if (isPlainError(error)) throw error;
      this.#fall(error);
      throw ENDED;
    }
  }

  /** Tells the core what happened. */
  #tell<T>(call: (core: ExportCore) => T): T | undefined {
    if (this.#ended || this.#trap) return undefined;
    let told: T | undefined;
    try {
      told = call(this.#core);
    } catch (error) {
      this.#fall(error);
    }
    this.#changed = true;
    this.#notify();
    return told;
  }

  #openPort(): Port {
    return {
      config: this.#drive.config,
      rest: () => this.#pace.rest(),
      infer: (columns) => {
        checkNames(columns);
        return this.#call((core) => core.infer(columns));
      },
      declare: (fields) => this.#call((core) => core.declare(fields)),
      widen: (column, row, seen) => this.#call((core) => core.widen(column, row, seen)),
      packed: (rows, columns) => this.#call((core) => core.packed(rows, columns)),
      readsWhole: (head, atEnd) => this.#call((core) => core.readsWhole(head, atEnd)),
      bytes: (chunk) => this.#call((core) => core.bytes(chunk)),
      range: (start, chunk) => this.#call((core) => core.range(start, chunk)),
      end: () => this.#call((core) => core.end()),
    };
  }

  /** A defect: ends this job, and every other of the same wasm instance, which a trap leaves in pieces. */
  #fall(error: unknown): void {
    if (this.#trap || this.#ended) return;
    const fallen = [...live];
    live.clear();
    resetWasm();
    for (const driver of fallen) {
      driver.#trap = { error };
      driver.#notify();
    }
    this.#trap ??= { error };
  }

  #notify(): void {
    this.#woken = true;
    this.#wake();
  }

  // Status and end.

  #publishIfDue(): undefined {
    if (this.#changed && Date.now() - this.#published >= SNAPSHOT_INTERVAL) this.#publish();
  }

  #publish(): void {
    this.#status = this.#call((core) => core.status());
    this.#published = Date.now();
    this.#changed = false;
    this.#drive.publish(this.#status);
  }

  #end(): Outcome {
    const trap = this.#trap;
    const status = trap ? this.#fallenStatus() : this.#core.status();
    this.#ended = true;
    live.delete(this);
    this.#tasks.stopAll();
    const cause = trap ?? this.#causeOf(status.error);
    if (status.error) this.#letGo(cause ? cause.error : status.error);
    // The objects of an instance that was replaced must not be touched.
    if (!trap) this.#core.free();
    return { status, cause };
  }

  #fallenStatus(): CoreStatus {
    const message = "tableport failed by a defect of its own; an unfinished upload may be left in the store";
    const error: PlainError = { code: "internal", message, place: {} };
    const resource = { ...this.#status.resource, status: "failed" as const, errorMessage: message };
    return { ...this.#status, resource, error };
  }

  #causeOf(error: PlainError | null): { error: unknown } | undefined {
    if (error?.code === "cancelled") return this.#cancelled;
    return error ? this.#causes.get(error.code) : undefined;
  }
}

function defect(error: unknown): SourceError {
  return new SourceError("internal", "reading the table failed by a defect of tableport", {}, { error });
}
