// A page that loses its network, in Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, serve } from "./chromium.mjs";

const script = `
import { exportTable } from "/pkg/browser.js";
window.begin = (worker) => {
  const source = [{ a: 1 }, { a: 2 }];
  const destination = location.origin + "/put";
  window.job = exportTable({ source, format: "csv", destination, worker, retries: 0 });
};
`;

let browser;
let server;
let puts = 0;
before(async () => {
  browser = await launch();
  const answer = async (path, request, response) => {
    if (path !== "/put") return false;
    for await (const _ of request);
    puts++;
    response.writeHead(200, { etag: '"x"' }).end();
    return true;
  };
  server = await serve({ script, answer });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

for (const worker of [true, false])
  test(`an export waits for the network, and burns no tries, ${worker ? "in a worker" : "in the page"}`, async () => {
    puts = 0;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(server.origin);
    await page.waitForFunction(() => window.begin);
    // The package is loaded while there is a network.
    await page.evaluate(async (worker) => {
      begin(worker);
      await job.finished;
    }, worker);
    assert.equal(puts, 1);
    await context.setOffline(true);
    await page.evaluate((worker) => begin(worker), worker);
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    assert.equal(await page.evaluate(() => job.status), "running");
    await context.setOffline(false);
    const done = await page.evaluate(() => job.finished);
    assert.deepEqual([done.status, puts], ["completed", 2]);
    await context.close();
  });
