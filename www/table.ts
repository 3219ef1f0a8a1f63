import { build, element, setText } from "./dom.js";
import { arrivals } from "./generate.js";
import { bytes, count } from "./units.js";

const PREVIEW_BYTES = 4096;
const PREVIEW_LINES = 6;
const PREVIEW_ROWS = 3;
const TEXT_FILE = /\.(csv|tsv|jsonl|ndjson)$/i;

/** What is to be exported: a file of the visitor's, or generated rows. */
export type Table =
  | { kind: "file"; name: string; file: File }
  | { kind: "generated"; name: string; rows: number };

/** The part of the page where a table is dropped, chosen or made. */
export class TableChooser {
  #table: Table | undefined;
  readonly #changed: () => void;
  readonly #drop = element("drop", HTMLElement);
  readonly #input = element("file", HTMLInputElement);
  readonly #rows = element("row-count", HTMLInputElement);

  constructor(changed: () => void) {
    this.#changed = changed;
    element("choose", HTMLButtonElement).addEventListener("click", () => this.#input.click());
    element("generate", HTMLButtonElement).addEventListener("click", () => this.#generate());
    element("change", HTMLButtonElement).addEventListener("click", () => this.#set(undefined));
    this.#rows.addEventListener("input", () => this.#generate());
    this.#input.addEventListener("change", () => this.#take(this.#input.files));
    this.#acceptDrops();
  }

  get table(): Table | undefined {
    return this.#table;
  }

  #acceptDrops(): void {
    const over = (event: DragEvent, inside: boolean): void => {
      event.preventDefault();
      this.#drop.classList.toggle("over", inside);
    };
    // A file dropped beside the box is taken too; otherwise the browser would leave the page to open it.
    addEventListener("dragover", (event) => over(event, true));
    addEventListener("dragleave", (event) => over(event, event.relatedTarget !== null));
    addEventListener("drop", (event) => {
      over(event, false);
      this.#take(event.dataTransfer?.files ?? null);
    });
  }

  #take(files: FileList | null): void {
    const file = files?.[0];
    if (file)
      this.#set({ kind: "file", name: file.name.replace(/(\.[a-z0-9]+)(\.gz)?$/i, "") || "table", file });
  }

  #generate(): void {
    const rows = this.#rows.valueAsNumber;
    this.#set({
      kind: "generated",
      name: "arrivals",
      rows: Number.isSafeInteger(rows) && rows >= 0 ? rows : 0,
    });
  }

  #set(table: Table | undefined): void {
    this.#table = table;
    this.#input.value = "";
    this.#drop.classList.toggle("has-table", table !== undefined);
    element("no-table", HTMLElement).hidden = table !== undefined;
    element("table", HTMLElement).hidden = table === undefined;
    const generated = table?.kind === "generated";
    element("row-count-field", HTMLElement).hidden = !generated;
    this.#rows.disabled = !generated;
    if (table) {
      setText("table-name", table.kind === "file" ? table.file.name : "Containers arriving at ports");
      setText(
        "table-facts",
        table.kind === "file" ? bytes(table.file.size) : `${count(table.rows)} made-up rows`,
      );
      void this.#preview(table);
    }
    this.#changed();
  }

  async #preview(table: Table): Promise<void> {
    const preview = element("preview", HTMLElement);
    const content = table.kind === "generated" ? firstRows(table.rows) : await firstLines(table.file);
    if (table !== this.#table) return;
    preview.hidden = content === undefined;
    preview.replaceChildren(content ?? "");
  }
}

function firstRows(rows: number): HTMLElement | undefined {
  const sample = Array.from(arrivals(Math.min(rows, PREVIEW_ROWS)));
  const [first] = sample;
  if (!first) return undefined;
  const numeric = (value: unknown): Record<string, string> =>
    /number|bigint/.test(typeof value) ? { class: "number" } : {};
  const heads = Object.entries(first).map(([name, value]) =>
    build("th", [name], { scope: "col", ...numeric(value) }),
  );
  const lines = sample.map((row) =>
    build(
      "tr",
      Object.values(row).map((value) =>
        build("td", [cell(value)], value === null ? { class: "null" } : numeric(value)),
      ),
    ),
  );
  return build("table", [build("thead", [build("tr", heads)]), build("tbody", lines)]);
}

async function firstLines(file: File): Promise<HTMLElement | undefined> {
  if (!TEXT_FILE.test(file.name)) return undefined;
  const text = await file
    .slice(0, PREVIEW_BYTES)
    .text()
    .catch(() => "");
  return build("pre", [text.split(/\r?\n/, PREVIEW_LINES).join("\n")]);
}

function cell(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
