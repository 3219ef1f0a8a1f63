import type { ExportProgress, JobStatus } from "../../pkg/workerd.js";
import type { KeptJob, News } from "./job.js";
import type { JobRow, TaskRow } from "./schema.js";

/** A job, put together of what its tasks told. */
export function view(job: JobRow, tasks: readonly TaskRow[]): KeptJob {
  const news = tasks.flatMap(({ news }) => (news === null ? [] : [JSON.parse(news) as News]));
  const files = news.flatMap(({ files }) => files);
  const error = job.error === null ? null : JSON.parse(job.error);
  const isCompleted = job.status === "completed";
  const shards = tasks.filter(({ name }) => name.startsWith("shard")).length;
  const percent = news.reduce((sum, { percent }) => sum + percent, 0) / Math.max(1, shards);
  const resource = {
    kind: "export",
    uri: `/exports/${job.id}`,
    id: job.id,
    createdAt: job.created_at,
    status: job.status as JobStatus,
    errorMessage: error?.message ?? null,
    percentCompleted: isCompleted ? 100 : Math.min(percent, 99.9),
    format: job.format,
    size: isCompleted ? files.reduce((sum, { size }) => sum + (size ?? 0), 0) : null,
    fileCount: isCompleted ? files.length : null,
    table: JSON.parse(job.described),
  } as const;
  const record = {
    resource,
    progress: total(news),
    files,
    error,
    updatedAt: job.updated_at,
    cancelling: job.cancelling !== 0,
  };
  return { record, terms: JSON.parse(job.terms), work: JSON.parse(job.work) };
}

function total(news: readonly News[]): ExportProgress {
  const sum = (key: keyof ExportProgress) => news.reduce((sum, { progress }) => sum + progress[key], 0);
  return {
    rows: sum("rows"),
    bytesEncoded: sum("bytesEncoded"),
    bytesAcknowledged: sum("bytesAcknowledged"),
    retries: sum("retries"),
  };
}
