import { readFile } from "node:fs/promises";
import { realTables } from "../tests/data/tables.mjs";
import { buildPage } from "./page.mjs";
import { main, say, step } from "./steps.mjs";
import { startStore } from "./store.mjs";

const PORT = 8787;

await main(async () => {
  await step("build the page", buildPage);
  const { "flights-3m.parquet": table } = await step(
    "get flights-3m.parquet of the npm package vega-datasets",
    () => realTables("flights-3m.parquet"),
  );
  const store = await step("start the Worker and its store", () => startStore({ port: PORT }));
  await step("put the table where the service finds it", async () =>
    store.putTable("vega/flights.parquet", await readFile(table)),
  );
  say(
    `\nThe page is at ${store.origin}, and the four APIs beside it, for the token tableport-local. As Redivis:`,
  );
  say(
    `  curl -H "Authorization: Bearer tableport-local" ${store.origin}/tables/demo.vega.flights/exports \\`,
  );
  say(`    -d '{"format": "parquet"}'`);
  say("edge/README.md has the others. Ctrl-C ends it, and what it stored goes with it.");
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, resolve);
  });
  await store.stop();
});
