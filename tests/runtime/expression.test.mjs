// Expressions as Earth Engine's client writes them (tests/clients/expressions.py), and some that no client does.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { importEdge } from "./edge.mjs";

const [{ evaluate }, { ExpressionError }, { algorithms }] = await importEdge(
  "earth-engine/expression",
  "earth-engine/graph",
  "earth-engine/algorithms",
);
const golden = new URL("../clients/golden/expressions/", import.meta.url);
const CANARY = "canary-7f3a91";

const cases = await readdir(golden);
assert.ok(cases.length > 0);
for (const name of cases)
  test(`the client's expression: ${name}`, async () => {
    const read = async (file) => JSON.parse(await readFile(new URL(`${name}/${file}`, golden), "utf8"));
    const expression = await read("expression.json");
    if ((await readdir(new URL(`${name}/`, golden))).includes("table.json"))
      assert.deepEqual(evaluate(expression), await read("table.json"));
    else refused(expression, (await read("error.json")).message);
  });

/** What is refused, by what is said of it. */
function refused(expression, message) {
  assert.throws(
    () => evaluate(expression),
    (error) => {
      assert.ok(error instanceof ExpressionError, error.stack);
      assert.equal(error.message, message);
      return true;
    },
  );
}

const of = (result, values = {}) => ({ result: "0", values: { 0: result, ...values } });
const call = (functionName, given) => ({ functionInvocationValue: { functionName, arguments: given } });
const constant = (constantValue) => ({ constantValue });
const reference = (valueReference) => ({ valueReference });
const table = call("Collection.loadTable", { tableId: constant("flights") });
const limit = (collection) => call("Collection.limit", { collection, limit: constant(5) });
const filter = (condition) => call("Collection.filter", { collection: table, filter: condition });
const select = (body, argumentNames = ["row"]) =>
  of(
    call("Collection.map", {
      collection: table,
      baseAlgorithm: { functionDefinitionValue: { argumentNames, body: "1" } },
    }),
    { 1: body },
  );

const tooDeep = "the expression is deeper than 100 values, or turns in circles";
const tooLarge = "the expression has more than 10000 values";
/** Lists of lists, each twice in the next. */
const doubled = Object.fromEntries(
  Array.from({ length: 20 }, (_, at) => [
    at + 1,
    call("Filter.and", {
      filters: { arrayValue: { values: [reference(`${at + 2}`), reference(`${at + 2}`)] } },
    }),
  ]),
);

const strange = {
  "a value that is itself": [of(reference("0")), tooDeep],
  "two values that are each other": [of(limit(reference("1")), { 1: limit(reference("0")) }), tooDeep],
  "a function within itself": [select(reference("1")), tooDeep],
  "a hundred calls, each of the one before": [
    of(Array.from({ length: 100 }).reduce((inner) => limit(inner), table)),
    tooDeep,
  ],
  "values that double twenty times": [
    of(filter(reference("1")), { ...doubled, 21: call("Filter.notNull", { properties: constant(["a"]) }) }),
    tooLarge,
  ],
  "a list of many constants": [
    of(filter(call("Filter.notNull", { properties: constant(Array(10_000).fill("a")) }))),
    tooLarge,
  ],
  "a value that is not there": [of(reference("9")), "the expression has no value 9"],
  "a value that every object has": [of(reference("constructor")), "the expression has no value constructor"],
  "a result that is not there": [{ result: "1", values: {} }, "the expression has no value 1"],
  "an algorithm that every object has": [of(call("constructor", {})), "constructor is not implemented"],
  "an algorithm of a strange name": [
    of(call(`${CANARY} '"<>`, {})),
    "(a name that is not shown) is not implemented",
  ],
  "an algorithm of a long name": [
    of(call(CANARY.repeat(1000), {})),
    "(a name that is not shown) is not implemented",
  ],
  "an argument of a strange name": [
    of(call("Collection.loadTable", { tableId: constant("flights"), [`${CANARY} `]: constant(1) })),
    "Collection.loadTable with (a name that is not shown) is not implemented",
  ],
  "a function that is called": [
    of({ functionInvocationValue: { functionReference: "1", arguments: {} } }),
    "a call with functionReference is not implemented",
  ],
  "a call without a name": [of({ functionInvocationValue: {} }), "functionName must be a text"],
  "a table's id that is a number": [
    of(call("Collection.loadTable", { tableId: constant(7391) })),
    "a number stands where a text belongs",
  ],
  "a table's id that is a list": [
    of(call("Collection.loadTable", { tableId: constant([CANARY]) })),
    "constantValue stands where a text, a number or a boolean belongs",
  ],
  "a limit that is no whole number": [
    of(call("Collection.limit", { collection: table, limit: constant(1.5) })),
    "the limit of Collection.limit must be a whole number from 1",
  ],
  "a list that is a text": [
    of(filter(call("Filter.notNull", { properties: constant(CANARY) }))),
    "constantValue stands where a list belongs",
  ],
  "a list without its envelope": [
    of(filter(call("Filter.notNull", { properties: { arrayValue: ["a"] } }))),
    "arrayValue must be an object",
  ],
  "a list that has no values": [
    of(filter(call("Filter.notNull", { properties: { arrayValue: {} } }))),
    "arrayValue stands where a list belongs",
  ],
  "a condition of no conditions, not": [
    of(filter(call("Filter.not", { filter: call("Filter.and", { filters: constant([]) }) }))),
    "Filter.not of other than one condition is not implemented",
  ],
  "a function that is a constant": [
    of(call("Collection.map", { collection: table, baseAlgorithm: constant("Feature.select") })),
    "constantValue stands where a function is defined",
  ],
  "a function of two arguments": [
    select(table, ["a", "b"]),
    "functions of several arguments are not implemented",
  ],
  "a function of no argument": [select(table, []), "argumentNames must be a text"],
  "a function of another's argument": [
    select(
      call("Feature.select", {
        input: { argumentReference: "another" },
        propertySelectors: constant(["a"]),
      }),
    ),
    "Feature.select of another feature is not implemented",
  ],
  "a value of two kinds": [of({ ...table, ...constant(1) }), "a value of the expression is not of one kind"],
  "a value of no kind": [of({}), "a value of the expression is not of one kind"],
  "a value that is a text": [of(CANARY), "a value must be an object"],
  "values that are a list": [{ result: "0", values: [table] }, "expression.values must be an object"],
  "a result that is a value": [{ result: table, values: {} }, "expression.result must be a text"],
  "an expression that is a text": [CANARY, "expression must be an object"],
  "an expression that is null": [null, "expression must be an object"],
  "an expression with more": [{ ...of(table), [CANARY]: 1 }, `expression with ${CANARY} is not implemented`],
};

for (const [what, [expression, message]] of Object.entries(strange))
  test(`an expression that no client writes is refused: ${what}`, () => refused(expression, message));

test("the algorithms that clients are told of are known", () => {
  const places = { Collection: of, Filter: (condition) => of(filter(condition)), Feature: select };
  for (const { name, arguments: takes } of algorithms.algorithms) {
    const algorithm = name.replace("algorithms/", "");
    const place = places[algorithm.split(".")[0]];
    assert.throws(() => evaluate(place(call(algorithm, {}))), {
      message: new RegExp(
        `^${algorithm} needs (${takes.map(({ argumentName }) => argumentName).join("|")})$`,
      ),
    });
  }
});

test("arguments that are null are as if left out", () => {
  const expression = call("Collection.limit", { collection: table, limit: constant(5), key: constant(null) });
  assert.deepEqual(evaluate(of(expression)), { tableId: "flights", limit: 5 });
});

test("a list of references is as one of constants", () => {
  const properties = { arrayValue: { values: [constant("a"), reference("1")] } };
  const expression = of(filter(call("Filter.notNull", { properties })), { 1: constant("b") });
  assert.deepEqual(
    evaluate(expression).filters.map(({ property }) => property),
    ["a", "b"],
  );
});
