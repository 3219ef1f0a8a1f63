import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../tools/paths.mjs";
import { say } from "../tools/steps.mjs";
import { barChart } from "./bar-chart.mjs";
import { growthChart } from "./line-chart.mjs";
import { allReached, comparisonText, kept, keptText, profileText, reachedText } from "./report.mjs";

const BEGIN = "<!-- measured: written by the bench -->";
const END = "<!-- /measured -->";

/** Writes the charts of docs/, and the tables between the marks of docs/performance.md. */
export async function writeDocs(measured) {
  const at = (name) => join(root, "docs", name);
  const main = measured.comparisons.filter(({ runtime, table }) => runtime === "node" && table === "mixed");
  await writeFile(at("performance.svg"), barChart(main));
  await writeFile(at("growth.svg"), growthChart(measured.growth));
  const page = await readFile(at("performance.md"), "utf8");
  const [before, rest] = page.split(BEGIN);
  const after = rest.split(END)[1];
  await writeFile(at("performance.md"), `${before}${BEGIN}\n\n${tablesOf(measured)}\n\n${END}${after}`);
  say("docs/ has the charts and tables.");
}

function tablesOf(measured) {
  const { cpu, cores, memory, node, date, commit } = measured.machine;
  const gigabytes = Math.round(memory / 2 ** 30);
  const fenced = (content) => `\`\`\`\n${content}\n\`\`\``;
  return [
    `Of ${commit}, on ${date}: ${cpu}, ${cores} cores, ${gigabytes} GB, Node ${node}.`,
    "What was to be reached, in times as fast:",
    fenced(reachedText(allReached(measured))),
    "What was not to be exceeded:",
    fenced(keptText(kept(measured))),
    "Where the time went, on the thread that exports:",
    profileText(measured.profile)
      .split("\n")
      .map((line) => `- ${line}`)
      .join("\n"),
    "Everything that was compared:",
    ...measured.comparisons.map((one) => fenced(comparisonText(one))),
  ].join("\n\n");
}
