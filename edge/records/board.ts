import type { Api } from "../../pkg/workerd.js";
import type { Queues } from "../env.js";
import type { Failure, KeptFile, KeptJob, NewJob, News, Plan } from "./job.js";
import { type JobRow, SCHEMA, type TaskRow } from "./schema.js";
import { view } from "./view.js";

const ENDED = "('completed', 'failed', 'cancelled')";
/** The files that the tasks of a job told of, one a row. */
const FILES = "tasks, json_each(tasks.news, '$.files') AS files WHERE tasks.job = ?";

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

  /** The job with its files, once it has ended, or with that one of them. */
  view(job: JobRow, part?: number): KeptJob {
    return view(job, job.files === null ? [] : this.#files(job, part));
  }

  /** A shard of several is one file. */
  #files({ id, shards }: JobRow, part?: number): KeptFile[] {
    const [query, ...which] =
      part === undefined
        ? [`SELECT value AS file FROM ${FILES} ORDER BY ordinal, key`]
        : shards > 1
          ? [`SELECT value AS file FROM ${FILES} AND tasks.name = ?`, `shard-${part}`]
          : [`SELECT value AS file FROM ${FILES} ORDER BY ordinal, key LIMIT 1 OFFSET ?`, part];
    return this.#rows<{ file: string }>(query as string, id, ...which).map(({ file }) => JSON.parse(file));
  }

  /** Names of the files that a job has stored. */
  stored(id: string): string[] {
    const query = `SELECT value ->> 'name' AS name FROM ${FILES} AND value ->> 'stored' ORDER BY ordinal, key`;
    return this.#rows<{ name: string }>(query, id).map(({ name }) => name);
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

  end(id: string, status: "completed" | "failed" | "cancelled", now: number): void {
    const counts = `SELECT count(*), coalesce(sum(value ->> 'size'), 0) FROM ${FILES}`;
    this.#sql.exec(
      `UPDATE jobs SET status = ?, updated_at = ?, (files, size) = (${counts}) WHERE id = ?`,
      status,
      now,
      id,
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

  /** The shards that a plan found. */
  share(job: string, { shards, schema }: Plan): void {
    if (schema) this.#sql.exec("UPDATE jobs SET schema = ? WHERE id = ?", JSON.stringify(schema), job);
    for (const [at, shard] of shards.entries()) this.addTask(job, `shard-${at}`, at + 1, shard);
  }

  task(job: string, name: string): TaskRow | undefined {
    return this.#rows<TaskRow>("SELECT * FROM tasks WHERE job = ? AND name = ?", job, name)[0];
  }

  running(): number {
    const query = "SELECT coalesce(sum(running), 0) AS count FROM jobs WHERE status = 'running'";
    return this.#sql.exec<{ count: number }>(query).one().count;
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
  }

  finish({ job, name }: TaskRow): void {
    this.#sql.exec("UPDATE tasks SET state = 'done', resume = NULL WHERE job = ? AND name = ?", job, name);
  }

  /** A task waits for another attempt, since one was lost, or was never made. */
  putBack({ job, name, lost }: TaskRow): void {
    const query = "UPDATE tasks SET state = 'waiting', lost = ? WHERE job = ? AND name = ?";
    this.#sql.exec(query, lost, job, name);
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
      const [job] = [this.#urgent("running", queue), isFull ? undefined : this.#urgent("queued", queue)]
        .filter((job) => job !== undefined)
        .sort((a, b) => b.priority - a.priority || a.created_at - b.created_at);
      if (job) return this.#first(job);
    }
    return undefined;
  }

  /** The most urgent job with a task that waits. */
  #urgent(status: "running" | "queued", queue: string): JobRow | undefined {
    const query = `SELECT * FROM jobs WHERE status = ? AND queue = ? AND waiting > 0
       ORDER BY priority DESC, created_at LIMIT 1`;
    return this.#rows<JobRow>(query, status, queue)[0];
  }

  #first({ id }: JobRow): TaskRow | undefined {
    const query = "SELECT * FROM tasks WHERE job = ? AND state = 'waiting' ORDER BY ordinal LIMIT 1";
    return this.#rows<TaskRow>(query, id)[0];
  }

  #rows<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: (string | number)[]): Row[] {
    return this.#sql.exec<Row>(query, ...bindings).toArray();
  }

  #count(of: string, ...bindings: string[]): number {
    return this.#sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${of}`, ...bindings).one().count;
  }
}
