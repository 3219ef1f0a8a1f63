import type { Env } from "../env.js";
import type { Records } from "./records.js";

type Asked = Omit<Records, keyof DurableObject | "ctx" | "env" | "alarm">;

/** The records as they are from outside. All that goes to and fro is JSON. */
export type RecordsStub = {
  [Name in keyof Asked]: Asked[Name] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Promise<Awaited<Answer>>
    : never;
};

/** The records of an account. Types of RPC know nothing of JSON whose shape is not known. */
export function recordsOf(env: Env, account: string): RecordsStub {
  return env.RECORDS.getByName(account) as unknown as RecordsStub;
}
