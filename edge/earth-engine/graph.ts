/** Why an expression is refused; it names algorithms and arguments, and none of their values. */
export class ExpressionError extends Error {
  override name = "ExpressionError";
}

/** A node of the graph, not yet judged. */
export type Node = unknown;

/** What a filter compares with. */
export type Constant = string | number | boolean;

/** A call of an algorithm; arguments that are null are left out. */
export interface Invocation {
  algorithm: string;
  given: Map<string, Node>;
}

const MAX_DEPTH = 100;
const MAX_NODES = 10_000;
const NAME = /^[\w.:-]{1,100}$/;

/**
 * The graph of an expression: values by name, of which one is the result. Each name that is followed, each call and each item
 * goes a step down, and a graph is left where it is too deep or too large; so one that turns in circles ends as well.
 */
export class Graph {
  readonly #values: Record<string, unknown>;
  readonly #result: string;
  #depth = 0;
  #nodes = 0;

  constructor(expression: unknown) {
    const { result, values } = fieldsOf(expression, "expression", ["result", "values"]);
    this.#values = recordOf(values, "expression.values");
    this.#result = textOf(result, "expression.result");
  }

  /** Does `read` with the result. */
  result<T>(read: (node: Node) => T): T {
    return this.#follow(this.#result, read);
  }

  /** Does `read` with the kind of a node and what it has of it; a reference is followed. */
  read<T>(node: Node, read: (kind: string, content: unknown) => T): T {
    const entries = Object.entries(recordOf(node, "a value"));
    const [entry] = entries;
    if (!entry || entries.length > 1)
      throw new ExpressionError("a value of the expression is not of one kind");
    const [kind, content] = entry;
    if (kind === "valueReference")
      return this.#follow(textOf(content, kind), (value) => this.read(value, read));
    return this.#down(() => read(kind, content));
  }

  /** Does `read` with a call of an algorithm. */
  invocation<T>(node: Node, read: (invocation: Invocation) => T): T {
    return this.read(node, (kind, content) => {
      if (kind !== "functionInvocationValue")
        throw new ExpressionError(`${shown(kind)} stands where an algorithm is called`);
      return read(invocationOf(content));
    });
  }

  /** Does `read` with the body of a function of one argument, and the name of that. */
  definition<T>(node: Node, read: (body: Node, argument: string) => T): T {
    return this.read(node, (kind, content) => {
      if (kind !== "functionDefinitionValue")
        throw new ExpressionError(`${shown(kind)} stands where a function is defined`);
      const { argumentNames, body } = fieldsOf(content, kind, ["argumentNames", "body"]);
      const [argument, ...others] = Array.isArray(argumentNames) ? argumentNames : [];
      if (others.length > 0) throw new ExpressionError("functions of several arguments are not implemented");
      return this.#follow(textOf(body, "body"), (value) => read(value, textOf(argument, "argumentNames")));
    });
  }

  /** The items of a list, each read. */
  list<T>(node: Node, read: (item: Node) => T): T[] {
    return this.read(node, (kind, content) => {
      if (kind === "constantValue" && Array.isArray(content))
        return content.map((constantValue) => read({ constantValue }));
      const { values } = kind === "arrayValue" ? fieldsOf(content, kind, ["values"]) : {};
      if (!Array.isArray(values)) throw new ExpressionError(`${shown(kind)} stands where a list belongs`);
      return values.map(read);
    });
  }

  constant(node: Node): Constant {
    return this.read(node, (kind, content) => {
      if (kind === "functionInvocationValue") throw notImplemented(invocationOf(content).algorithm);
      const isConstant = ["string", "number", "boolean"].includes(typeof content);
      if (kind !== "constantValue" || !isConstant)
        throw new ExpressionError(`${shown(kind)} stands where a text, a number or a boolean belongs`);
      return content as Constant;
    });
  }

  text(node: Node): string {
    const constant = this.constant(node);
    if (typeof constant !== "string")
      throw new ExpressionError(`a ${typeof constant} stands where a text belongs`);
    return constant;
  }

  #follow<T>(name: string, read: (node: Node) => T): T {
    if (!Object.hasOwn(this.#values, name))
      throw new ExpressionError(`the expression has no value ${shown(name)}`);
    return this.#down(() => read(this.#values[name]));
  }

  #down<T>(read: () => T): T {
    if (++this.#nodes > MAX_NODES)
      throw new ExpressionError(`the expression has more than ${MAX_NODES} values`);
    if (++this.#depth > MAX_DEPTH)
      throw new ExpressionError(`the expression is deeper than ${MAX_DEPTH} values, or turns in circles`);
    const value = read();
    this.#depth--;
    return value;
  }
}

/** The arguments of a call that are known; others are refused. */
export function argumentsOf<Required extends string, Optional extends string = never>(
  { algorithm, given }: Invocation,
  required: Required[],
  optional: Optional[] = [],
): Record<Required, Node> & Partial<Record<Optional, Node>> {
  const known: string[] = [...required, ...optional];
  for (const name of given.keys())
    if (!known.includes(name)) throw notImplemented(algorithm, ` with ${shown(name)}`);
  for (const name of required)
    if (!given.has(name)) throw new ExpressionError(`${shown(algorithm)} needs ${name}`);
  return Object.fromEntries(given) as Record<Required | Optional, Node>;
}

export const notImplemented = (algorithm: string, what = "") =>
  new ExpressionError(`${shown(algorithm)}${what} is not implemented`);

/** A name for a message, unless it is none that algorithms and arguments have. */
const shown = (name: string) => (NAME.test(name) ? name : "(a name that is not shown)");

function invocationOf(content: unknown): Invocation {
  const call = fieldsOf(content, "a call", ["functionName", "arguments"]);
  const given = Object.entries(recordOf(call.arguments ?? {}, "arguments"));
  return {
    algorithm: textOf(call.functionName, "functionName"),
    given: new Map(given.filter(([, node]) => !isNull(node))),
  };
}

function isNull(node: Node): boolean {
  return typeof node === "object" && node !== null && "constantValue" in node && node.constantValue === null;
}

function fieldsOf(value: unknown, what: string, known: string[]): Record<string, unknown> {
  const fields = recordOf(value, what);
  for (const name of Object.keys(fields))
    if (!known.includes(name)) throw new ExpressionError(`${what} with ${shown(name)} is not implemented`);
  return fields;
}

function recordOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ExpressionError(`${what} must be an object`);
  return value as Record<string, unknown>;
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== "string") throw new ExpressionError(`${what} must be a text`);
  return value;
}
