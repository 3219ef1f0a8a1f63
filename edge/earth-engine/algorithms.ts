type Argument = readonly [name: string, type: string, defaultValue?: unknown];

/** A comparison of a property with a value, or in Earth Engine of any two of both. */
const COMPARISON: readonly Argument[] = [
  ["leftField", "String", null],
  ["rightValue", "Object", null],
  ["rightField", "String", null],
  ["leftValue", "Object", null],
];

/**
 * The algorithms that a client may write an expression with: those that expression.ts knows, and no more, so that most of
 * what is not implemented is refused before it is sent. Arguments with a default may be left out.
 */
const ALGORITHMS: Record<string, { returns: string; takes: readonly Argument[] }> = {
  "Collection.loadTable": {
    returns: "FeatureCollection",
    takes: [
      ["tableId", "String"],
      ["geometryColumn", "String", null],
      ["version", "Long", -1],
    ],
  },
  "Collection.limit": {
    returns: "FeatureCollection",
    takes: [
      ["collection", "FeatureCollection"],
      ["limit", "Integer", null],
      ["key", "String", null],
      ["ascending", "Boolean", true],
    ],
  },
  "Collection.filter": {
    returns: "FeatureCollection",
    takes: [
      ["collection", "FeatureCollection"],
      ["filter", "Filter"],
    ],
  },
  "Collection.map": {
    returns: "FeatureCollection",
    takes: [
      ["collection", "FeatureCollection"],
      ["baseAlgorithm", "Algorithm"],
      ["dropNulls", "Boolean", false],
    ],
  },
  "Feature.select": {
    returns: "Feature",
    takes: [
      ["input", "Element"],
      ["propertySelectors", "List"],
      ["newProperties", "List", null],
      ["retainGeometry", "Boolean", true],
    ],
  },
  "Filter.equals": { returns: "Filter", takes: COMPARISON },
  "Filter.notEquals": { returns: "Filter", takes: COMPARISON },
  "Filter.lessThan": { returns: "Filter", takes: COMPARISON },
  "Filter.lessThanOrEquals": { returns: "Filter", takes: COMPARISON },
  "Filter.greaterThan": { returns: "Filter", takes: COMPARISON },
  "Filter.greaterThanOrEquals": { returns: "Filter", takes: COMPARISON },
  "Filter.listContains": { returns: "Filter", takes: COMPARISON },
  "Filter.notNull": { returns: "Filter", takes: [["properties", "List"]] },
  "Filter.not": { returns: "Filter", takes: [["filter", "Filter"]] },
  "Filter.and": { returns: "Filter", takes: [["filters", "List"]] },
};

/** Of `GET v1/projects/{project}/algorithms`. */
export const algorithms = {
  algorithms: Object.entries(ALGORITHMS).map(([name, { returns, takes }]) => ({
    name: `algorithms/${name}`,
    returnType: returns,
    arguments: takes.map(argument),
  })),
};

function argument([argumentName, type, defaultValue]: Argument) {
  if (defaultValue === undefined) return { argumentName, type };
  return { argumentName, type, optional: true, ...(defaultValue !== null && { defaultValue }) };
}
