import { ExportError } from "../../pkg/workerd.js";
import type { Env } from "../env.js";
import { Refusal } from "../http.js";
import type { Outcome } from "../records/job.js";
import { recordsOf } from "../records/stub.js";
import { beat } from "./beat.js";
import { clear, sweep } from "./clear.js";
import { exportShard } from "./export.js";
import { plan } from "./plan.js";
import type { TaskParams } from "./task.js";

/** Does a task; null where there is nothing to be done any more. */
export async function perform(env: Env, params: TaskParams): Promise<Outcome | null> {
  const { account, ...start } = params;
  const records = recordsOf(env, account);
  const assignment = await records.begin(start);
  if (!assignment) return null;
  /** A task that has nothing to tell is not thought lost either. */
  const telling = <T>(work: Promise<T>): Promise<T> =>
    work.finally(beat(async () => void (await records.heard(start, null, null))));
  try {
    switch (start.task) {
      case "plan":
        return await telling(plan(env, assignment));
      case "clear":
        return await telling(clear(env, assignment));
      case "sweep":
        return await telling(sweep(env, assignment));
      default:
        return await exportShard(env, assignment, (news, resume) => records.heard(start, news, resume));
    }
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof ExportError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}
