import type { Api } from "../../pkg/workerd.js";
import type { Queues } from "../env.js";
import type { Failure, KeptJob, NewJob, News } from "./job.js";
import { type JobRow, SCHEMA, type TaskRow } from "./schema.js";
import { view } from "./view.js";

const ENDED = "('completed', 'failed', 'cancelled')";

/** Jobs and their tasks, as rows. Nothing is decided here; the time is an argument. */
export class Board {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  // Jobs.

  add(asked: NewJob, now: number): void {
    this.#sql.exec(
      `INSERT INTO jobs
         (id, api, request_id, queue, priority, created_at, updated_at, status, format, described, work, terms)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?)`,
      asked.id,
      asked.api,
      asked.requestId ?? null,
      asked.queue,
      asked.priority,
      now,
      now,
      asked.work.config.format,
      JSON.stringify(asked.described),
      JSON.stringify(asked.work),
      JSON.stringify(asked.terms),
    );
  }

  job(id: string): JobRow | undefined {
    return this.#rows<JobRow>("SELECT * FROM jobs WHERE id = ?", id)[0];
  }

  ofRequest(api: Api, requestId: string): JobRow | undefined {
    return this.#rows<JobRow>("SELECT * FROM jobs WHERE api = ? AND request_id = ?", api, requestId)[0];
  }

  /** The latest first. */
  page(api: Api, offset: number, limit: number): JobRow[] {
    const query = "SELECT * FROM jobs WHERE api = ? ORDER BY created_at DESC, id LIMIT ? OFFSET ?";
    return this.#rows<JobRow>(query, api, limit, offset);
  }

  waiting(): number {
    return this.#count("jobs WHERE status = 'queued'");
  }

  view(job: JobRow): KeptJob {
    return view(job, this.tasks(job.id));
  }

  set(id: string, change: { status?: string; cancelling?: boolean; error?: Failure }, now: number): void {
    this.#sql.exec(
      `UPDATE jobs SET status = coalesce(?, status), cancelling = coalesce(?, cancelling), error = coalesce(?, error),
         updated_at = ? WHERE id = ?`,
      change.status ?? null,
      change.cancelling === undefined ? null : Number(change.cancelling),
      change.error ? JSON.stringify(change.error) : null,
      now,
      id,
    );
  }

  remove(id: string): void {
    this.#sql.exec("DELETE FROM tasks WHERE job = ?", id);
    this.#sql.exec("DELETE FROM jobs WHERE id = ?", id);
  }

  /** Forgets the jobs that ended before a time. */
  forget(before: number): void {
    const old = `(SELECT id FROM jobs WHERE status IN ${ENDED} AND updated_at < ?)`;
    this.#sql.exec(`DELETE FROM tasks WHERE job IN ${old}`, before);
    this.#sql.exec(`DELETE FROM jobs WHERE id IN ${old}`, before);
  }

  // Tasks.

  addTask(job: string, name: string, ordinal: number, shard: object | null = null): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO tasks (job, name, ordinal, shard, state) VALUES (?, ?, ?, ?, 'waiting')",
      job,
      name,
      ordinal,
      shard && JSON.stringify(shard),
    );
  }

  tasks(job: string): TaskRow[] {
    return this.#rows<TaskRow>("SELECT * FROM tasks WHERE job = ? ORDER BY ordinal", job);
  }

  task(job: string, name: string): TaskRow | undefined {
    return this.#rows<TaskRow>("SELECT * FROM tasks WHERE job = ? AND name = ?", job, name)[0];
  }

  /** Whether a job has tasks that are not done. */
  isAtWork(job: string): boolean {
    const query = "SELECT 1 AS one FROM tasks WHERE job = ? AND state IN ('waiting', 'running') LIMIT 1";
    return this.#rows<{ one: number }>(query, job).length > 0;
  }

  running(): number {
    return this.#count("tasks WHERE state = 'running'");
  }

  /** Tasks that run, and were not heard of since a time. */
  silent(since: number): TaskRow[] {
    return this.#rows<TaskRow>("SELECT * FROM tasks WHERE state = 'running' AND seen_at <= ?", since);
  }

  begin({ job, name, attempt }: TaskRow, now: number): void {
    this.#sql.exec(
      "UPDATE tasks SET state = 'running', attempt = ?, seen_at = ? WHERE job = ? AND name = ?",
      attempt + 1,
      now,
      job,
      name,
    );
    this.set(job, { status: "running" }, now);
  }

  hear({ job, name }: TaskRow, news: News | null, resume: object | null, now: number): void {
    this.#sql.exec(
      "UPDATE tasks SET seen_at = ?, news = coalesce(?, news), resume = coalesce(?, resume) WHERE job = ? AND name = ?",
      now,
      news && JSON.stringify(news),
      resume && JSON.stringify(resume),
      job,
      name,
    );
    this.set(job, {}, now);
  }

  /** A task waits for another attempt, or is done. */
  move({ job, name }: TaskRow, state: "waiting" | "done"): void {
    const resume = state === "done" ? "NULL" : "resume";
    this.#sql.exec(
      `UPDATE tasks SET state = ?, resume = ${resume} WHERE job = ? AND name = ?`,
      state,
      job,
      name,
    );
  }

  /** What waits of a job is not started any more, but what clears it away. */
  dropShards(job: string): void {
    const query = "UPDATE tasks SET state = 'done' WHERE job = ? AND state = 'waiting' AND name <> 'clear'";
    this.#sql.exec(query, job);
  }

  /** The task to start next: of a job that runs, or that its queue has room for, the most urgent first. */
  next(queues: Queues): TaskRow | undefined {
    for (const [queue, { jobs }] of Object.entries(queues)) {
      const isFull = this.#count("jobs WHERE status = 'running' AND queue = ?", queue) >= jobs;
      const [task] = this.#rows<TaskRow>(
        `SELECT tasks.* FROM jobs, tasks
         WHERE jobs.status IN ('running', ?) AND jobs.queue = ?
           AND tasks.job = jobs.id AND tasks.state = 'waiting'
           AND tasks.ordinal = (SELECT min(ordinal) FROM tasks WHERE job = jobs.id AND state = 'waiting')
         ORDER BY jobs.priority DESC, jobs.created_at LIMIT 1`,
        isFull ? "running" : "queued",
        queue,
      );
      if (task) return task;
    }
    return undefined;
  }

  #rows<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: (string | number)[]): Row[] {
    return this.#sql.exec<Row>(query, ...bindings).toArray();
  }

  #count(of: string, ...bindings: string[]): number {
    return this.#sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${of}`, ...bindings).one().count;
  }
}
