import {
  argumentsOf,
  type Constant,
  type Graph,
  type Invocation,
  type Node,
  notImplemented,
} from "./graph.js";

/** The comparisons of a property with a value, by what they are called after `Filter.`. */
const COMPARISONS = [
  "equals",
  "notEquals",
  "lessThan",
  "lessThanOrEquals",
  "greaterThan",
  "greaterThanOrEquals",
] as const;

/**
 * A condition on a property. Where the property is missing or null no comparison holds, nor do `in` and `notNull`; `negated`
 * turns what came of it around, so that `negated` conditions hold there. Clients write `gte` as `lessThan`, negated.
 */
export type Filter = { property: string; negated: boolean } & (
  | { operator: (typeof COMPARISONS)[number]; value: Constant }
  | { operator: "in"; values: Constant[] }
  | { operator: "notNull" }
);

/** The conditions of a filter, all of which must hold. */
export function readFilter(graph: Graph, node: Node): Filter[] {
  return graph.invocation(node, (call) => {
    const comparison = COMPARISONS.find((name) => call.algorithm === `Filter.${name}`);
    if (comparison) return [compared(graph, call, comparison)];
    switch (call.algorithm) {
      case "Filter.and":
        return graph
          .list(argumentsOf(call, ["filters"]).filters, (filter) => readFilter(graph, filter))
          .flat();
      case "Filter.not":
        return [negated(readFilter(graph, argumentsOf(call, ["filter"]).filter))];
      case "Filter.notNull":
        return notNull(graph, call);
      case "Filter.listContains":
        return [inList(graph, call)];
      default:
        throw notImplemented(call.algorithm);
    }
  });
}

function compared(graph: Graph, call: Invocation, operator: (typeof COMPARISONS)[number]): Filter {
  const { leftField, rightValue } = argumentsOf(call, ["leftField", "rightValue"]);
  return { property: graph.text(leftField), operator, value: graph.constant(rightValue), negated: false };
}

function notNull(graph: Graph, call: Invocation): Filter[] {
  const { properties } = argumentsOf(call, ["properties"]);
  return graph.list(properties, (property) => ({
    property: graph.text(property),
    operator: "notNull",
    negated: false,
  }));
}

/** Clients write `inList` as a list that contains a property. */
function inList(graph: Graph, call: Invocation): Filter {
  const { leftValue, rightField } = argumentsOf(call, ["leftValue", "rightField"]);
  const values = graph.list(leftValue, (value) => graph.constant(value));
  return { property: graph.text(rightField), operator: "in", values, negated: false };
}

function negated(filters: Filter[]): Filter {
  const [filter, ...others] = filters;
  if (!filter || others.length > 0) throw notImplemented("Filter.not", " of other than one condition");
  return { ...filter, negated: !filter.negated };
}
