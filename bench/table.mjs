/** Lines of cells under a heading, each column as wide as its widest cell; the first to the left, the rest right. */
export function textTable(heading, lines) {
  const all = [heading, ...lines];
  const widths = heading.map((_, at) => Math.max(...all.map((cells) => [...cells[at]].length)));
  const pad = (cell, at) => {
    const space = " ".repeat(widths[at] - [...cell].length);
    return at === 0 ? cell + space : space + cell;
  };
  return all.map((cells) => cells.map(pad).join("  ").trimEnd()).join("\n");
}

export const seconds = (value) => (value < 0.1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(2)} s`);
export const times = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(1)}x`;
export const megabytes = (bytes) => (bytes === undefined ? "" : `${(bytes / 1e6).toFixed(1)} MB`);
export const range = ({ min, max }, show) => `${show(min)}..${show(max)}`;
