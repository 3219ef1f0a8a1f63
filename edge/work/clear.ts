import type { Env } from "../env.js";
import type { Assignment, Outcome } from "../records/job.js";
import { storeOf } from "../stores/store.js";
import { folderOf } from "./names.js";

/** Deletes the files of a job that failed. */
export async function clear(env: Env, { job, work, stored }: Assignment): Promise<Outcome> {
  const { remove } = storeOf(env, work.place, job);
  if (!remove) return { left: stored };
  const left: string[] = [];
  for (const name of stored) await remove(name).catch(() => left.push(name));
  return { left };
}

/** Deletes what was in the folder before, now that all of the job's files are there. */
export async function sweep(env: Env, { job, work, stored }: Assignment): Promise<Outcome> {
  const { list, remove } = storeOf(env, work.place, job);
  const ours = new Set(stored);
  for (;;) {
    const others = ((await list?.(folderOf(work))) ?? []).filter((name) => !ours.has(name));
    if (others.length === 0 || !remove) return { left: [] };
    for (const name of others) await remove(name);
  }
}
