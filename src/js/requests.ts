import type { Job } from "./job.js";

/** Ended jobs that are still found by their ids. */
const MOST_ENDED = 1000;

/** The jobs of this runtime by their `requestId`; of those that ended, the latest. */
const jobs = new Map<string, Job>();

/** The job of this id, or the one that `start` makes. One that was refused for its config did not start. */
export function once(requestId: unknown, start: () => Job): Job {
  if (typeof requestId !== "string" || requestId === "") return start();
  const known = jobs.get(requestId);
  if (known) return known;
  const job = start();
  jobs.set(requestId, job);
  const ended = (error?: { code: string }) => {
    // Again, behind those that ended before.
    jobs.delete(requestId);
    if (!error?.code.startsWith("config/")) jobs.set(requestId, job);
    prune();
  };
  job.finished.then(() => ended(), ended);
  return job;
}

/** Lets go of the jobs that ended first. */
function prune(): void {
  const ended = [...jobs].filter(([, job]) => job.isOver);
  for (const [id] of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) jobs.delete(id);
}
