import {
  type Destination,
  type ExportJob,
  exportTable,
  type JobRecord,
  type ResumeToken,
  type Source,
} from "../../pkg/workerd.js";
import { type Env, setting } from "../env.js";
import { Refusal } from "../http.js";
import type { Assignment, Failure, News, Outcome, Shard, Types, Work } from "../records/job.js";
import { storeOf } from "../stores/store.js";
import { find } from "../tables/catalogue.js";
import { linesOf } from "../tables/lines.js";
import { type Opened, open } from "../tables/open.js";
import { beat } from "./beat.js";
import { withDigests } from "./digest.js";
import { newsOfLoad } from "./load.js";
import { folderOf, nameOf } from "./names.js";
import { type Turn, takeTurn } from "./turn.js";

/**
 * Tells of a job, once there is one; after how many milliseconds it is to do so again, at the soonest, or null where it is
 * not to go on.
 */
type Tell = (news: News | null, resume: ResumeToken | null) => Promise<number | null>;

/** Exports a shard of a table as one file, or a whole table as the config says. */
export async function exportShard(env: Env, assignment: Assignment, tell: Tell): Promise<Outcome> {
  const { work, shard } = assignment;
  const folder = shard?.fileName === undefined ? "" : folderOf(work);
  const store = storeOf(env, work.place, assignment.job);
  let [turn, job, resume]: [Turn?, ExportJob?, (ResumeToken | null)?] = [];
  let due = Date.now() + assignment.beat;
  const stop = beat(async () => {
    if (job) turn?.tell(job.progress);
    if (Date.now() < due) return;
    const next = await tell(job ? newsOf(job.record, folder) : null, resume ?? null);
    if (next === null) job?.cancel();
    else due = Date.now() + next;
  });
  try {
    const before = await store.loaded?.();
    if (before) return { news: newsOfLoad(before, nameOf(work)) };
    // A server that does not answer keeps nobody else waiting.
    const opened = await open(env, find(setting(env.TABLES), work.table).table, work.filters);
    turn = await takeTurn();
    job = start(assignment, opened, store.destination(folder));
    for await (const status of job) resume = status.resume;
    turn.end();
    // What another attempt gave the store meanwhile is what this one would have.
    const loaded = await store.loaded?.();
    if (loaded) return { news: newsOfLoad(loaded, nameOf(work)) };
    if (store.loaded && !job.record.error)
      throw new Refusal("store/invalid-answer", "the store began nothing with the file");
    return await outcome(env, work, job, folder);
  } finally {
    stop();
    turn?.end();
  }
}

function start(
  { work, shard, schema, resume }: Assignment,
  opened: Opened,
  destination: Destination,
): ExportJob {
  const source = sourceOf(opened, shard);
  return exportTable({ ...configOf(work, shard, schema), ...(resume && { resume }), source, destination });
}

function sourceOf(opened: Opened, shard: Shard | null): Source {
  if (opened.kind === "rows") return opened.rows;
  return shard?.bytes ? linesOf(opened.file, shard.bytes) : opened.file;
}

function configOf(work: Work, shard: Shard | null, schema: Types | null): Work["config"] {
  const { fileName, rows } = shard ?? {};
  // The plan found no folder: what is there now is of an attempt before.
  const config = work.isFolder ? ({ ...work.config, exportMode: "Overwrite" } as const) : work.config;
  if (fileName === undefined) return { fileName: nameOf(work), ...config };
  return {
    ...config,
    mode: "single_file",
    fileName,
    ...(rows && { rows }),
    ...(schema && { schema: only(schema, work.config.selectors) }),
  };
}

/** The types of the columns that are exported: of others there may be none. */
function only(schema: Types, selectors?: readonly string[]) {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => selectors?.includes(name) ?? true));
}

async function outcome(env: Env, work: Work, job: ExportJob, folder: string): Promise<Outcome> {
  const { record } = job;
  const news = newsOf(record, folder);
  if (record.error) return { error: await failureOf(job, record.error), news };
  if (work.place.kind !== "results") return { news };
  return { news: { ...news, files: await withDigests(env.RESULTS, work.place.prefix, news.files) } };
}

/** Why a job failed: of a request that is made here, what was answered to it. */
function failureOf(job: ExportJob, { code, message }: Failure): Promise<Failure> {
  const told = { code, message };
  return job.finished.then(
    () => told,
    ({ cause }) => (cause instanceof Refusal ? { code: cause.code, message: cause.message } : told),
  );
}

function newsOf({ resource, progress, files }: JobRecord, folder: string): News {
  return {
    progress,
    percent: resource.percentCompleted,
    // The same for each shard, and no API tells it: of ten thousand files it would be most of what is kept and sent.
    files: files.map((file) => ({ ...file, name: folder + file.name, schema: [] })),
  };
}
