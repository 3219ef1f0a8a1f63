import { sha256 } from "./hex.js";
import { Refusal } from "./http.js";

/** Accounts by their names, as they are configured. They hold secrets. */
export type Accounts = { readonly [name: string]: AccountSettings };

export interface AccountSettings {
  /** Bearer tokens, by the SHA-256 of each in hex. */
  readonly tokens?: readonly {
    readonly sha256: string;
    /** ISO 8601. */
    readonly expires?: string;
  }[];
  /** Pairs of keys that sign requests (`SDK-HMAC-SHA256`). */
  readonly keys?: readonly { readonly accessKey: string; readonly secretKey: string }[];
  /** Projects that paths may name, of Earth Engine and DLI. */
  readonly projects?: readonly string[];
  /** Datasets of the catalogue that it may export. */
  readonly datasets?: readonly string[];
  /** Of the configured buckets, those that it may write to. */
  readonly buckets?: readonly string[];
  /** Of Google's services without buckets, those that it may write to. */
  readonly services?: readonly ("drive" | "bigquery")[];
  /** Hosts of stores, with their ports, that requests may bring credentials for; `*.` stands for subdomains. */
  readonly hosts?: readonly string[];
}

/** Who asks. */
export interface Account {
  readonly name: string;
  readonly projects: readonly string[];
  readonly datasets: readonly string[];
  readonly buckets: readonly string[];
  readonly services: readonly string[];
  readonly hosts: readonly string[];
}

/** The account of a bearer token. */
export async function ofToken(token: string, accounts: Accounts, now: number): Promise<Account> {
  const digest = await sha256(new TextEncoder().encode(token));
  for (const [name, settings] of Object.entries(accounts)) {
    // Digests are compared: how long that takes tells nothing of a token.
    const found = settings.tokens?.find(({ sha256 }) => sha256 === digest);
    if (!found) continue;
    if (found.expires !== undefined && !(Date.parse(found.expires) > now))
      throw unknown("the token has expired");
    return account(name, settings);
  }
  throw unknown("the token is not known");
}

/** The account whose key this is, and what belongs with the key. */
export function ofKey(
  accessKey: string,
  accounts: Accounts,
): { account: Account; secretKey: string } | undefined {
  for (const [name, settings] of Object.entries(accounts)) {
    const found = settings.keys?.find((key) => key.accessKey === accessKey);
    if (found) return { account: account(name, settings), secretKey: found.secretKey };
  }
  return undefined;
}

/** The account that a request's `Authorization: Bearer` names. */
export async function ofBearer(request: Request, accounts: Accounts, now: number): Promise<Account> {
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (token === undefined) throw unknown("a bearer token is required");
  return ofToken(token, accounts, now);
}

export function unknown(message: string): Refusal {
  return new Refusal("api/unauthenticated", message);
}

/** That an account may use a project, which it is not told from one that there is not. */
export function checkProject(account: Account, project: string): void {
  if (!account.projects.includes(project)) throw new Refusal("api/not-found", "there is no such project");
}

function account(name: string, settings: AccountSettings): Account {
  const { projects = [], datasets = [], buckets = [], services = [], hosts = [] } = settings;
  return { name, projects, datasets, buckets, services, hosts };
}
