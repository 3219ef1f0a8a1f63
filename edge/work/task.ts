import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import type { Env } from "../env.js";
import type { Start } from "../records/dispatcher.js";
import type { Outcome } from "../records/job.js";
import { recordsOf } from "../records/stub.js";
import { perform } from "./perform.js";

/** Which attempt at which task, and whose; all else is with the records. */
export interface TaskParams extends Start {
  readonly account: string;
}

/** A defect or a lost isolate, and not what the export itself fails for, which is an outcome. */
const WORK = {
  retries: { limit: 2, delay: "2 seconds", backoff: "exponential" },
  timeout: "30 minutes",
} as const;
const TELL = {
  retries: { limit: 10, delay: "2 seconds", backoff: "exponential" },
  timeout: "1 minute",
} as const;

/** A task of a job: it finds out how to share a table out, exports a shard of it, or clears files away. */
export class Task extends WorkflowEntrypoint<Env, TaskParams> {
  override async run({ payload }: WorkflowEvent<TaskParams>, step: WorkflowStep): Promise<void> {
    const outcome = await step
      .do("work", WORK, () => asJson(perform(this.env, payload)))
      .then((text) => JSON.parse(text) as Outcome | null, defect);
    if (!outcome) return;
    await step.do("tell", TELL, async () => {
      const { account, ...start } = payload;
      await recordsOf(this.env, account).ended(start, outcome);
    });
  }
}

/** What a step gives is kept as what it can be cloned to. */
async function asJson(outcome: Promise<Outcome | null>): Promise<string> {
  return JSON.stringify(await outcome);
}

function defect(): Outcome {
  return { error: { code: "internal", message: "a task of the export failed by a defect" } };
}
