import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { chromium as browsers } from "playwright-core";
import { buildPage } from "../../tools/page.mjs";
import { chromium } from "../../tools/setup.mjs";
import { startStore } from "../../tools/store.mjs";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];

let store;
let browser;
let page;
let complaints;

before(async () => {
  await buildPage();
  store = await startStore();
  browser = await browsers.launch({ executablePath: await chromium(), args: [...FLAGS, ...QUIET] });
});
after(async () => {
  await browser?.close();
  await store?.stop();
});

beforeEach(async () => {
  complaints = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(120_000);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  const response = await page.goto(store.origin);
  assert.match(response.headers()["content-security-policy"], /script-src 'self' 'wasm-unsafe-eval';/);
});
afterEach(async (t) => {
  t.diagnostic(`longest pause of the page: ${await page.textContent("#stall")}`);
  await page.close();
  assert.deepEqual(complaints, []);
});

/** Drops a file on the page, as a person does. */
async function drop(name, text) {
  const transfer = await page.evaluateHandle(
    ([name, text]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name));
      return transfer;
    },
    [name, text],
  );
  await page.dispatchEvent("#drop", "drop", { dataTransfer: transfer });
}

const choose = (group, value) => page.check(`input[name=${group}][value=${value}]`, { force: true });

/** Waits for the job to end and gives its resource, as the page shows it. */
async function ended(status) {
  await page.waitForSelector(
    "#job:is([data-status=completed], [data-status=failed], [data-status=cancelled])",
  );
  assert.equal(await page.textContent("#status"), status, await page.textContent("#failure-message"));
  const resource = JSON.parse(await page.textContent("#resource"));
  assert.equal(resource.status, status);
  return resource;
}

async function stored(name) {
  const { objects } = await (await fetch(`${store.origin}/objects`)).json();
  return objects.filter((object) => object.name.startsWith(name));
}

async function open(link) {
  const response = await fetch(new URL(await link.getAttribute("href"), store.origin));
  assert.equal(response.status, 200);
  return response.arrayBuffer();
}

test("a dropped csv becomes Parquet in the store", async () => {
  const rows = Array.from({ length: 20_000 }, (_, id) => ({
    id,
    name: `n, "${id % 97}"`,
    half: id / 2 + 0.25,
  }));
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const csv = rows.map(({ id, name, half }) => `${id},${quoted(name)},${half}\n`).join("");
  await drop("things.csv", `id,name,half\n${csv}`);
  assert.equal(await page.inputValue("[name=fileName]"), "things");
  await page.click("#start");
  const resource = await ended("completed");
  assert.equal(resource.percentCompleted, 100);
  assert.equal(resource.format, "parquet");
  assert.equal(await page.textContent("#rows"), "20,000");
  const file = await open(page.locator("#file-list a"));
  assert.equal(file.byteLength, resource.size);
  const read = await parquetReadObjects({ file, compressors });
  assert.deepEqual(
    read.map((row) => ({ ...row, id: Number(row.id) })),
    rows,
  );
});

test("generated rows become several gzipped csv files", async () => {
  await page.click("#generate");
  await page.fill("#row-count", "50000");
  await choose("format", "csv");
  await page.check("fieldset[data-for=csv] [name=gzip]");
  await page.fill("[name=columns]", "port, id");
  await page.selectOption("[name=mode]", "multi_file");
  await page.fill("[name=target]", "1");
  await page.fill("[name=fileName]", "several");
  await page.click("#start");
  const resource = await ended("completed");
  const links = await page.locator("#file-list a").all();
  assert.equal(links.length, resource.fileCount);
  const ids = [];
  for (const link of links) {
    const gunzipped = new Blob([await open(link)]).stream().pipeThrough(new DecompressionStream("gzip"));
    const [header, ...lines] = (await new Response(gunzipped).text()).trimEnd().split("\n");
    assert.equal(header, "port,id");
    ids.push(...lines.map((line) => Number(line.split(",")[1])));
  }
  assert.deepEqual(
    ids,
    Array.from({ length: 50_000 }, (_, id) => id),
  );
});

test("a large export is cancelled by keyboard, and leaves no object", async () => {
  await page.click("#generate");
  await page.fill("#row-count", "5000000");
  await choose("format", "jsonl");
  await page.fill("[name=fileName]", "cancelled");
  await page.click("#start");
  await page.waitForSelector("#parts .sent");
  await page.keyboard.press("Enter");
  const resource = await ended("cancelled");
  assert.equal(resource.size, null);
  assert.equal(await page.isVisible("#failure"), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), "job-heading");
  assert.deepEqual(await stored("cancelled"), []);
});

test("a failed export shows its code and place, and the next one works", async () => {
  await drop("few.csv", "a,b\n1,2\n");
  await page.fill("[name=columns]", "a, missing");
  await page.click("#start");
  await ended("failed");
  assert.equal(await page.textContent("#failure-code"), "config/unknown-column");
  assert.match(await page.textContent("#failure-place"), /missing/);
  await page.fill("[name=columns]", "");
  await page.click("#start");
  await page.waitForSelector("#job[data-status=completed]");
  assert.equal(await page.isVisible("#failure"), false);
});

test("a download is saved by the browser", async () => {
  await drop("few.csv", "a,b\n1,x\n2,\n");
  await choose("format", "jsonl");
  await choose("destination", "download");
  // A picker would wait for a person.
  await page.evaluate(() => {
    window.showSaveFilePicker = undefined;
  });
  const saved = page.waitForEvent("download");
  await page.click("#start");
  const download = await saved;
  await ended("completed");
  assert.equal(download.suggestedFilename(), "few.jsonl");
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.equal(JSON.parse(lines[0]).a, 1);
});

test("nothing is wider than a phone", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.click("#generate");
  for (const format of ["csv", "jsonl", "parquet"]) {
    await choose("format", format);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  }
});
