// Every route of the service, by its API, and the form in which each API says no.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const edge = new URL("../../../edge/", import.meta.url);

/** `{...}` stands for what is there: a project, a table, and a job of each API. What ends a job's life comes last. */
export const ROUTES = [
  ["redivis", "GET", "/tables/{table}"],
  ["redivis", "HEAD", "/tables/{table}"],
  ["redivis", "POST", "/tables/{table}/exports"],
  ["redivis", "GET", "/exports/{redivis}"],
  ["redivis", "GET", "/exports/{redivis}/download"],
  ["redivis", "HEAD", "/exports/{redivis}/download"],
  ["redivis", "POST", "/exports/{redivis}/cancel"],
  ["earth-engine", "GET", "/$discovery/rest"],
  ["earth-engine", "GET", "/v1/projects/{project}/algorithms"],
  ["earth-engine", "POST", "/v1/projects/{project}/table:export"],
  ["earth-engine", "GET", "/v1/projects/{project}/operations"],
  ["earth-engine", "GET", "/v1/projects/{project}/operations/{earth-engine}"],
  ["earth-engine", "POST", "/v1/projects/{project}/operations/{earth-engine}:wait"],
  ["earth-engine", "POST", "/v1/projects/{project}/operations/{earth-engine}:cancel"],
  ["earth-engine", "DELETE", "/v1/projects/{project}/operations/{earth-engine}"],
  ...["/v1.0", "/v1"].flatMap((version) => [
    ["dli", "POST", `${version}/{project}/jobs/export-table`],
    ["dli", "GET", `${version}/{project}/jobs/{dli}/status`],
    ["dli", "GET", `${version}/{project}/jobs/{dli}/progress`],
    ["dli", "GET", `${version}/{project}/jobs/{dli}/detail`],
    ["dli", "POST", `${version}/{project}/jobs/{dli}/export-result`],
    ["dli", "DELETE", `${version}/{project}/jobs/{dli}`],
  ]),
  ["export-temp", "POST", "/v1/data/export-temp"],
  ["export-temp", "POST", "/v2/data/export"],
].map(([api, method, path]) => ({ api, method, path }));

/** A path with its names filled in. */
export function filled(path, names) {
  return path.replaceAll(/\{([\w-]+)\}/g, (_, name) => names[name]);
}

/** The patterns by which the Worker tells its APIs apart: `{pattern, api}`. */
export async function patterns() {
  const source = await readFile(new URL("worker.ts", edge), "utf8");
  const found = [...source.matchAll(/^ {2}\[\/(\^.*)\/, "([a-z-]+)", \w+\],$/gm)];
  return found.map(([, pattern, api]) => ({ pattern: new RegExp(pattern), api }));
}

/** The words at the ends of paths that the routes are told apart by. */
export async function actions() {
  const files = ["redivis", "operations", "dli"].map((name) => new URL(`routes/${name}.ts`, edge));
  const sources = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const switches = sources.flatMap((source) => source.match(/switch \(action\) \{[\s\S]*?\n {2}\}/g) ?? []);
  return switches.flatMap((text) => [...text.matchAll(/case "([a-z-]+)":/g)].map(([, word]) => word));
}

const FORMS = {
  redivis({ status, error, error_description, ...rest }, { status: answered }) {
    assert.deepEqual(
      [status, typeof error, typeof error_description, rest],
      [answered, "string", "string", {}],
    );
  },
  "earth-engine"({ error: { code, message, status, ...rest } }, { status: answered }) {
    assert.deepEqual([code, typeof message, rest], [answered, "string", {}]);
    assert.match(status, /^[A-Z_]+$/);
  },
  dli({ error_code, error_msg, ...rest }) {
    assert.match(error_code, /^DLI\.\d{4}$/);
    assert.deepEqual([typeof error_msg, rest], ["string", {}]);
  },
  "export-temp"({ code, success, data, exception, ...rest }, { status }) {
    assert.deepEqual(
      [code, success, data, typeof exception.message, rest],
      [status, false, null, "string", {}],
    );
  },
};

/** That an answer says no with one of these statuses, as its API does. */
export function refused(api, answer, statuses, what) {
  assert.ok(statuses.includes(answer.status), `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  if (answer.method === "HEAD" || answer.status === 405) return;
  assert.match(answer.headers["content-type"] ?? "", /^application\/json/, what);
  FORMS[api](JSON.parse(answer.text), answer);
}
