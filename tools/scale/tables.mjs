// The tables of docs/scale.md.
import { costOf, STEPS } from "./cost.mjs";
import { ASSUMED, LIMITS, PRICES, value } from "./platform.mjs";

const whole = (number) => Math.round(number).toLocaleString("en-US");
const dollars = (number) => `$${number >= 1 ? number.toFixed(2) : number.toFixed(5)}`;
const percent = (share) => `${whole(100 * share)} %`;

/** A number in the unit that it is read most easily in: each from so much on, and how much it is. */
const inUnits = (units) => (number) => {
  const [, of, unit] = units.find(([from]) => number >= from) ?? units.at(-1);
  const shown = number / of;
  return `${shown < 10 && shown % 1 !== 0 ? shown.toFixed(1) : whole(shown)} ${unit}`;
};
const time = inUnits([
  [7200, 3600, "h"],
  [120, 60, "min"],
  [0, 1, "s"],
]);
const size = inUnits([
  [1e12, 1e12, "TB"],
  [1e9, 1e9, "GB"],
  [1e6, 1e6, "MB"],
  [1e3, 1e3, "KB"],
  [0, 1, "bytes"],
]);

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  return `${line(head)}|${"---|".repeat(head.length)}\n${rows.map(line).join("")}`;
}

/** A table with a column for each number of shards. */
function bySize(title, runs, lines) {
  const rows = Object.entries(lines).map(([name, cell]) => [name, ...runs.map(cell)]);
  return table([title, ...runs.map(({ shards }) => whole(shards))], rows);
}

/** One for each number of tasks. */
export function timesOf(tasks, runs) {
  const most = (name) => value(LIMITS, name);
  return bySize(`\`tasks\` ${whole(tasks)}, shards`, runs, {
    "from request to end": ({ seconds }) => time(seconds),
    ideal: ({ ideal }) => time(ideal),
    Workflows: ({ instances }) => whole(instances),
    "of them lost": ({ lost }) => whole(lost),
    "refused, as too many at once": ({ refused }) => whole(refused),
    steps: ({ instances }) => whole(STEPS * instances),
    "calls to the records": ({ calls }) => whole(calls),
    "a second": ({ calls, seconds }) => whole(calls / seconds),
    "in the busiest second": ({ busiest }) => whole(busiest.calls),
    "of what an object can take": ({ busiest }) => percent(busiest.calls / most("calls")),
    "rows read": ({ rows }) => whole(rows.read),
    "rows written": ({ rows }) => whole(rows.written),
    "rows read in the busiest second": ({ busiest }) => whole(busiest.read),
    "rows written in it": ({ busiest }) => whole(busiest.written),
    "subrequests of the busiest shard": ({ subrequests }) => whole(subrequests),
    "cost: Workflows, their steps and CPU": (run) => dollars(costOf(run).Workflows),
    "cost: calls to the records, which are awake": (run) => dollars(costOf(run).records),
    "cost: rows": (run) => dollars(costOf(run).rows),
    "cost: R2, without what is stored": (run) => dollars(costOf(run).R2),
    cost: (run) => dollars(costOf(run).sum),
  });
}

export function messagesOf(runs, list) {
  const message =
    (name) =>
    ({ messages }) =>
      size(messages[name] ?? 0);
  return (
    bySize("bytes, shards", runs, {
      "the plan's answer, which a step keeps: 1 MiB at most": message("plan"),
      "a task's assignment": message("begin"),
      "news of a task, and its row": message("heard"),
      "the job to its client, with all its files, by RPC: 32 MiB at most": message("get"),
    }) +
    `\nA page of ${list.jobs - 1} operations, and one more: ${size(list.bytes)}, for which ${whole(list.rows)} rows are read.\n`
  );
}

export function plansTable(plans) {
  const cells = ({ reads, seconds }) => `${whole(reads)} reads, ${time(seconds)}`;
  return bySize("plan, shards", plans, {
    "size of the table": ({ bytes }) => size(bytes),
    jsonl: ({ jsonl }) => cells(jsonl),
    csv: ({ csv }) => cells(csv),
    Parquet: ({ parquet }) => cells(parquet),
    "Parquet, memory": ({ parquet }) => size(parquet.memory),
  });
}

export function parametersOf() {
  const rows = (parameters, sign = "") =>
    Object.values(parameters).map(([number, unit, what, source]) => [
      what,
      `${sign}${number.toLocaleString("en-US")} ${unit}`.trim(),
      source.replace(/^https:\/\/developers\.cloudflare\.com\/(.*)$/, "[$1]($&)"),
    ]);
  const head = (what) => [what, "", "from"];
  return [
    table(head("Limits of the paid plan"), rows(LIMITS)),
    table(head("Prices of the paid plan, beyond what it includes"), rows(PRICES, "$")),
    table(head("Assumed or measured"), rows(ASSUMED)),
  ].join("\n");
}
