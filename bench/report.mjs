import { limits } from "./limits.mjs";
import { names, titles } from "./plan.mjs";
import { megabytes, range, seconds, textTable, times } from "./table.mjs";
import { coresTarget, targets } from "./targets.mjs";

/** One comparison as it is printed: ours first, then each rival with how many times as long as each of ours it took. */
export function comparisonText({ runtime, table, rows, work, ours, peers }) {
  const heading = [`${titles[work]} (${table}, ${rows.toLocaleString("en")} rows, ${runtime})`];
  const takes = ours.flatMap((line) => [line === "tableport" ? "takes" : `of ${names[line]}`, "spread"]);
  heading.push("median", "spread", ...takes, "output", "memory before", "peak");
  const lines = peers.map(({ peer, seconds: time, ratios, size, memory }) => [
    ratios && peer === "tableport" ? "tableport again" : names[peer],
    seconds(time.median),
    range(time, seconds),
    ...ours.flatMap((line) => (ratios ? [times(ratios[line].median), range(ratios[line], times)] : ["", ""])),
    megabytes(size),
    megabytes(memory?.before),
    megabytes(memory?.peak),
  ]);
  return textTable(heading, lines);
}

/** What was to be reached on the mixed table, with what each of ours did: `{title, line, rival, runtime, bar, after, ours}`. */
export function reached(comparisons, runtime) {
  return targets.flatMap(({ work, rival, bar, after }) => {
    const found = comparisons.find(
      (one) => one.runtime === runtime && one.table === "mixed" && one.work === work,
    );
    const ratios = found?.peers.find(({ peer, ratios }) => ratios && peer === rival)?.ratios ?? {};
    return Object.entries(ratios).map(([line, ours]) => {
      return { title: titles[work], line: names[line], rival: names[rival], runtime, bar, after, ours };
    });
  });
}

/** What was to be reached, of all that was measured. */
export function allReached({ comparisons, cores = [] }) {
  const byCores = cores.map(({ title, ratio }) => {
    return { title, line: "two cores", rival: "one core", runtime: "node", ...coresTarget, ours: ratio };
  });
  return [...["node", "chromium"].flatMap((runtime) => reached(comparisons, runtime)), ...byCores];
}

export function reachedText(rows) {
  const lines = rows.map(({ title, line, rival, runtime, bar, after, ours }) => [
    title,
    line,
    rival,
    runtime,
    times(ours.median),
    range(ours, times),
    times(bar),
    times(after),
    verdict(ours.median, bar, after),
  ]);
  return textTable(["at least", "of", "against", "in", "ours", "spread", "bar", "after", ""], lines);
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

/** Where the time of each work went. */
export function profileText(profiles) {
  const shown = (shares) =>
    shares
      .filter(([, share]) => share >= 0.01)
      .map(([kind, share]) => `${kind} ${(share * 100).toFixed(0)} %`);
  return profiles
    .map(
      ({ work, seconds: total, shares }) => `${titles[work]}, ${seconds(total)}: ${shown(shares).join(", ")}`,
    )
    .join("\n");
}

function verdict(value, bar, after) {
  if (value >= after) return "there";
  return value >= bar ? "within the bar" : "not within the bar";
}
