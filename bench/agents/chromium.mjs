import { basename, relative } from "node:path";
import { chromium as browsers } from "playwright-core";
import { chromium } from "../../tools/setup.mjs";
import { cache } from "../files.mjs";
import { resetPeak, resident } from "../memory.mjs";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** A page in the background is not slowed down, and garbage is also collected when it is told to be. */
const STEADY = [
  "--disable-renderer-backgrounding",
  "--disable-background-timer-throttling",
  "--js-flags=--expose-gc",
];

/** A page in a browser of its own: `{page, browser}`. */
export async function openPage(origin) {
  const browser = await browsers.launch({
    executablePath: await chromium(),
    args: [...FLAGS, ...QUIET, ...STEADY],
  });
  const page = await browser.newPage();
  await page.goto(origin);
  await page.waitForFunction(() => window.bench);
  return { page, browser };
}

/** A peer in a page of its own. */
export async function openChromium({ peer, work, files, origin }) {
  const { page, browser } = await openPage(origin);
  const before = await renderersOf(browser);
  const url = (path) => `/cache/${relative(cache, path)}`;
  try {
    await page.evaluate((what) => window.bench.prepare(what), {
      peer,
      work,
      arrow: url(files.arrow),
      csv: url(files.csv),
    });
  } catch (error) {
    await browser.close();
    throw error;
  }
  const pid = await busiest(browser, before);
  return {
    run: () => page.evaluate(() => window.bench.run()),
    save: (path) => page.evaluate((to) => window.bench.save(to), `/save/${basename(path)}`),
    resetPeak: () => resetPeak(pid),
    resident: () => resident(pid),
    close: () => browser.close(),
  };
}

/** The process of the page: the one that has worked most since then. Others are idle, or kept in readiness. */
async function busiest(browser, before) {
  const worked = ({ id, cpuTime }) => cpuTime - (before.find((one) => one.id === id)?.cpuTime ?? 0);
  return (await renderersOf(browser)).sort((a, b) => worked(b) - worked(a))[0].id;
}

async function renderersOf(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer");
}
