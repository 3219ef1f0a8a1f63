// Chromium, and pages that import the package, under a strict Content-Security-Policy.
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium as browsers } from "playwright-core";
import { chromium } from "../../tools/setup.mjs";
import { listen, sendFile } from "./support.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const TYPES = { html: "text/html", js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };

export const launch = async () =>
  browsers.launch({ executablePath: await chromium(), args: [...FLAGS, ...QUIET] });

/**
 * A server of the package under /pkg/, and of a page whose module is `script`: `{origin, close}`.
 * @param {{script?: string, head?: string, roots?: Record<string, string>, policy?: string,
 *   answer?: (path: string, request: object, response: object) => unknown}} site `roots` are further files by the
 *   beginning of their paths; `answer` comes before everything else, and returns true where it has answered.
 */
export function serve({ script = "", head = "", roots = {}, policy = POLICY, answer = () => false }) {
  const places = { "/pkg/": join(root, "pkg"), ...roots };
  const page = `<!doctype html>${head}<script type="module" src="/page.js"></script>`;
  return listen(async (request, response) => {
    const path = normalize(new URL(request.url, "http://host").pathname);
    const type = TYPES[path.split(".").pop()] ?? (path === "/" ? TYPES.html : "application/octet-stream");
    const headers = { "content-security-policy": policy, "content-type": type };
    if (await answer(path, request, response)) return undefined;
    if (path === "/") return response.writeHead(200, headers).end(page);
    if (path === "/favicon.ico") return response.writeHead(204).end();
    if (path === "/page.js") return response.writeHead(200, headers).end(script);
    const base = Object.keys(places).find((prefix) => path.startsWith(prefix));
    if (!base) return response.writeHead(404).end();
    return sendFile(join(places[base], path.slice(base.length)), request, response, headers);
  });
}

/** Has the page believe that its machine has so many cores. */
export function pretendCores(page, cores) {
  const pretend = (value) => Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { value });
  return page.addInitScript(pretend, cores);
}
