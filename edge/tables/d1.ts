import type { Filter } from "../earth-engine/filter.js";

/** Rows of a page of a query. */
const PAGE = 2_000;

const OPERATORS = {
  equals: "=",
  notEquals: "<>",
  lessThan: "<",
  lessThanOrEquals: "<=",
  greaterThan: ">",
  greaterThanOrEquals: ">=",
} as const;

type Value = string | number;

/** The rows of a query that pass each filter, a page at a time; the query says their order. */
export async function* rowsOf(
  database: D1Database,
  query: string,
  filters: readonly Filter[] = [],
): AsyncGenerator<object> {
  const values: Value[] = [];
  const conditions = filters.map((filter) => condition(filter, values));
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
  const page = database.prepare(`SELECT * FROM (${query}) AS source${where} LIMIT ? OFFSET ?`);
  for (let offset = 0; ; offset += PAGE) {
    const { results } = await page.bind(...values, PAGE, offset).all<Record<string, unknown>>();
    yield* results;
    if (results.length < PAGE) return;
  }
}

/** No comparison with null, or with a value of another kind, holds, and so its negation does. */
function condition(filter: Filter, values: Value[]): string {
  // Without its table, SQLite would take a name that is none for a text.
  const column = `source."${filter.property.replaceAll('"', '""')}"`;
  return `coalesce(${test(filter, column, values)}, 0) = ${filter.negated ? 0 : 1}`;
}

function test(filter: Filter, column: string, values: Value[]): string {
  switch (filter.operator) {
    case "notNull":
      return `${column} IS NOT NULL`;
    case "in":
      values.push(JSON.stringify(filter.values));
      return `${column} IN (SELECT value FROM json_each(?))`;
    default: {
      const { value } = filter;
      values.push(typeof value === "boolean" ? Number(value) : value);
      const kinds = typeof value === "string" ? "('text')" : "('integer', 'real')";
      return `(typeof(${column}) IN ${kinds} AND ${column} ${OPERATORS[filter.operator]} ?)`;
    }
  }
}
