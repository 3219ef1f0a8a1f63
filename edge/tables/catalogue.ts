import type { Account } from "../accounts.js";
import { Refusal } from "../http.js";

/** Tables by `dataset.table`, as they are configured. */
export type Tables = { readonly [name: string]: Table };

/** Where a table is. Files are parquet, csv, jsonl or arrow. */
export type Table =
  /** An object of the bucket `TABLE_OBJECTS`. */
  | { readonly type: "r2"; readonly key: string }
  /** A file, whose host is allowed by its being here. */
  | { readonly type: "url"; readonly url: string }
  /** A query of the database `DATABASE`. */
  | { readonly type: "d1"; readonly query: string };

/** A table that an account has. */
export interface Found {
  /** `dataset.table` */
  readonly name: string;
  /** Without its dataset. */
  readonly shortName: string;
  readonly table: Table;
}

/** The table of this name. */
export function find(tables: Tables, name: string): Found {
  const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (!table) throw new Refusal("source/not-found", "there is no such table");
  return { name, shortName: name.slice(name.indexOf(".") + 1), table };
}

/** The same, for an account: a table that it may not see is one that is not there. */
export function findFor(account: Account, tables: Tables, name: string): Found {
  const [dataset = ""] = name.split(".", 1);
  return find(account.datasets.includes(dataset) ? tables : {}, name);
}
