/**
 * What a Durable Object of records keeps. JSON is text; times are milliseconds since 1970-01-01. A job's counts of its
 * tasks are kept by triggers, so that nothing has to read ten thousand tasks to know of them. Of a task that is told of
 * again and again, no index is written.
 */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS jobs (
  id TEXT PRIMARY KEY,
  api TEXT NOT NULL,
  request_id TEXT,
  queue TEXT NOT NULL,
  priority INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  cancelling INTEGER NOT NULL DEFAULT 0,
  format TEXT NOT NULL,
  described TEXT NOT NULL,
  work TEXT NOT NULL,
  terms TEXT NOT NULL,
  schema TEXT,
  error TEXT,
  shards INTEGER NOT NULL DEFAULT 0,
  waiting INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0,
  percent REAL NOT NULL DEFAULT 0,
  rows INTEGER NOT NULL DEFAULT 0,
  bytes_encoded INTEGER NOT NULL DEFAULT 0,
  bytes_acknowledged INTEGER NOT NULL DEFAULT 0,
  retries INTEGER NOT NULL DEFAULT 0,
  files INTEGER,
  size INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS jobs_by_request ON jobs (api, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_by_time ON jobs (api, created_at);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, queue, priority DESC, created_at);
CREATE TABLE IF NOT EXISTS tasks (
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  shard TEXT,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  lost INTEGER NOT NULL DEFAULT 0,
  seen_at INTEGER NOT NULL DEFAULT 0,
  news TEXT,
  resume TEXT,
  PRIMARY KEY (job, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tasks_waiting ON tasks (job, ordinal) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS tasks_running ON tasks (state) WHERE state = 'running';
CREATE TRIGGER IF NOT EXISTS task_added AFTER INSERT ON tasks BEGIN
  UPDATE jobs SET waiting = waiting + 1, shards = shards + (new.name LIKE 'shard-%') WHERE id = new.job;
END;
CREATE TRIGGER IF NOT EXISTS task_moved AFTER UPDATE OF state ON tasks BEGIN
  UPDATE jobs SET
    waiting = waiting + (new.state = 'waiting') - (old.state = 'waiting'),
    running = running + (new.state = 'running') - (old.state = 'running')
  WHERE id = new.job;
END;
CREATE TRIGGER IF NOT EXISTS task_told AFTER UPDATE OF news ON tasks WHEN new.news IS NOT NULL BEGIN
  UPDATE jobs SET
    updated_at = new.seen_at,
    ${added("percent", "percent")},
    ${added("rows", "progress.rows")},
    ${added("bytes_encoded", "progress.bytesEncoded")},
    ${added("bytes_acknowledged", "progress.bytesAcknowledged")},
    ${added("retries", "progress.retries")}
  WHERE id = new.job;
END;
`;

/** What a task's news have more than those before adds to the job's. */
function added(column: string, path: string): string {
  const of = (row: string) => `coalesce(${row}.news ->> '$.${path}', 0)`;
  return `${column} = ${column} + (${of("new")} - ${of("old")})`;
}

export type JobRow = {
  id: string;
  api: string;
  request_id: string | null;
  queue: string;
  priority: number;
  created_at: number;
  updated_at: number;
  status: string;
  cancelling: number;
  format: string;
  described: string;
  work: string;
  terms: string;
  /** What the columns are, where a shard alone may not tell. */
  schema: string | null;
  error: string | null;
  shards: number;
  waiting: number;
  running: number;
  /** The sum of the shards' own. */
  percent: number;
  rows: number;
  bytes_encoded: number;
  bytes_acknowledged: number;
  retries: number;
  /** How many files, and how large they are, of a job that has ended. */
  files: number | null;
  size: number | null;
};

export type TaskRow = {
  job: string;
  name: string;
  ordinal: number;
  shard: string | null;
  state: "waiting" | "running" | "done";
  attempt: number;
  /** Attempts that were not heard of again. */
  lost: number;
  seen_at: number;
  news: string | null;
  resume: string | null;
};
