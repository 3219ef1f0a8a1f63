import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pkgDir } from "./paths.mjs";
import { measure } from "./sizes.mjs";
import { main, say } from "./steps.mjs";

const column = (bytes) => (bytes / 1000).toFixed(1).padStart(9);

await main(async () => {
  say(`${"KB of 1000 bytes".padEnd(28)}      raw     gzip   brotli`);
  // The JavaScript of every module is the same.
  const names = (await readdir(pkgDir, { recursive: true })).filter((name) =>
    /^[^/]+\.js$|\.wasm$/.test(name),
  );
  for (const name of names.sort()) {
    const { raw, gzip, brotli } = measure(await readFile(join(pkgDir, name)));
    say(`${name.padEnd(28)}${column(raw)}${column(gzip)}${column(brotli)}`);
  }
});
