import { drawing, element, text } from "./svg.mjs";

const PANEL = { width: 350, height: 190, gap: 60 };
const PLOT = { left: 44, right: 62, top: 34, bottom: 26 };
const CLASSES = { csv: "a", jsonl: "b", parquet: "c" };

/** How cost grows: time a cell and wasm memory, by rows and by columns. */
export function growthChart({ rows, columns }) {
  const panels = [
    panel("nanoseconds a cell, by rows", rows, ({ perCell }) => perCell),
    panel("nanoseconds a cell, by columns", columns, ({ perCell }) => perCell),
    panel("wasm memory in MB, by rows", rows, ({ wasmMemory }) => wasmMemory / 1e6),
    panel("wasm memory in MB, by columns", columns, ({ wasmMemory }) => wasmMemory / 1e6),
  ];
  const placed = panels.map((content, at) => {
    const x = (at % 2) * (PANEL.width + PANEL.gap);
    const y = Math.floor(at / 2) * (PANEL.height + PANEL.gap / 2);
    return element("g", { transform: `translate(${x} ${y})` }, content);
  });
  const width = 2 * PANEL.width + PANEL.gap;
  return drawing(width, 2 * PANEL.height + PANEL.gap / 2, "How cost grows with rows and columns", placed);
}

function panel(title, points, measureOf) {
  const ats = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b);
  const most = niceAbove(Math.max(...points.map(measureOf)));
  const inner = {
    width: PANEL.width - PLOT.left - PLOT.right,
    height: PANEL.height - PLOT.top - PLOT.bottom,
  };
  const span = Math.log(ats.at(-1) / ats[0]) || 1;
  const x = (at) => PLOT.left + (Math.log(at / ats[0]) / span) * inner.width;
  const y = (value) => PLOT.top + inner.height - (value / most) * inner.height;
  return [
    text(0, 14, title, { class: "strong" }),
    [0, most / 2, most].map((value) => grid(value, y(value), inner.width)),
    ats.map((at) => text(x(at), PANEL.height - 8, short(at), { "text-anchor": "middle", class: "soft" })),
    lines(points, measureOf, x, y),
  ];
}

const grid = (value, y, width) => [
  element("line", { x1: PLOT.left, x2: PLOT.left + width, y1: y, y2: y, class: "grid" }),
  text(PLOT.left - 6, y + 4, short(value), { "text-anchor": "end", class: "soft" }),
];

/** One line a format, named at its end; names that would meet are moved apart. */
function lines(points, measureOf, x, y) {
  const series = Object.keys(CLASSES).map((format) => {
    const own = points.filter((point) => point.format === format).sort((a, b) => a.at - b.at);
    return { format, path: own.map((point) => [x(point.at), y(measureOf(point))]) };
  });
  let last = Number.NEGATIVE_INFINITY;
  const labels = [...series]
    .sort((a, b) => a.path.at(-1)[1] - b.path.at(-1)[1])
    .map(({ format, path }) => {
      last = Math.max(path.at(-1)[1], last + 14);
      return text(path.at(-1)[0] + 6, last + 4, format, { class: CLASSES[format] });
    });
  const strokes = series.map(({ format, path }) => {
    const attributes = {
      fill: "none",
      "stroke-width": 2,
      "stroke-linejoin": "round",
      class: CLASSES[format],
    };
    return element("polyline", {
      points: path.map((point) => point.map(Math.round).join(",")).join(" "),
      ...attributes,
    });
  });
  return [strokes, labels];
}

/** The least of 1, 2, 5, 10, 20, ... that is not below. */
export function niceAbove(value) {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * magnitude).find((step) => step >= value);
}

function short(value) {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e4 ? `${value / 1e3}k` : String(value);
}
