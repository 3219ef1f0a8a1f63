import { flights } from "./flights.mjs";
import { flights3m } from "./flights-3m.mjs";
import { mixed } from "./mixed.mjs";
import { text } from "./text.mjs";
import { wide } from "./wide.mjs";

/**
 * The tables by name, each `{name, rows, columns(rows)}`: columns are `{type, values}` by name, type one of int32,
 * float64, bool, utf8 and timestamp (milliseconds), null where there is no value.
 */
export const tables = Object.fromEntries(
  [mixed, flights, flights3m, wide, text].map((table) => [table.name, table]),
);
