import type { ApiBody } from "../../pkg/workerd.js";
import type { Account } from "../accounts.js";
import { type Env, setting } from "../env.js";
import { Refusal } from "../http.js";

/** Where a job's files go: kept with the job, and so without credentials. */
export type Place =
  /** With the service, until they are downloaded. */
  | { readonly kind: "results"; readonly prefix: string }
  /** In a configured bucket. */
  | { readonly kind: "bucket"; readonly bucket: string; readonly prefix: string }
  | { readonly kind: "drive"; readonly folder?: string }
  | {
      readonly kind: "bigquery";
      readonly project: string;
      readonly dataset: string;
      readonly table: string;
      readonly write: string;
    };

/** The place of a request's destination. What the account may not write to is what there is not. */
export function placeOf(env: Env, account: Account, { service = "bucket", ...asked }: ApiBody): Place {
  const texts = Object.fromEntries(Object.entries(asked).map(([key, value]) => [key, String(value)]));
  switch (service) {
    case "drive":
    case "bigquery":
      if (!account.services.includes(service))
        throw new Refusal("store/refused", `${service} is not for this account`);
      return { kind: service, ...texts } as Place;
    default: {
      const { bucket = "", prefix = "" } = texts;
      if (!account.buckets.includes(bucket) || !Object.hasOwn(setting(env.BUCKETS), bucket))
        throw new Refusal("store/refused", "there is no such bucket, or not for this account");
      return { kind: "bucket", bucket, prefix };
    }
  }
}
