// As much of TypeScript's grammar as src/js/types.ts uses.

/** The interfaces and the aliases of a TypeScript source, as text: `{interfaces, aliases}`. */
export function parseTypes(source) {
  const text = source.replace(/\/\*.*?\*\/|\/\/.*$/gms, "").replace(/\s+/g, " ");
  const interfaces = new Map();
  for (const { 1: name, 2: base, index, 0: head } of text.matchAll(
    /interface (\w+)(?: extends (\w+))? \{/g,
  )) {
    const own = members(balanced(text.slice(index + head.length - 1)));
    interfaces.set(name, [...own, ...(interfaces.get(base) ?? [])]);
  }
  const aliases = new Map();
  for (const { 1: name, index, 0: head } of text.matchAll(/type (\w+) = /g))
    aliases.set(name, split(";", text.slice(index + head.length))[0]);
  return { interfaces, aliases };
}

/** The text between the bracket that `text` begins with and its match. */
export function balanced(text) {
  let depth = 0;
  const end = [...text].findIndex((c) => (depth += depthOf(c)) === 0);
  return text.slice(1, end);
}

const depthOf = (c) => ("{([".includes(c) ? 1 : "})]".includes(c) ? -1 : 0);

/** Splits `text` at each `separator` that is in no bracket. */
export function split(separator, text) {
  const pieces = [""];
  let depth = 0;
  for (const c of text) {
    depth += depthOf(c);
    if (c === separator && depth === 0) pieces.push("");
    else pieces[pieces.length - 1] += c;
  }
  return pieces.map((piece) => piece.trim()).filter(Boolean);
}

/** The properties of an interface's body: `{key, optional, type}` each. */
export function members(body) {
  return split(";", body).flatMap((member) => {
    const property = /^readonly (\w+)(\??): (.*)$/.exec(member);
    return property ? [{ key: property[1], optional: property[2] === "?", type: property[3] }] : [];
  });
}
