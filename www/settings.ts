import type { ExportConfig } from "./pkg/browser.js";

export type Settings = {
  config: Omit<ExportConfig, "source" | "destination">;
  destination: { type: "store"; partSize: number } | { type: "download" };
};

/** The choices of the form. What is left at its default is left out of the config. */
export function readSettings(form: HTMLFormElement): Settings {
  const values = new FormData(form);
  const text = (name: string): string => String(values.get(name) ?? "");
  const number = (name: string): number => Number(text(name));
  const format = text("format") as ExportConfig["format"];
  const columns = text("columns")
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const config = {
    format,
    fileName: text("fileName"),
    ...(columns.length > 0 && { selectors: columns }),
    ...formatOptions(format, values),
    ...(format !== "parquet" && values.has("gzip") && { compression: "gzip" as const }),
    ...(text("mode") === "multi_file" && { targetFileSizeBytes: number("target") * 1_000_000 }),
  };
  const toStore = text("destination") === "store";
  return {
    config,
    destination: toStore ? { type: "store", partSize: number("partSize") * 2 ** 20 } : { type: "download" },
  };
}

function formatOptions(format: ExportConfig["format"], values: FormData): object {
  const read = { csv: csvOptions, jsonl: jsonlOptions, parquet: parquetOptions }[format];
  const chosen = read(values);
  return Object.keys(chosen).length > 0 ? { [format]: chosen } : {};
}

function csvOptions(values: FormData): object {
  return {
    ...changed(values, "csv", { delimiter: ",", lineEnding: "\n", formulas: "keep", nullValue: "" }),
    ...(!values.has("csv.header") && { header: false }),
    ...(values.has("csv.bom") && { bom: true }),
  };
}

function jsonlOptions(values: FormData): object {
  return changed(values, "jsonl", { nulls: "keep", nonFinite: "string" });
}

function parquetOptions(values: FormData): object {
  const rowGroupMegabytes = Number(values.get("parquet.rowGroupSize"));
  return {
    ...changed(values, "parquet", { compression: "snappy" }),
    ...(rowGroupMegabytes > 0 && { rowGroupSize: rowGroupMegabytes * 1_000_000 }),
  };
}

/** The fields of a group that differ from their defaults. */
function changed(values: FormData, group: string, defaults: Record<string, string>): object {
  const entries = Object.keys(defaults).map((name) => [name, String(values.get(`${group}.${name}`) ?? "")]);
  return Object.fromEntries(entries.filter(([name, value]) => value !== defaults[name ?? ""]));
}
