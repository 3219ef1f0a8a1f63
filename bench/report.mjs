import { limits } from "./limits.mjs";
import { names, titles } from "./plan.mjs";
import { megabytes, range, seconds, textTable, times } from "./table.mjs";
import { targets } from "./targets.mjs";

/** One comparison as it is printed: tableport first, then each rival with how many times as long it took. */
export function comparisonText({ runtime, table, rows, work, peers }) {
  const heading = [`${titles[work]} (${table}, ${rows.toLocaleString("en")} rows, ${runtime})`];
  heading.push("median", "spread", "takes", "spread", "output", "memory before", "peak");
  const lines = peers.map(({ peer, seconds: time, ratio, size, memory }, at) => [
    at > 0 && peer === "tableport" ? "tableport again" : names[peer],
    seconds(time.median),
    range(time, seconds),
    ratio ? times(ratio.median) : "",
    ratio ? range(ratio, times) : "",
    megabytes(size),
    megabytes(memory?.before),
    megabytes(memory?.peak),
  ]);
  return textTable(heading, lines);
}

/** What was to be reached on the mixed table, with what was: `{title, rival, runtime, bar, after, ours}`. */
export function reached(comparisons, runtime) {
  return targets.flatMap(({ work, rival, bar, after }) => {
    const found = comparisons.find(
      (one) => one.runtime === runtime && one.table === "mixed" && one.work === work,
    );
    const ratio = found?.peers.find(({ peer }, at) => at > 0 && peer === rival)?.ratio;
    return ratio ? [{ title: titles[work], rival: names[rival], runtime, bar, after, ours: ratio }] : [];
  });
}

export function reachedText(rows) {
  const lines = rows.map(({ title, rival, runtime, bar, after, ours }) => [
    title,
    rival,
    runtime,
    times(ours.median),
    range(ours, times),
    times(bar),
    times(after),
    verdict(ours.median, bar, after),
  ]);
  return textTable(["at least", "against", "in", "ours", "spread", "bar", "after", ""], lines);
}

/** What is not to be exceeded, of what was measured: `{title, ours, bar, after, show}`. */
export function kept(measured) {
  const all = limits.map(({ of, ...limit }) => ({ ...limit, ours: of(measured) }));
  return all.filter(({ ours, isExpected }) => ours !== undefined || isExpected?.(measured));
}

export function keptText(rows) {
  const lines = rows.map(({ title, ours, bar, after, show }) => {
    const said = ours === undefined ? ["not there", ""] : [show(ours), verdict(-ours, -bar, -after)];
    return [title, said[0], show(bar), show(after), said[1]];
  });
  return textTable(["at most", "ours", "bar", "after", ""], lines);
}

function verdict(value, bar, after) {
  if (value >= after) return "there";
  return value >= bar ? "within the bar" : "not within the bar";
}
