// What only a page can do: downloads to disk, by a picker that gives files of the page's own. And what it must not.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, serve } from "./chromium.mjs";

/** A click on the button runs `window.config`; the picker makes the file that is asked for, as a browser's does. */
const script = `
import { exportTable } from "/pkg/browser.js";
const root = await navigator.storage.getDirectory();
const picked = [];
const pick = async ({ suggestedName }) => {
  picked.push(suggestedName);
  return root.getFileHandle(suggestedName, { create: true });
};
window.showSaveFilePicker = pick;
const textOf = async (name) => (await (await root.getFileHandle(name)).getFile()).text();
const names = async () => (await Array.fromAsync(root.keys())).filter((name) => !name.endsWith(".crswap")).sort();
const untilEmpty = async () => {
  while ((await names()).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
};
const rows = function* (count) {
  for (let id = 0; id < count; id++) yield { id, text: "text of row " + id };
};
const base = { format: "csv", destination: { type: "download" }, fileName: "t" };
const start = (config) => {
  window.job = exportTable({ source: rows(3), ...base, ...config });
  window.ended = window.job.finished.then(
    () => ({ status: window.job.status, name: window.job.files[0].name }),
    ({ code, cause }) => (cause ? { code, cause: cause.name } : { code }),
  );
};
Object.assign(window, { exportTable, picked, pick, root, textOf, names, untilEmpty, rows, start, config: () => ({}) });
document.querySelector("button").onclick = () => start(window.config());
if (location.hash === "#by-itself") start({});
window.isReady = true;
`;
const TIMEOUT = { timeout: 60_000 };
const head = "<button>Save</button>";
const THREE = "id,text\n0,text of row 0\n1,text of row 1\n2,text of row 2\n";

let browser;
let server;
let page;
let downloads;

before(async () => {
  browser = await launch();
  server = await serve({ script, head });
});
after(async () => {
  await browser?.close();
  await server?.close();
});
beforeEach(() => open(""));
afterEach(() => page.context().close());

/** Opens the page in a profile of its own, and notes what it saves by links. */
async function open(hash) {
  await page?.context().close();
  page = await (await browser.newContext()).newPage();
  downloads = [];
  page.on("download", (download) => downloads.push(download));
  await page.goto(`${server.origin}/${hash}`);
  await page.waitForFunction(() => window.isReady);
}

/** Clicks, which starts an export of this config: the text of a function. Gives how it ended. */
async function click(config = "() => ({})") {
  await page.evaluate(`window.ended = undefined; window.config = ${config}`);
  await page.click("button");
  await page.waitForFunction(() => window.ended);
  return page.evaluate(() => window.ended);
}

for (const worker of [true, false])
  test(`a click writes the file where the picker says, ${worker ? "from a worker" : "in the page"}`, async () => {
    const end = await click(`() => ({ worker: ${worker}, source: rows(100_000) })`);
    assert.deepEqual(end, { status: "completed", name: "t.csv" });
    assert.deepEqual(await page.evaluate(() => window.picked), ["t.csv"]);
    const text = await page.evaluate(() => window.textOf("t.csv"));
    assert.equal(text.split("\n").length, 100_002);
    assert.equal(text.split("\n")[100_000], "99999,text of row 99999");
    assert.deepEqual(downloads, []);
  });

test("what is suggested is what the core names it", async () => {
  for (const config of [
    "{ fileName: 'flights.csv' }",
    "{ fileName: undefined, table: { name: 'flights of the table' } }",
    "{ fileName: undefined, source: new File(['a\\n1\\n'], 'people.old.csv') }",
    "{ fileName: undefined, format: 'jsonl', compression: 'gzip' }",
  ]) {
    const end = await click(`() => (${config})`);
    assert.equal(end.status, "completed");
    assert.equal(await page.evaluate(() => window.picked.at(-1)), end.name);
  }
});

test("who closes the picker cancels the job", async () => {
  await page.evaluate(() => {
    window.showSaveFilePicker = () => Promise.reject(new DOMException("closed", "AbortError"));
  });
  assert.deepEqual(await click(), { code: "cancelled", cause: "AbortError" });
  assert.deepEqual([await page.evaluate(() => window.names()), downloads], [[], []]);
});

test("cancel leaves no half file, and what was there before", TIMEOUT, async () => {
  const cancelled = `() => ({
    source: rows(Infinity),
    onStatus: ({ progress }) => progress.bytesAcknowledged > 0 && window.job.cancel(),
  })`;
  assert.deepEqual(await click(cancelled), { code: "cancelled" });
  await page.evaluate(() => window.untilEmpty());
  await page.evaluate(async () => {
    const stream = await (await window.pick({ suggestedName: "t.csv" })).createWritable();
    await stream.write("before");
    await stream.close();
  });
  assert.deepEqual(await click(cancelled), { code: "cancelled" });
  assert.equal(await page.evaluate(() => window.textOf("t.csv")), "before");
});

test("cancel while the file is opened leaves none", TIMEOUT, async () => {
  await page.evaluate(() => {
    const { pick } = window;
    window.showSaveFilePicker = async (options) => {
      const file = await pick(options);
      const createWritable = file.createWritable.bind(file);
      file.createWritable = async () => {
        const stream = await createWritable();
        window.job.cancel();
        await window.ended;
        // Long enough for what comes of the end to have come.
        await new Promise((resolve) => setTimeout(resolve, 200));
        return stream;
      };
      return file;
    };
  });
  assert.deepEqual(await click(), { code: "cancelled" });
  await page.evaluate(() => window.untilEmpty());
});

test("a config that cannot work leaves no file", TIMEOUT, async () => {
  const end = await click("() => ({ retries: -1 })");
  assert.deepEqual(end, { code: "config/invalid-value" });
  await page.evaluate(() => window.untilEmpty());
  assert.deepEqual(await page.evaluate(() => window.picked), ["t.csv"]);
});

/** Checks that the file was saved by a link. */
async function assertSaved() {
  const [download] = downloads.length ? downloads : [await page.waitForEvent("download")];
  assert.equal(download.suggestedFilename(), "t.csv");
  assert.equal(await readFile(await download.path(), "utf8"), THREE);
  assert.deepEqual(await page.evaluate(() => window.names()), []);
}

test("without a picker, or where it fails, the file is saved by a link", async () => {
  for (const picker of ["undefined", "() => Promise.reject(new DOMException('no', 'SecurityError'))"]) {
    await open("");
    await page.evaluate(`window.showSaveFilePicker = ${picker}`);
    assert.equal((await click()).status, "completed");
    await assertSaved();
  }
});

test("without a click, the file is saved by a link", async () => {
  await open("#by-itself");
  assert.equal((await page.evaluate(() => window.ended)).status, "completed");
  assert.deepEqual(await page.evaluate(() => window.picked), []);
  await assertSaved();
});

test("several files are saved by links", async () => {
  const end = await click("() => ({ targetFileSizeBytes: 1, source: rows(20_000) })");
  assert.equal(end.status, "completed");
  assert.deepEqual(await page.evaluate(() => window.picked), []);
});

test("credentials are for servers: a page refuses them unless it is told", async () => {
  const found = await page.evaluate(async () => {
    const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
    const place = { endpoint: "https://127.0.0.1:1", bucket: "b", region: "auto" };
    const run = async (changes) => {
      const destination = { type: "s3", ...place, credentials, ...changes };
      const config = { source: [{ a: 1 }], format: "csv", destination, retries: 0 };
      const { code, place: at, message } = await exportTable(config).finished.catch((error) => error);
      return [code, at.field, message];
    };
    return [await run({}), await run({ allowBrowser: false }), await run({ allowBrowser: true })];
  });
  for (const [code, field, message] of found.slice(0, 2)) {
    assert.deepEqual([code, field], ["config/invalid-value", "destination.allowBrowser"]);
    assert.match(message, /not true in a browser/);
  }
  assert.equal(found[2][0], "network/failed");
});
