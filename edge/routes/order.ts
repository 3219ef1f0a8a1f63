import {
  type Api,
  ApiError,
  type ApiRequest,
  fromRequest,
  type RequestOptions,
  recordAs,
  type TellOptions,
} from "../../pkg/workerd.js";
import type { Account } from "../accounts.js";
import type { Env } from "../env.js";
import { json, Refusal } from "../http.js";
import type { KeptJob, NewJob } from "../records/job.js";
import { recordsOf } from "../records/stub.js";

/** Why a request's body is refused, with the answer. */
export class RefusedBody extends Error {
  constructor(readonly answer: Response) {
    super("the body is refused");
  }
}

/** What the body of a request asks for. */
export async function read(api: Api, body: unknown, options?: RequestOptions): Promise<ApiRequest> {
  try {
    return await fromRequest(api, body, options);
  } catch (error) {
    if (!(error instanceof ApiError && error.response)) throw error;
    throw new RefusedBody(json(error.response.body, error.response.status));
  }
}

/** Takes a job; or the one that has its `requestId`. */
export async function create(env: Env, account: Account, job: NewJob): Promise<KeptJob> {
  const taken = await recordsOf(env, account.name).create(account.name, job);
  if (!("refused" in taken)) return taken.job;
  if (taken.refused === "queue") throw new Refusal("config/invalid-value", "there is no such queue");
  throw new Refusal("api/busy", "too many jobs of this account wait");
}

/** A job, as its API says it. */
export async function tell(api: Api, job: KeptJob | null, options?: TellOptions): Promise<Response> {
  return json(await say(api, job, options));
}

export function say(api: Api, job: KeptJob | null, options?: TellOptions) {
  if (!job) throw new Refusal("api/not-found", "there is no such job");
  return recordAs(api, job.record, { ...options, terms: { ...job.terms, ...options?.terms } });
}
