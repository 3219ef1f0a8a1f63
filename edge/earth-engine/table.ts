import { Refusal } from "../http.js";
import { evaluate, type Table } from "./expression.js";
import { ExpressionError } from "./graph.js";

/** What an expression asks for, of a table of the catalogue. */
export interface Asked extends Pick<Table, "selectors" | "filters" | "limit"> {
  /** `dataset.table`, if the id is of a table at all. */
  readonly name: string;
}

/** The table of an expression, and what is asked of it; `selectors` are of the request, and among those of the expression. */
export function askedOf(expression: unknown, selectors: readonly string[] | undefined): Asked {
  const { tableId, ...table } = evaluated(expression);
  const left = selectors?.find((selector) => table.selectors?.includes(selector) === false);
  if (left !== undefined)
    throw new Refusal("config/unknown-column", "selectors has a property that the expression left out");
  return { name: nameOf(tableId), ...table, ...(selectors && { selectors: [...selectors] }) };
}

function evaluated(expression: unknown): Table {
  try {
    return evaluate(expression);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new Refusal("config/invalid-value", error.message);
  }
}

/** Of `projects/<project>/assets/<dataset>/<table>`, or `<dataset>/<table>`. */
function nameOf(id: string): string {
  const [, dataset, table] = /^(?:projects\/[^/]+\/assets\/)?([^/.]+)\/([^/.]+)$/.exec(id) ?? [];
  return `${dataset}.${table}`;
}
