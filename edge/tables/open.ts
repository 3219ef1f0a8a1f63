import type { RandomAccessFile, Source } from "../../pkg/workerd.js";
import type { Filter } from "../earth-engine/filter.js";
import type { Env } from "../env.js";
import type { Table } from "./catalogue.js";
import { rowsOf } from "./d1.js";
import { objectFile } from "./r2.js";
import { urlFile } from "./url.js";

/** A table, as it is read: a file at any place, or rows. */
export type Opened =
  | { readonly kind: "file"; readonly file: RandomAccessFile }
  | { readonly kind: "rows"; readonly rows: Source };

/** A table; rows are of those that pass each filter, which a file has none of. */
export async function open(env: Env, table: Table, filters?: readonly Filter[]): Promise<Opened> {
  switch (table.type) {
    case "r2":
      return { kind: "file", file: await objectFile(env.TABLE_OBJECTS, table.key) };
    case "url":
      return { kind: "file", file: await urlFile(new URL(table.url)) };
    case "d1":
      return { kind: "rows", rows: rowsOf(env.DATABASE, table.query, filters) };
  }
}
