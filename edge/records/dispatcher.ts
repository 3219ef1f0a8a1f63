import type { Api, ResumeToken } from "../../pkg/workerd.js";
import type { Limits, Queues } from "../env.js";
import type { Board } from "./board.js";
import type { Assignment, Failure, KeptJob, NewJob, News, Outcome, Work } from "./job.js";
import type { JobRow, TaskRow } from "./schema.js";

/** Tries of a task, after which the job fails. */
const MAX_ATTEMPTS = 5;
/** Milliseconds for which a job is kept after its end. */
const KEPT = 30 * 86_400_000;
/** Files that the message of a failure names. */
const MOST_NAMED = 10;

const CANCELLED: Failure = { code: "cancelled", message: "the export was cancelled" };
const LOST: Failure = { code: "internal", message: "a task of the export was lost again and again" };

/** The job, or why none is taken. */
export type Taken = { readonly job: KeptJob } | { readonly refused: "busy" | "queue" };

/** An attempt at a task, to be started. */
export interface Start {
  readonly job: string;
  readonly task: string;
  readonly attempt: number;
}

/**
 * Decides what becomes of jobs: which tasks run, what their news make of the job, and which are tried again. It starts
 * nothing itself, and the time is an argument.
 */
export class Dispatcher {
  readonly #board: Board;
  readonly #queues: Queues;
  readonly #limits: Limits;
  readonly #atEnd: (job: string) => void;

  constructor(board: Board, settings: { queues: Queues; limits: Limits }, atEnd: (job: string) => void) {
    this.#board = board;
    this.#queues = settings.queues;
    this.#limits = settings.limits;
    this.#atEnd = atEnd;
  }

  // What the APIs ask.

  /** Takes a job, unless there is one of its `requestId`. */
  create(asked: NewJob, now: number): Taken {
    const known =
      asked.requestId === undefined ? undefined : this.#board.ofRequest(asked.api, asked.requestId);
    if (known) return { job: this.#board.view(known) };
    if (!Object.hasOwn(this.#queues, asked.queue)) return { refused: "queue" };
    if (this.#board.waiting() >= this.#limits.waiting) return { refused: "busy" };
    this.#board.add(asked, now);
    this.#board.addTask(asked.id, "plan", 0);
    return { job: this.#board.view(this.#board.job(asked.id) as JobRow) };
  }

  get(api: Api, id: string): KeptJob | null {
    const job = this.#of(api, id);
    return job ? this.#board.view(job) : null;
  }

  /** The jobs of an API, the latest first. */
  list(api: Api, offset: number, limit: number): KeptJob[] {
    return this.#board.page(api, offset, limit).map((job) => this.#board.view(job));
  }

  /** A job ends once its tasks have; one that has ended stays as it is. */
  cancel(api: Api, id: string, now: number): void {
    const job = this.#of(api, id);
    if (!job || isEnded(job)) return;
    this.#board.set(id, { cancelling: true }, now);
    this.#settle(id, now);
  }

  /** Forgets a job that has ended. */
  remove(api: Api, id: string): "removed" | "running" | "unknown" {
    const job = this.#of(api, id);
    if (!job) return "unknown";
    if (!isEnded(job)) return "running";
    this.#board.remove(id);
    return "removed";
  }

  isOpen(api: Api, id: string): boolean {
    const job = this.#of(api, id);
    return job !== undefined && !isEnded(job);
  }

  // What the tasks tell.

  /** What an attempt at a task is to do; null where another has taken its place, or nothing is to be done any more. */
  begin({ job: id, task: name, attempt }: Start, now: number): Assignment | null {
    const [job, task] = [this.#board.job(id), this.#running(id, name, attempt)];
    if (!job || !task) return null;
    this.#board.hear(task, null, null, now);
    return {
      job: id,
      work: JSON.parse(job.work),
      shard: task.shard === null ? null : JSON.parse(task.shard),
      resume: task.resume === null ? null : JSON.parse(task.resume),
      stored: name === "clear" || name === "sweep" ? this.#stored(job) : [],
    };
  }

  /** Whether the attempt is to go on. There is no news before it has its turn. */
  heard(
    { job: id, task: name, attempt }: Start,
    news: News | null,
    resume: ResumeToken | null,
    now: number,
  ): boolean {
    const [job, task] = [this.#board.job(id), this.#running(id, name, attempt)];
    if (!job || !task) return false;
    // Another attempt begins anew; what is told of it does not go back.
    const percent = task.news === null ? 0 : (JSON.parse(task.news) as News).percent;
    this.#board.hear(task, news && news.percent >= percent ? news : null, resume, now);
    return !isBroken(job);
  }

  ended({ job: id, task: name, attempt }: Start, outcome: Outcome, now: number): void {
    const task = this.#running(id, name, attempt);
    if (!task) return;
    this.#board.hear(task, "news" in outcome ? (outcome.news ?? null) : null, null, now);
    this.#board.move(task, "done");
    if ("error" in outcome) this.#fail(id, outcome.error, now);
    if ("left" in outcome) this.#tellLeft(id, outcome.left, now);
    if ("shards" in outcome && !isBroken(this.#board.job(id) as JobRow)) {
      for (const [index, shard] of outcome.shards.entries())
        this.#board.addTask(id, `shard-${index}`, index + 1, shard);
    }
    this.#settle(id, now);
  }

  // What is to be done.

  /** The tasks to start now, of the most urgent jobs. One that does not start is not heard of, and tried again. */
  due(now: number): Start[] {
    const starts: Start[] = [];
    for (let room = this.#limits.tasks - this.#board.running(); room > 0; room--) {
      const task = this.#board.next(this.#queues);
      if (!task) break;
      this.#board.begin(task, now);
      starts.push({ job: task.job, task: task.name, attempt: task.attempt + 1 });
    }
    return starts;
  }

  /** When to look after the tasks that run; null where none does. */
  nextLook(now: number): number | null {
    return this.#board.running() > 0 ? now + this.#limits.silence / 2 : null;
  }

  /** Takes the tasks that were not heard of for lost. */
  look(now: number): void {
    for (const task of this.#board.silent(now - this.#limits.silence)) {
      const isLost = task.attempt >= MAX_ATTEMPTS;
      this.#board.move(task, isLost ? "done" : "waiting");
      if (isLost) this.#fail(task.job, LOST, now);
      this.#settle(task.job, now);
    }
    this.#board.forget(now - KEPT);
  }

  /**
   * Ends a job that has nothing more to do. Of one that failed, what was stored is cleared away first; of one that
   * replaces a folder, what else is in it.
   */
  #settle(id: string, now: number): void {
    const job = this.#board.job(id) as JobRow;
    if (isBroken(job)) this.#board.dropShards(id);
    if (isEnded(job) || this.#board.isAtWork(id)) return;
    const last = isBroken(job) ? this.#stored(job).length > 0 && "clear" : isReplacing(job) && "sweep";
    if (last && !this.#board.task(id, last)) return this.#board.addTask(id, last, Number.MAX_SAFE_INTEGER);
    const wasCancelled = job.cancelling !== 0;
    if (wasCancelled && job.error === null) this.#fail(id, CANCELLED, now);
    this.#board.set(
      id,
      { status: !isBroken(job) ? "completed" : wasCancelled ? "cancelled" : "failed" },
      now,
    );
    this.#atEnd(id);
  }

  /** The first failure is the job's. */
  #fail(id: string, error: Failure, now: number): void {
    if (this.#board.job(id)?.error === null) this.#board.set(id, { error }, now);
  }

  /** The failure of a job says which files it left. */
  #tellLeft(id: string, names: readonly string[], now: number): void {
    if (names.length === 0) return;
    const { error } = this.#board.job(id) as JobRow;
    const failure: Failure = error ? JSON.parse(error) : CANCELLED;
    const some = names.slice(0, MOST_NAMED).join(", ");
    const message = `${failure.message}; of its files ${names.length} are left: ${some}`;
    this.#board.set(id, { error: { ...failure, message } }, now);
  }

  /** Names of the files that a job has stored. */
  #stored(job: JobRow): string[] {
    return this.#board.view(job).record.files.flatMap(({ name, stored }) => (stored ? [name] : []));
  }

  #of(api: Api, id: string): JobRow | undefined {
    const job = this.#board.job(id);
    return job?.api === api ? job : undefined;
  }

  #running(id: string, name: string, attempt: number): TaskRow | undefined {
    const task = this.#board.task(id, name);
    return task?.state === "running" && task.attempt === attempt ? task : undefined;
  }
}

function isEnded({ status }: JobRow): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** Whether it is to end early. */
function isBroken({ cancelling, error }: JobRow): boolean {
  return cancelling !== 0 || error !== null;
}

/** Whether what was in the folder before is to go. */
function isReplacing({ work }: JobRow): boolean {
  const { isFolder, config }: Work = JSON.parse(work);
  return isFolder === true && config.exportMode === "Overwrite";
}
