import { type Env, setting } from "../env.js";
import { Refusal } from "../http.js";
import type { Assignment, Plan, Work } from "../records/job.js";
import { type Store, storeOf } from "../stores/store.js";
import { find } from "../tables/catalogue.js";
import { open } from "../tables/open.js";
import { folderOf } from "./names.js";
import { isParquet, parquetShards } from "./parquet-shards.js";
import { kindOfText, textShards } from "./text-shards.js";

/** Shares a table out: which shard is which part of it. Nothing is written yet. */
export async function plan(env: Env, { job, work }: Assignment): Promise<Plan> {
  await checkFolder(work, storeOf(env, work.place, job));
  const { shards, ...rest } = await shardsOf(env, work);
  if (shards.length < 2) return WHOLE;
  return {
    shards: shards.map((shard, index) => ({ fileName: String(index).padStart(6, "0"), ...shard })),
    ...rest,
  };
}

/** Bytes of a table after which a shard ends, unless there were more shards than these. */
export interface Most {
  readonly bytes: number;
  readonly shards: number;
}

/** Shards of a job, so that the plan is no larger than what a step may give: a MiB. */
const MOST_SHARDS = 10_000;

const WHOLE: Plan = { shards: [{}] };

/** Where a folder that is there is an error, that is found before anything is written. */
async function checkFolder(work: Work, { list }: Store): Promise<void> {
  if (!work.isFolder || work.config.exportMode !== "ErrorIfExists") return;
  if (!list) return;
  for await (const names of list(folderOf(work)))
    if (names.length > 0) throw new Refusal("store/exists", "the folder exists already");
}

async function shardsOf(env: Env, work: Work): Promise<Plan> {
  if (!work.shared) return WHOLE;
  const opened = await open(env, find(setting(env.TABLES), work.table).table);
  if (opened.kind !== "file") return WHOLE;
  const { shardBytes } = setting(env.LIMITS);
  const most = { bytes: shardBytes, shards: MOST_SHARDS };
  if (await isParquet(opened.file))
    return { shards: await parquetShards(opened.file, most, work.config.rows?.end) };
  const kind = kindOfText(opened.file);
  return kind && !work.config.rows ? textShards(opened.file, kind, most) : WHOLE;
}
