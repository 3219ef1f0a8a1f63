import { element, setText } from "./dom.js";
import { arrivals } from "./generate.js";
import { type Run, showFailure, showJob } from "./job-view.js";
import { type ExportError, exportTable } from "./pkg/browser.js";
import type { Settings } from "./settings.js";
import type { Table } from "./table.js";
import { bytes, counted, seconds } from "./units.js";
import { Uploads } from "./upload.js";

const REFRESH_MS = 100;
const ANNOUNCE_EVERY = 25;

/** Runs one export to its end, whichever that is, and shows it all the while. */
export async function runExport(table: Table, { config, destination }: Settings): Promise<void> {
  const uploads = new Uploads();
  const toStore = destination.type === "store";
  const job = exportTable({
    source: table.kind === "generated" ? arrivals(table.rows) : table.file,
    ...config,
    destination: toStore
      ? { type: "presigned", sign: uploads.sign, partSize: destination.partSize }
      : destination,
  });
  const run: Run = { job, uploads, toStore, startedAt: performance.now() };
  const cancel = element("cancel", HTMLButtonElement);
  const onCancel = (): void => job.cancel();
  cancel.addEventListener("click", onCancel);
  const announce = announcer();
  const timer = setInterval(() => {
    showJob(run);
    announce(job.toJSON().percentCompleted);
  }, REFRESH_MS);
  begin(run);
  try {
    await job.finished;
    setText("announcement", summary(run));
  } catch (error) {
    const failure = error as ExportError;
    const cancelled = job.status === "cancelled";
    if (!cancelled) showFailure(failure);
    setText("announcement", cancelled ? "Export cancelled" : `Export failed: ${failure.message}`);
  } finally {
    clearInterval(timer);
    cancel.removeEventListener("click", onCancel);
    end({ ...run, endedAt: performance.now() });
  }
}

function begin(run: Run): void {
  showFailure(undefined);
  showJob(run);
  setText("announcement", "Export started");
  const cancel = element("cancel", HTMLButtonElement);
  cancel.hidden = false;
  cancel.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element("job", HTMLElement).scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

function end(run: Run): void {
  showJob(run);
  const cancel = element("cancel", HTMLButtonElement);
  const focused = document.activeElement === cancel;
  cancel.hidden = true;
  if (focused) element("job-heading", HTMLElement).focus({ preventScroll: true });
}

function summary({ job, startedAt }: Run): string {
  const { rows, bytesAcknowledged } = job.progress;
  const took = seconds(performance.now() - startedAt);
  return `Export completed: ${counted(rows, "row")}, ${bytes(bytesAcknowledged)}, ${took}`;
}

/** Speaks now and then: a screen reader that reads every percent says nothing. */
function announcer(): (percent: number) => void {
  let next = ANNOUNCE_EVERY;
  return (percent) => {
    if (percent < next || percent >= 100) return;
    setText("announcement", `${Math.floor(percent)} percent`);
    next = (Math.floor(percent / ANNOUNCE_EVERY) + 1) * ANNOUNCE_EVERY;
  };
}
