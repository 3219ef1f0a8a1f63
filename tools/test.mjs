import { build } from "./build.mjs";
import { lint } from "./check.mjs";
import { main, StepError, say, seconds } from "./steps.mjs";
import { runSuite, suiteNames, summary } from "./suites.mjs";

await main(async () => {
  const start = performance.now();
  const results = [];
  // The build comes first: it writes the types of the glue, which tsc wants.
  await build();
  results.push(await linted());
  for (const name of suiteNames) results.push(await runSuite(name));
  say(`\nAll of it took ${seconds(start)}`);
  summary(results);
});

/** A failing lint does not keep the tests from running, and fails the whole. */
async function linted() {
  try {
    await lint();
    return { name: "lints", passed: 0, failed: 0 };
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(error.message);
    return { name: "lints", passed: 0, failed: 1 };
  }
}
