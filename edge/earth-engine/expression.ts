import { type Filter, readFilter } from "./filter.js";
import { argumentsOf, ExpressionError, Graph, type Invocation, type Node, notImplemented } from "./graph.js";

/** What an expression asks for: the rows of a table that pass each filter, the first `limit` of them. */
export interface Table {
  tableId: string;
  filters?: Filter[];
  /** The properties, in this order; all, if it is left out. */
  selectors?: string[];
  /** False where the geometry was left out; it is none of the properties. */
  geometry?: false;
  limit?: number;
}

/** More is a pattern to Earth Engine. */
const PROPERTY = /^[\w:-]+$/;

/**
 * Evaluates the `expression` of an export: a table by its id, and what is filtered, selected and limited of it, as
 * Earth Engine's clients write it. Throws an ExpressionError that names what else there is.
 */
export function evaluate(expression: unknown): Table {
  const graph = new Graph(expression);
  return graph.result((node) => readTable(graph, node));
}

function readTable(graph: Graph, node: Node): Table {
  return graph.invocation(node, (call) => {
    const read = ALGORITHMS.get(call.algorithm);
    if (!read) throw notImplemented(call.algorithm);
    return read(graph, call);
  });
}

const ALGORITHMS = new Map<string, (graph: Graph, call: Invocation) => Table>([
  [
    "Collection.loadTable",
    (graph, call) => ({ tableId: graph.text(argumentsOf(call, ["tableId"]).tableId) }),
  ],
  [
    "Collection.filter",
    (graph, call) => {
      const { collection, filter } = argumentsOf(call, ["collection", "filter"]);
      return filtered(readTable(graph, collection), readFilter(graph, filter));
    },
  ],
  [
    "Collection.map",
    (graph, call) => {
      const { collection, baseAlgorithm } = argumentsOf(call, ["collection", "baseAlgorithm"]);
      return selected(readTable(graph, collection), readSelect(graph, baseAlgorithm));
    },
  ],
  [
    "Collection.limit",
    (graph, call) => {
      const { collection, limit } = argumentsOf(call, ["collection", "limit"]);
      return limited(readTable(graph, collection), graph.constant(limit));
    },
  ],
]);

function filtered(table: Table, filters: Filter[]): Table {
  if (table.limit !== undefined) throw notImplemented("Collection.filter", " after Collection.limit");
  if (filters.some(({ property }) => !has(table, property)))
    throw new ExpressionError("Collection.filter is by a property that Feature.select left out");
  return { ...table, filters: [...(table.filters ?? []), ...filters] };
}

function limited(table: Table, limit: unknown): Table {
  if (typeof limit !== "number" || !Number.isSafeInteger(limit) || limit < 1)
    throw new ExpressionError("the limit of Collection.limit must be a whole number from 1");
  return { ...table, limit: Math.min(limit, table.limit ?? limit) };
}

interface Selection {
  selectors: string[];
  geometry: boolean;
}

function selected(table: Table, { selectors, geometry }: Selection): Table {
  if (selectors.some((property) => !has(table, property)))
    throw new ExpressionError("Feature.select is of a property that an earlier one left out");
  return { ...table, selectors, ...(!geometry && { geometry }) };
}

const has = ({ selectors }: Table, property: string) => selectors?.includes(property) ?? true;

/** Of `feature => feature.select(...)`, which is how a client selects of a collection. */
function readSelect(graph: Graph, node: Node): Selection {
  return graph.definition(node, (body, feature) =>
    graph.invocation(body, (call) => {
      if (call.algorithm !== "Feature.select") throw notImplemented(call.algorithm, " in Collection.map");
      const { input, propertySelectors, retainGeometry } = argumentsOf(
        call,
        ["input", "propertySelectors"],
        ["retainGeometry"],
      );
      const isOfTheRow = graph.read(input, (kind, name) => kind === "argumentReference" && name === feature);
      if (!isOfTheRow) throw notImplemented("Feature.select", " of another feature");
      const selectors = graph.list(propertySelectors, (property) => readProperty(graph, property));
      if (selectors.length === 0) throw notImplemented("Feature.select", " of no properties");
      return {
        selectors,
        geometry: retainGeometry === undefined || graph.constant(retainGeometry) !== false,
      };
    }),
  );
}

function readProperty(graph: Graph, node: Node): string {
  const property = graph.text(node);
  if (!PROPERTY.test(property)) throw notImplemented("Feature.select", " by a pattern");
  return property;
}
