const escaped = (text) =>
  String(text).replace(
    /[&<>"]/g,
    (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign],
  );

/** An element as text; children are elements, or texts that are escaped by `text`. */
export function element(name, attributes, ...children) {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(round(value))}"`);
  const inner = children.flat(Number.POSITIVE_INFINITY).join("");
  return inner ? `<${name}${written.join("")}>${inner}</${name}>` : `<${name}${written.join("")}/>`;
}

const round = (value) => (typeof value === "number" ? Math.round(value * 10) / 10 : value);

export const text = (x, y, content, attributes = {}) =>
  element("text", { x, y, ...attributes }, escaped(content));

/** Colours that are read on white and on black; a page that shows the file says which by its reader's preference. */
const STYLE = `
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.soft { fill: #59636e } .strong { font-weight: 600 } .title { font-weight: 600; font-size: 15px }
.ours { fill: #0969da } .other { fill: #c4ccd4 } .grid { stroke: #d1d9e0 }
.a { stroke: #0969da } .b { stroke: #bc4c00 } .c { stroke: #1a7f37 }
text.a { fill: #0969da } text.b { fill: #bc4c00 } text.c { fill: #1a7f37 } text.a, text.b, text.c { stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .soft { fill: #9198a1 } .ours { fill: #4493f8 } .other { fill: #656c76 }
  .grid { stroke: #3d444d } .a { stroke: #4493f8 } .b { stroke: #db6d28 } .c { stroke: #3fb950 }
  text.a { fill: #4493f8 } text.b { fill: #db6d28 } text.c { fill: #3fb950 }
}`;

/** A whole file. */
export function drawing(width, height, label, ...children) {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
  };
  const style = element("style", {}, STYLE);
  return `${element("svg", { ...attributes, role: "img", "aria-label": label }, style, children)}\n`;
}
