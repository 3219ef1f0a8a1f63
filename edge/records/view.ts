import type { JobStatus } from "../../pkg/workerd.js";
import type { KeptFile, KeptJob } from "./job.js";
import type { JobRow } from "./schema.js";

/** A job, with some of its files. */
export function view(job: JobRow, files: readonly KeptFile[]): KeptJob {
  const error = job.error === null ? null : JSON.parse(job.error);
  const isCompleted = job.status === "completed";
  const percent = job.percent / Math.max(1, job.shards);
  const resource = {
    kind: "export",
    uri: `/exports/${job.id}`,
    id: job.id,
    createdAt: job.created_at,
    status: job.status as JobStatus,
    errorMessage: error?.message ?? null,
    percentCompleted: isCompleted ? 100 : Math.min(percent, 99.9),
    format: job.format,
    size: isCompleted ? job.size : null,
    fileCount: isCompleted ? job.files : null,
    table: JSON.parse(job.described),
  } as const;
  const progress = {
    rows: job.rows,
    bytesEncoded: job.bytes_encoded,
    bytesAcknowledged: job.bytes_acknowledged,
    retries: job.retries,
  };
  const record = {
    resource,
    progress,
    files,
    error,
    updatedAt: job.updated_at,
    cancelling: job.cancelling !== 0,
  };
  return { record, terms: JSON.parse(job.terms), work: JSON.parse(job.work) };
}
