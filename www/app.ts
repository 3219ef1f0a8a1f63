import { callText } from "./call.js";
import { element, setText } from "./dom.js";
import { runExport } from "./run.js";
import { readSettings } from "./settings.js";
import { watchStalls } from "./stall.js";
import { TableChooser } from "./table.js";

const form = element("form", HTMLFormElement);
const start = element("start", HTMLButtonElement);
const fileName = form.elements.namedItem("fileName") as HTMLInputElement;
let running = false;

const chooser = new TableChooser(() => {
  fileName.value = chooser.table?.name ?? "table";
  refresh();
});

/** Shows what the present choices make possible, and the call that they come to. */
function refresh(): void {
  const values = new FormData(form);
  for (const group of form.querySelectorAll("fieldset")) {
    group.hidden = group.disabled = group.dataset.for !== values.get("format");
  }
  enable("target-field", values.get("mode") === "multi_file");
  enable("part-size-field", values.get("destination") === "store");
  start.disabled = running || !chooser.table;
  setText("start-hint", running ? "One export at a time." : chooser.table ? "" : "Choose a table first.");
  setText("call", callText(chooser.table, readSettings(form)));
}

function enable(id: string, shown: boolean): void {
  const field = element(id, HTMLElement);
  field.hidden = !shown;
  for (const input of field.querySelectorAll("input")) input.disabled = !shown;
}

form.addEventListener("input", refresh);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { table } = chooser;
  if (!table || running) return;
  running = true;
  refresh();
  try {
    await runExport(table, readSettings(form));
  } finally {
    running = false;
    refresh();
  }
});

watchStalls();
refresh();
