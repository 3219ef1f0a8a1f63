import type { CoreSignRequest, SendAction, SinkAction } from "./boundary.js";
import { Failure } from "./errors.js";
import { hadExpired, skewOf } from "./expiry.js";
import { type Answer, send } from "./http.js";
import { isOnline } from "./network.js";
import type { Outlet } from "./outlet.js";
import { openSink, type Sink, Spool } from "./sinks.js";
import type { Carrier, Settled, Target } from "./stores/store.js";

/** Takes the body of a task out of the core. */
type TakePart = (task: number) => Uint8Array | undefined;

/** What the core is told of a task. */
export interface Report {
  signed(task: number): void;
  /** It was made by who was to sign it. Whether it is through. */
  settled(task: number, done: Settled["done"]): boolean | undefined;
  /** `expired`: whether the URL of the request had expired by then. Whether it is through. */
  responded(task: number, answer: Answer, expired: boolean): boolean | undefined;
  failed(task: number, code: string, message: string, cause?: { error: unknown }): void;
  /** It failed for want of a network. */
  offline(task: number): void;
}

const DONE: Answer = { status: 200, headers: {}, body: "" };

/** A task that the core began: a request to a store, or an operation of a sink. */
class Task {
  /** The body, kept for further tries. */
  part: Uint8Array | undefined;
  target: Target | Carrier | undefined;
  signedAt = 0;
  readonly abort = new AbortController();
}

/** Does what the core asks of the destination, and reports how it went. */
export class Tasks {
  readonly #outlet: Outlet;
  readonly #takePart: TakePart;
  readonly #report: Report;
  readonly #tasks = new Map<number, Task>();
  readonly #sinks = new Map<number, Sink>();
  /** How far the store's clock is ahead of ours, by what it answered to a URL that was not valid by it. */
  #skew = 0;

  constructor(outlet: Outlet, takePart: TakePart, report: Report) {
    this.#outlet = outlet;
    this.#takePart = takePart;
    this.#report = report;
  }

  async sign(id: number, request: CoreSignRequest): Promise<void> {
    const task = this.#task(id);
    try {
      const signed = await this.#outlet.sign(request, this.#skew);
      if (!this.#has(id, task)) return;
      if ("done" in signed) {
        if (this.#report.settled(id, signed.done)) this.#tasks.delete(id);
        return;
      }
      task.target = signed;
      task.signedAt = Date.now();
      this.#report.signed(id);
    } catch (error) {
      if (!this.#has(id, task)) return;
      if (!(error instanceof Failure)) throw error;
      if (!isOnline()) this.#report.offline(id);
      else this.#report.failed(id, error.code, error.message, error.cause);
    }
  }

  async send(action: SendAction): Promise<void> {
    const task = this.#task(action.task);
    const target = task.target as Target | Carrier;
    const isExpired = (date?: string) =>
      "url" in target && hadExpired(target.url, task.signedAt, Date.now(), date);
    try {
      const { method, headers, resumes } = action;
      const outgoing = { headers, body: this.#body(action, task), signal: task.abort.signal };
      const sent = { ...outgoing, method, resumes };
      const answer = await ("carry" in target
        ? target.carry(outgoing)
        : send({ ...sent, url: target.url, headers: { ...headers, ...target.headers } }));
      if (!this.#has(action.task, task)) return;
      const expired = isExpired(answer.headers.date);
      if (expired) this.#skew = skewOf(answer.headers.date, Date.now());
      if (this.#report.responded(action.task, answer, expired)) this.#settle(action);
    } catch (error) {
      if (!this.#has(action.task, task)) return;
      if (!(error instanceof Failure)) throw error;
      if (error.code === "network/failed" && !isOnline()) return this.#report.offline(action.task);
      // A page may not be shown that a store refused it.
      const code = error.code === "network/failed" && isExpired() ? "sign/expired" : error.code;
      this.#report.failed(action.task, code, error.message, error.cause);
    }
  }

  async sink(action: SinkAction, reason: unknown): Promise<void> {
    const task = this.#task(action.task);
    try {
      await this.#operate(action, task, reason);
      if (!this.#has(action.task, task)) return;
      this.#tasks.delete(action.task);
      this.#report.responded(action.task, DONE, false);
    } catch (error) {
      const message = `the destination's ${action.operation} failed`;
      if (this.#has(action.task, task)) this.#report.failed(action.task, "sink/failed", message, { error });
    }
  }

  /** Gives a try up; whatever comes of it later is not reported. Its body is kept for another, should it be tried `again`. */
  stop(id: number, again: boolean): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    task?.abort.abort();
    if (again) this.#task(id).part = task?.part;
    this.#report.failed(id, "cancelled", "the request was given up");
  }

  /** Gives everything up, without a report. */
  stopAll(): void {
    for (const task of this.#tasks.values()) task.abort.abort();
    this.#tasks.clear();
    this.#sinks.clear();
  }

  #task(id: number): Task {
    let task = this.#tasks.get(id);
    if (!task) {
      task = new Task();
      this.#tasks.set(id, task);
    }
    return task;
  }

  #has(id: number, task: Task): boolean {
    return this.#tasks.get(id) === task;
  }

  #body({ body, text, from, task: id, request }: SendAction, task: Task): Uint8Array | Blob | string | null {
    switch (body) {
      case "part":
        return this.#part(id, task).subarray(from);
      case "spool":
        return this.#spool(request.fileIndex).blob();
      case "text":
        return text ?? "";
      case "none":
        return null;
    }
  }

  #part(id: number, task: Task): Uint8Array {
    task.part ??= this.#takePart(id);
    return task.part as Uint8Array;
  }

  #spool(file: number): Spool {
    let sink = this.#sinks.get(file);
    if (!(sink instanceof Spool)) {
      sink = new Spool();
      this.#sinks.set(file, sink);
    }
    return sink as Spool;
  }

  /** The request is through: its body is not needed again. */
  #settle(action: SendAction): void {
    this.#tasks.delete(action.task);
    if (action.body === "spool") this.#sinks.delete(action.request.fileIndex);
  }

  async #operate(
    { operation, task: id, file, fileName, contentType }: SinkAction,
    task: Task,
    reason: unknown,
  ) {
    if (operation === "open") {
      const sink = await openSink(this.#outlet, { name: fileName, index: file, contentType });
      if (this.#has(id, task)) this.#sinks.set(file, sink);
      else await sink.abort(reason);
      return;
    }
    const sink = this.#sinks.get(file) ?? this.#spool(file);
    if (operation === "write") return sink.write(this.#part(id, task));
    await (operation === "close" ? sink.close() : sink.abort(reason));
    this.#sinks.delete(file);
  }
}
