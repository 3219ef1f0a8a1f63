import { names, titles } from "./plan.mjs";
import { drawing, element, text } from "./svg.mjs";
import { seconds, times } from "./table.mjs";

const WIDTH = 760;
const LABEL = 220;
const BAR = 330;
const ROW = 22;
const GAP = 40;

/** Seconds of each peer, a group of bars for each comparison; within a group the slowest bar is as long as there is room. */
export function barChart(comparisons) {
  let y = 24;
  const groups = comparisons.map(({ work, peers }) => {
    const rows = peers.filter(({ peer, ratios }) => !ratios || peer !== "tableport");
    const group = bars(titles[work], rows, y);
    y += rows.length * ROW + GAP;
    return group;
  });
  return drawing(WIDTH, y - GAP + 10, "Seconds of each peer, by work", groups);
}

function bars(title, peers, top) {
  const longest = Math.max(...peers.map(({ seconds: time }) => time.median));
  const lines = peers.map(({ peer, seconds: time, ratios }, at) => {
    const y = top + 8 + at * ROW;
    const width = (time.median / longest) * BAR;
    const isOurs = !ratios;
    const said = isOurs ? seconds(time.median) : `${seconds(time.median)}, ${times(ratios.tableport.median)}`;
    return [
      text(LABEL - 8, y + 14, names[peer], { "text-anchor": "end", class: isOurs ? "strong" : "soft" }),
      element("rect", {
        x: LABEL,
        y: y + 3,
        width,
        height: ROW - 7,
        rx: 2,
        class: isOurs ? "ours" : "other",
      }),
      text(LABEL + width + 8, y + 14, said, { class: isOurs ? "strong" : "soft" }),
    ];
  });
  return [text(0, top, title, { class: "title" }), lines];
}
