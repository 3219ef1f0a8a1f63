import { SourceError } from "../errors.js";
import { locks } from "../realm.js";
import type { Open, Order, Outcome, Runner } from "../runner.js";
import type { Sink } from "../sinks.js";
import { portableWasm } from "../wasm.js";
import { Channel, type Handlers } from "./channel.js";
import { Feeder } from "./feeder.js";
import type { Greeting, PageSide, Purpose, Start, WorkerSide } from "./protocol.js";
import { HeldErrors, Refusal } from "./thrown.js";

/**
 * Milliseconds that a worker is kept without a job: the next export need not start one, and a page that is done with
 * exporting gets the memory back, of which wasm itself never gives any.
 */
const IDLE = 10_000;

const GONE = "the worker of the export ended; an unfinished upload may be left in the store";

/** What hears of a worker. */
export interface WorkerListener {
  message(data: unknown): void;
  failed(error: { message: string }): void;
}

/** What a worker is to the page that has it. */
export interface PageWorker {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  terminate(): void;
  /** Whether the process is to wait for it; a page waits for none. */
  keepAlive?(isNeeded: boolean): void;
}

export type CreateWorker = (listener: WorkerListener) => PageWorker;

/** The page's worker, on its way or there: one, which its jobs share. */
let current: Promise<Link> | undefined;

/** Helpers of a worker at most: with more, its own thread could not give them enough to do. */
const MAX_HELPERS = 4;

/** Starts or finds the worker, of a machine with so many cores. Nothing where it cannot be started. */
export async function connect(create: CreateWorker, cores: number): Promise<Open | undefined> {
  const helpers = Math.min(cores - 1, MAX_HELPERS);
  const starting = (current ??= Link.start(create, helpers));
  try {
    const link = await starting;
    return (order) => link.open(order);
  } catch {
    if (current === starting) current = undefined;
    return undefined;
  }
}

interface Started {
  worker: PageWorker;
  listener: WorkerListener;
  /** The name of a lock that it holds. */
  lock: string;
}

/** Starts a worker and gives it its wasm. */
async function start(create: CreateWorker, helpers: number): Promise<Started> {
  const listener: WorkerListener = { message() {}, failed() {} };
  const worker = create(listener);
  const lock = `tableport ${crypto.randomUUID()}`;
  try {
    await new Promise<void>((resolve, reject) => {
      listener.message = (said) => (said === "ready" ? resolve() : reject(new Error("no wasm")));
      listener.failed = reject;
      portableWasm().then((wasm) => worker.postMessage({ wasm, lock, helpers } satisfies Greeting), reject);
    });
    return { worker, listener, lock };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** A worker that has its wasm, and its helpers. */
class Link {
  readonly #create: CreateWorker;
  readonly #worker: PageWorker;
  readonly #helpers: PageWorker[] = [];
  /** Rejects once the worker is gone. */
  readonly #gone: Promise<never>;
  #jobs = 0;
  #isRetired = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end!: (error: unknown) => void;

  static async start(create: CreateWorker, helpers: number): Promise<Link> {
    return new Link(create, await start(create, helpers), helpers);
  }

  private constructor(create: CreateWorker, started: Started, helpers: number) {
    this.#create = create;
    this.#worker = started.worker;
    this.#gone = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.#gone.catch(() => {});
    this.#watch(started);
    started.listener.message = () => {
      for (let i = 0; i < helpers; i++) void this.#addHelper();
    };
    this.#rest();
  }

  /** Ends with the first of its workers that ends. */
  #watch({ listener, lock }: Started): void {
    listener.failed = ({ message }) => this.#retire(new Error(message || "the worker failed"));
    // A worker that ends without a word lets go of its lock.
    locks?.request(lock, () => this.#retire(new Error("the worker is gone"))).catch(() => {});
  }

  /** Starts a helper and makes it known to the worker, or that there is none. */
  async #addHelper(): Promise<void> {
    const started = await start(this.#create, 0).catch(() => undefined);
    if (this.#isRetired) {
      started?.worker.terminate();
    } else if (started) {
      started.worker.keepAlive?.(false);
      this.#watch(started);
      this.#helpers.push(started.worker);
      const { port1, port2 } = new MessageChannel();
      started.worker.postMessage("blocks" satisfies Purpose, [port1]);
      this.#worker.postMessage("helper" satisfies Purpose, [port2]);
    } else {
      this.#worker.postMessage("helper" satisfies Purpose);
    }
  }

  open(order: Order): Runner {
    clearTimeout(this.#timer);
    this.#worker.keepAlive?.(true);
    this.#jobs++;
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage("job" satisfies Purpose, [port2]);
    return new RemoteRunner(order, port1, this.#gone, () => {
      this.#jobs--;
      this.#rest();
    });
  }

  #rest(): void {
    if (this.#jobs > 0 || this.#isRetired) return;
    this.#worker.keepAlive?.(false);
    this.#timer = setTimeout(() => this.#retire(new Error("the worker was idle")), IDLE);
    (this.#timer as { unref?(): void }).unref?.();
  }

  /** Ends the worker; the next export starts another. */
  #retire(error: Error): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    current = undefined;
    clearTimeout(this.#timer);
    for (const worker of [this.#worker, ...this.#helpers]) worker.terminate();
    this.#end(error);
  }
}

/** Runs a job in a worker. What needs the caller's objects is done here. */
class RemoteRunner implements Runner {
  readonly #order: Order;
  readonly #gone: Promise<never>;
  readonly #release: () => void;
  readonly #errors = new HeldErrors();
  readonly #worker: Channel<WorkerSide>;
  readonly #feeder: Feeder;
  readonly #sinks = new Map<number, Sink>();
  #opened = 0;
  /** Why the job ended early, once it has. */
  #ended: { reason: unknown } | undefined;

  constructor(order: Order, port: MessagePort, gone: Promise<never>, release: () => void) {
    this.#order = order;
    this.#gone = gone;
    this.#release = release;
    this.#worker = new Channel<WorkerSide>(port, this.#handlers(), this.#errors);
    this.#feeder = new Feeder(order.source, order.config, this.#worker);
  }

  async run(): Promise<Outcome> {
    try {
      const { status, cause } = await Promise.race([this.#worker.call("start", [this.#told()]), this.#gone]);
      const outcome = { status, cause: cause && { error: this.#errors.decode(cause) } };
      if (status.error) this.#close(outcome.cause ? outcome.cause.error : status.error);
      return outcome;
    } catch (error) {
      // Refused before anything was read.
      if (error instanceof Refusal) throw error.plain;
      this.#close(error);
      throw new SourceError("internal", GONE, {}, { error });
    } finally {
      this.#worker.close();
      this.#release();
    }
  }

  cancel(reason: unknown): void {
    this.#worker.tell("cancel", [this.#errors.hold(reason)]);
  }

  #told(): Start {
    const { id, createdAt, config, source, outlet } = this.#order;
    return {
      id,
      createdAt,
      config,
      source: isCopyable(source.portable) ? { read: source.portable } : { plain: source.plain },
      outlet: outlet.type,
    };
  }

  #close(reason: unknown): void {
    this.#ended = { reason };
    this.#feeder.close(reason);
  }

  #handlers(): Handlers<PageSide> {
    const { outlet, publish } = this.#order;
    const sink = (number: number) => this.#sinks.get(number) as Sink;
    return {
      pull: (pull, spent) => this.#feeder.pull(pull, spent),
      letGo: () => this.#feeder.close(undefined),
      sign: (request, skew) => outlet.sign(request, skew),
      open: async (file) => {
        const opened = await outlet.open(file);
        if (this.#ended) await opened.abort(this.#ended.reason);
        this.#sinks.set(++this.#opened, opened);
        return this.#opened;
      },
      write: (number, bytes) => sink(number).write(bytes),
      close: (number) => sink(number).close(),
      abort: (number, reason) => sink(number).abort(this.#errors.decode(reason)),
      keep: (file, bytes) => outlet.keep(file, bytes),
      publish,
    };
  }
}

/** Whether this is a file or a URL, and not a Proxy of one, which is no other thread's. */
function isCopyable(value: Blob | string | undefined): value is Blob | string {
  try {
    structuredClone(value);
    return value !== undefined;
  } catch {
    return false;
  }
}
