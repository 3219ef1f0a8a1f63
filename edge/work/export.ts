import {
  type ExportJob,
  exportTable,
  type JobRecord,
  type ResumeToken,
  type Source,
} from "../../pkg/workerd.js";
import { type Env, setting } from "../env.js";
import type { Assignment, News, Outcome, Shard, Work } from "../records/job.js";
import { storeOf } from "../stores/store.js";
import { find } from "../tables/catalogue.js";
import { linesOf } from "../tables/lines.js";
import { type Opened, open } from "../tables/open.js";
import { withDigests } from "./digest.js";
import { folderOf, nameOf } from "./names.js";

/** Milliseconds between two times that a job tells of itself. */
const BEAT = 2_000;

/** Tells of a job; whether it is to go on. */
type Tell = (news: News, resume: ResumeToken | null) => Promise<boolean>;

/** Exports a shard of a table as one file, or a whole table as the config says. */
export async function exportShard(
  env: Env,
  { job: id, work, shard, resume }: Assignment,
  tell: Tell,
): Promise<Outcome> {
  const store = storeOf(env, work.place, id);
  const opened = await open(env, find(setting(env.TABLES), work.table).table, work.filters);
  const folder = shard?.fileName === undefined ? "" : folderOf(work);
  const job = exportTable({
    ...configOf(work, shard),
    ...(resume && { resume }),
    source: sourceOf(opened, shard),
    destination: store.destination(folder),
  });
  let token: ResumeToken | null = null;
  const stop = beat(async () => {
    if (!(await tell(newsOf(job.record, folder), token))) job.cancel();
  });
  try {
    for await (const status of job) token = status.resume;
  } finally {
    stop();
  }
  if (!job.record.error) await store.settle?.();
  return outcome(env, work, job, folder);
}

function sourceOf(opened: Opened, shard: Shard | null): Source {
  if (opened.kind === "rows") return opened.rows;
  return shard?.bytes ? linesOf(opened.file, shard.bytes) : opened.file;
}

function configOf(work: Work, shard: Shard | null): Work["config"] {
  const { fileName, rows, schema } = shard ?? {};
  if (fileName === undefined) return { fileName: nameOf(work), ...work.config };
  return {
    ...work.config,
    mode: "single_file",
    fileName,
    ...(rows && { rows }),
    ...(schema && { schema: only(schema, work.config.selectors) }),
  };
}

/** The types of the columns that are exported: of others there may be none. */
function only(schema: NonNullable<Shard["schema"]>, selectors?: readonly string[]) {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => selectors?.includes(name) ?? true));
}

async function outcome(env: Env, work: Work, job: ExportJob, folder: string): Promise<Outcome> {
  const { record } = job;
  const news = newsOf(record, folder);
  if (record.error) return { error: record.error, news };
  if (work.place.kind !== "results") return { news };
  return { news: { ...news, files: await withDigests(env.RESULTS, work.place.prefix, news.files) } };
}

function newsOf({ resource, progress, files }: JobRecord, folder: string): News {
  return {
    progress,
    percent: resource.percentCompleted,
    files: files.map((file) => ({ ...file, name: folder + file.name })),
  };
}

/** Does something again and again, and never twice at once; it is not to fail. */
function beat(work: () => Promise<void>): () => void {
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    work()
      // Records that cannot be reached now are told the next time.
      .catch(() => {})
      .finally(() => {
        isBusy = false;
      });
  }, BEAT);
  return () => clearInterval(timer);
}
