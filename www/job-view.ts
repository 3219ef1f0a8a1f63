import { build, element, setText } from "./dom.js";
import type { ExportError, ExportFile, ExportJob } from "./pkg/browser.js";
import { bytes, count, counted, seconds, speed } from "./units.js";
import type { Uploads } from "./upload.js";

const MOST_BLOCKS = 240;

/** One run of a job, as the page shows it. */
export type Run = { job: ExportJob; uploads: Uploads; toStore: boolean; startedAt: number; endedAt?: number };

export function showJob(run: Run): void {
  const { job, uploads, startedAt, endedAt } = run;
  const elapsed = (endedAt ?? performance.now()) - startedAt;
  const resource = job.toJSON();
  const percent = resource.percentCompleted;
  const { rows, bytesEncoded, bytesAcknowledged } = job.progress;
  element("job", HTMLElement).dataset.status = job.status;
  setText("status", job.status);
  setText("percent", String(Math.floor(percent)));
  const bar = element("bar", HTMLElement);
  bar.setAttribute("aria-valuenow", String(Math.floor(percent)));
  bar.style.setProperty("--done", String(percent / 100));
  setText("rows", count(rows));
  setText("encoded", bytes(bytesEncoded));
  setText("acknowledged", bytes(bytesAcknowledged));
  setText("speed", speed(bytesEncoded, elapsed));
  setText("time", seconds(elapsed));
  showParts(uploads.parts, uploads.acknowledged(bytesAcknowledged));
  showFiles(run);
  setText("resource", JSON.stringify(resource, null, 2));
}

/** A block for each part, filled when the store has acknowledged it; for several parts when there are very many. */
function showParts(parts: number, acknowledged: number): void {
  const each = Math.max(1, Math.ceil(parts / MOST_BLOCKS));
  const blocks = Math.ceil(parts / each);
  const row = element("parts", HTMLElement);
  while (row.childElementCount > blocks) row.lastElementChild?.remove();
  while (row.childElementCount < blocks) row.append(build("i", []));
  const sent = Math.floor(acknowledged / each);
  for (const [index, block] of Array.from(row.children).entries())
    block.classList.toggle("sent", index < sent);
  setText("part-count", parts === acknowledged ? count(parts) : `${count(acknowledged)} of ${count(parts)}`);
  row.setAttribute("aria-label", `${count(acknowledged)} of ${counted(parts, "part")} acknowledged`);
}

let shownFiles = "";

/** The files so far, each a link once the store has the whole of it. */
function showFiles({ job, toStore }: Run): void {
  const { files, status } = job;
  const key = `${job.id} ${status} ${files.map((file) => file.stored)}`;
  if (key === shownFiles) return;
  shownFiles = key;
  const items = files.map((file) => {
    const path = file.name.split("/").map(encodeURIComponent).join("/");
    const linked = toStore && file.stored;
    const name = linked ? build("a", [file.name], { href: `/objects/${path}`, download: "" }) : file.name;
    return build("li", [name, build("span", [fileFacts(file, status)], { class: "facts" })]);
  });
  element("file-list", HTMLElement).replaceChildren(...items);
  element("files", HTMLElement).hidden = items.length === 0;
  showColumns(files[0]?.schema ?? []);
}

function fileFacts(file: ExportFile, status: ExportJob["status"]): string {
  if (!file.stored && status !== "running") return "not stored";
  if (file.size === null || file.rows === null) return "being written";
  const facts = [bytes(file.size), counted(file.rows, "row")];
  if (file.rowGroups) facts.push(counted(file.rowGroups, "row group"));
  if (file.etag) facts.push(`ETag ${file.etag.replaceAll('"', "")}`);
  return facts.join(" · ");
}

function showColumns(columns: ExportFile["schema"]): void {
  element("columns", HTMLElement).hidden = columns.length === 0;
  setText("column-count", counted(columns.length, "column"));
  const items = columns.map(({ name, type }) => build("div", [build("dt", [name]), build("dd", [type])]));
  element("column-list", HTMLElement).replaceChildren(...items);
}

export function showFailure(error: ExportError | undefined): void {
  element("failure", HTMLElement).hidden = error === undefined;
  setText("failure-code", error?.code ?? "");
  setText("failure-message", error?.message ?? "");
  const place = Object.entries(error?.place ?? {}).filter(([, value]) => value !== undefined);
  const items = place.map(([name, value]) => {
    return build("div", [
      build("dt", [name]),
      build("dd", [typeof value === "number" ? count(value) : String(value)]),
    ]);
  });
  element("failure-place", HTMLElement).replaceChildren(...items);
}
