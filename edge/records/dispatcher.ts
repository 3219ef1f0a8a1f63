import type { Api, ResumeToken } from "../../pkg/workerd.js";
import type { Limits, Queues } from "../env.js";
import type { Board } from "./board.js";
import type { Assignment, Failure, KeptJob, NewJob, News, Outcome, Work } from "./job.js";
import type { JobRow, TaskRow } from "./schema.js";

/** Attempts at a task that may be lost; with the last the job fails. */
const MOST_LOST = 5;
/** Tasks that are started in a second: as many Workflows of a name as Cloudflare creates. */
const PACE = 100;
/** Milliseconds for each task that runs, between two times that one tells of itself. */
const BEAT = 10;
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
  /** What was started in which second. Should it be forgotten, some are refused, and put back. */
  #started = { second: 0, count: 0 };

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

  /** A job, once it has ended with its files, or with that one of them. */
  get(api: Api, id: string, part?: number): KeptJob | null {
    const job = this.#of(api, id);
    return job ? this.#board.view(job, part) : null;
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
      schema: job.schema === null ? null : JSON.parse(job.schema),
      resume: task.resume === null ? null : JSON.parse(task.resume),
      stored: name === "clear" || name === "sweep" ? this.#board.stored(id) : [],
      beat: this.#beat(),
    };
  }

  /**
   * After how many milliseconds the attempt is to tell of itself again, at the soonest; null where it is not to go on. There
   * is no news before it has its turn.
   */
  heard(
    { job: id, task: name, attempt }: Start,
    news: News | null,
    resume: ResumeToken | null,
    now: number,
  ): number | null {
    const [job, task] = [this.#board.job(id), this.#running(id, name, attempt)];
    if (!job || !task) return null;
    // Another attempt begins anew; what is told of it does not go back.
    const percent = task.news === null ? 0 : (JSON.parse(task.news) as News).percent;
    this.#board.hear(task, news && news.percent >= percent ? news : null, resume, now);
    return isBroken(job) ? null : this.#beat();
  }

  /** Seldomer where many tell of themselves, and often enough that none is thought lost. */
  #beat(): number {
    return Math.min(this.#board.running() * BEAT, this.#limits.silence / 4);
  }

  ended({ job: id, task: name, attempt }: Start, outcome: Outcome, now: number): void {
    const task = this.#running(id, name, attempt);
    if (!task) return;
    this.#board.hear(task, "news" in outcome ? (outcome.news ?? null) : null, null, now);
    this.#board.finish(task);
    if ("error" in outcome) this.#fail(id, outcome.error, now);
    if ("left" in outcome) this.#tellLeft(id, outcome.left, now);
    if ("shards" in outcome && !isBroken(this.#board.job(id) as JobRow)) this.#board.share(id, outcome);
    this.#settle(id, now);
  }

  // What is to be done.

  /** The tasks to start now, of the most urgent jobs. One that does not start is not heard of, and tried again. */
  due(now: number): Start[] {
    const second = Math.floor(now / 1000);
    if (this.#started.second !== second) this.#started = { second, count: 0 };
    const starts: Start[] = [];
    for (let room = this.#room(); room > 0 && this.#started.count < PACE; room--) {
      const task = this.#board.next(this.#queues);
      if (!task) break;
      this.#board.begin(task, now);
      starts.push({ job: task.job, task: task.name, attempt: task.attempt + 1 });
      this.#started.count++;
    }
    return starts;
  }

  /** These could not be started: they wait again. */
  putBack(starts: readonly Start[]): void {
    for (const { job, task: name, attempt } of starts) {
      const task = this.#running(job, name, attempt);
      if (task) this.#board.putBack(task);
    }
  }

  #room(): number {
    return this.#limits.tasks - this.#board.running();
  }

  /** When to look what is due, or after the tasks that run; null where there is nothing to look for. */
  nextLook(now: number): number | null {
    if (this.#room() > 0 && this.#board.next(this.#queues)) return (Math.floor(now / 1000) + 1) * 1000;
    return this.#board.running() > 0 ? now + this.#limits.silence / 2 : null;
  }

  /** Takes the tasks that were not heard of for lost. */
  look(now: number): void {
    for (const task of this.#board.silent(now - this.#limits.silence)) {
      const lost = task.lost + 1;
      if (lost < MOST_LOST) this.#board.putBack({ ...task, lost });
      else this.#board.finish(task);
      if (lost >= MOST_LOST) this.#fail(task.job, LOST, now);
      this.#settle(task.job, now);
    }
    this.#board.forget(now - KEPT);
  }

  /**
   * Ends a job that has nothing more to do. Of one that failed, what was stored is cleared away first; of one that
   * replaces a folder, what else is in it.
   */
  #settle(id: string, now: number): void {
    if (isBroken(this.#board.job(id) as JobRow)) this.#board.dropShards(id);
    const job = this.#board.job(id) as JobRow;
    if (isEnded(job) || job.waiting + job.running > 0) return;
    const last = isBroken(job) ? this.#board.stored(id).length > 0 && "clear" : isReplacing(job) && "sweep";
    if (last && !this.#board.task(id, last)) return this.#board.addTask(id, last, Number.MAX_SAFE_INTEGER);
    const wasCancelled = job.cancelling !== 0;
    if (wasCancelled && job.error === null) this.#fail(id, CANCELLED, now);
    this.#board.end(id, !isBroken(job) ? "completed" : wasCancelled ? "cancelled" : "failed", now);
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
