import type { Env } from "../env.js";
import type { Assignment, Outcome } from "../records/job.js";
import { storeOf } from "../stores/store.js";
import { folderOf } from "./names.js";

/** Deletes the files of a job that failed. */
export async function clear(env: Env, { job, work, stored }: Assignment): Promise<Outcome> {
  const { remove } = storeOf(env, work.place, job);
  return { left: remove ? await remove(stored) : stored };
}

/** Deletes what was in the folder before, now that all of the job's files are there. */
export async function sweep(env: Env, { job, work, stored }: Assignment): Promise<Outcome> {
  const { list, remove } = storeOf(env, work.place, job);
  const ours = new Set(stored);
  if (!list || !remove) return { left: [] };
  for await (const names of list(folderOf(work))) {
    const left = await remove(names.filter((name) => !ours.has(name)));
    if (left.length > 0) throw new Error("what was in the folder could not be deleted");
  }
  return { left: [] };
}
