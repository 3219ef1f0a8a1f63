import { type Env, setting } from "../env.js";
import { Refusal } from "../http.js";
import type { Assignment, Shard, Work } from "../records/job.js";
import { type Store, storeOf } from "../stores/store.js";
import { find } from "../tables/catalogue.js";
import { open } from "../tables/open.js";
import { folderOf } from "./names.js";
import { isParquet, parquetShards } from "./parquet-shards.js";
import { kindOfText, textShards } from "./text-shards.js";

/** Shares a table out: which shard is which part of it. Nothing is written yet. */
export async function plan(env: Env, { job, work }: Assignment): Promise<readonly Shard[]> {
  await checkFolder(work, storeOf(env, work.place, job));
  const shards = await shardsOf(env, work);
  if (shards.length < 2) return [{}];
  return shards.map((shard, index) => ({ fileName: String(index).padStart(6, "0"), ...shard }));
}

/** Where a folder that is there is an error, that is found before anything is written. */
async function checkFolder(work: Work, { list }: Store): Promise<void> {
  if (!work.isFolder || work.config.exportMode !== "ErrorIfExists") return;
  if (!list) return;
  for await (const names of list(folderOf(work)))
    if (names.length > 0) throw new Refusal("store/exists", "the folder exists already");
}

async function shardsOf(env: Env, work: Work): Promise<readonly Shard[]> {
  if (!work.shared) return [];
  const opened = await open(env, find(setting(env.TABLES), work.table).table);
  if (opened.kind !== "file") return [];
  const { shardBytes } = setting(env.LIMITS);
  if (await isParquet(opened.file)) return parquetShards(opened.file, shardBytes, work.config.rows?.end);
  const kind = kindOfText(opened.file);
  return kind && !work.config.rows ? textShards(opened.file, kind, shardBytes) : [];
}
