import { buildPage } from "./page.mjs";
import { main, say, step } from "./steps.mjs";
import { startStore } from "./store.mjs";

const PORT = 8787;

await main(async () => {
  await step("build the page", buildPage);
  const store = await step("start the page's Worker and its store", () => startStore({ port: PORT }));
  say(`\nThe page is at ${store.origin}. Ctrl-C ends it, and what it stored goes with it.`);
  await new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, resolve);
  });
  await store.stop();
});
