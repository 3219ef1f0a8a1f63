/** What a Durable Object of records keeps. JSON is text; times are milliseconds since 1970-01-01. */
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
  error TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS jobs_by_request ON jobs (api, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_by_time ON jobs (api, created_at);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, queue, priority, created_at);
CREATE TABLE IF NOT EXISTS tasks (
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  shard TEXT,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  seen_at INTEGER NOT NULL DEFAULT 0,
  news TEXT,
  resume TEXT,
  PRIMARY KEY (job, name)
);
CREATE INDEX IF NOT EXISTS tasks_by_state ON tasks (state, seen_at);
CREATE INDEX IF NOT EXISTS tasks_by_job ON tasks (job, state, ordinal);
`;

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
  error: string | null;
};

export type TaskRow = {
  job: string;
  name: string;
  ordinal: number;
  shard: string | null;
  state: "waiting" | "running" | "done";
  attempt: number;
  seen_at: number;
  news: string | null;
  resume: string | null;
};
