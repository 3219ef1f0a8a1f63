import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pkgDir, root } from "./paths.mjs";
import { npmBin } from "./setup.mjs";
import { run } from "./steps.mjs";

const SERVED_AS_IS = /\.(html|css|svg)$|^_headers$/;
const FONTS = { sans: "spline-sans", mono: "spline-sans-mono" };

/** Writes www/dist, which the Worker serves: the page, its fonts, and the package as `make build` left it. */
export async function buildPage() {
  const from = join(root, "www");
  const to = join(from, "dist");
  await mkdir(join(to, "fonts"), { recursive: true });
  await run(npmBin("tsc"), ["--project", from]);
  for (const name of await readdir(from)) {
    if (SERVED_AS_IS.test(name)) await cp(join(from, name), join(to, name));
  }
  for (const [name, font] of Object.entries(FONTS)) {
    const files = join(root, "node_modules", "@fontsource-variable", font, "files");
    await cp(join(files, `${font}-latin-wght-normal.woff2`), join(to, "fonts", `${name}.woff2`));
  }
  await cp(pkgDir, join(to, "pkg"), { recursive: true, dereference: true });
}
