import { relative } from "node:path";
import { openPage } from "../agents/chromium.mjs";
import { cache } from "../files.mjs";
import { spread } from "../statistics.mjs";

/**
 * The longest pause of a page while it exports row objects to Parquet, settings left alone: milliseconds between two
 * turns of a timer that is always due, and the longest of the tasks that Chromium itself calls long (50 ms and more).
 */
export async function measureMainThread({ origin, files, rounds }) {
  const { page, browser } = await openPage(origin);
  try {
    const what = { peer: "tableport", work: "rows-parquet", arrow: `/cache/${relative(cache, files.arrow)}` };
    await page.evaluate((options) => window.bench.prepare(options), what);
    // The first run loads the module.
    await page.evaluate(() => window.bench.run());
    const runs = [];
    for (let round = 0; round < rounds; round++) runs.push(await page.evaluate(watched));
    const of = (key) => spread(runs.map((one) => one[key]));
    return { pause: of("pause"), longTask: of("longTask"), seconds: of("seconds") };
  } finally {
    await browser.close();
  }
}

/** Runs in the page. */
async function watched() {
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  let watching = true;
  let longest = 0;
  let last;
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - (last ?? now));
    last = now;
    if (watching) setTimeout(tick);
  };
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 500));
  observer.observe({ type: "longtask" });
  tick();
  const { seconds } = await window.bench.run();
  await new Promise((resolve) => setTimeout(resolve, 100));
  watching = false;
  observer.disconnect();
  return { seconds, pause: longest, longTask: Math.max(0, ...tasks.map(({ duration }) => duration)) };
}
