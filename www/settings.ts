import type { ExportConfig } from "./pkg/browser.js";

/** The choices of the form, as the part of an export's config that they decide. Defaults are left out. */
export function readSettings(form: HTMLFormElement): Settings {
  const values = new FormData(form);
  const text = (name: string): string => String(values.get(name) ?? "");
  const number = (name: string): number => Number(text(name));
  const format = text("format") as Settings["config"]["format"];
  const config: Settings["config"] = { format, fileName: text("fileName") };

  const columns = text("columns")
    .split(",")
    .map((name) => name.trim());
  if (columns.some(Boolean)) config.selectors = columns.filter(Boolean);
  if (format === "csv") Object.assign(config, csvSettings(values));
  if (format === "jsonl") Object.assign(config, jsonlSettings(values));
  if (format === "parquet") Object.assign(config, parquetSettings(values));
  if (format !== "parquet" && values.has("gzip")) config.compression = "gzip";
  if (text("mode") === "multi_file") {
    config.mode = "multi_file";
    config.targetFileSizeBytes = number("target") * 1_000_000;
  }
  const toStore = text("destination") === "store";
  return {
    config,
    destination: toStore ? { type: "store", partSize: number("partSize") * 2 ** 20 } : { type: "download" },
  };
}

export type Settings = {
  config: Omit<ExportConfig, "source" | "destination">;
  destination: { type: "store"; partSize: number } | { type: "download" };
};

type Values = FormData;

function csvSettings(values: Values): Pick<ExportConfig, "csv"> {
  return options("csv", {
    ...changed(values, "csv", { delimiter: ",", lineEnding: "\n", formulas: "keep", nullValue: "" }),
    ...(values.has("csv.header") ? {} : { header: false }),
    ...(values.has("csv.bom") ? { bom: true } : {}),
  });
}

function jsonlSettings(values: Values): Pick<ExportConfig, "jsonl"> {
  return options("jsonl", changed(values, "jsonl", { nulls: "keep", nonFinite: "string" }));
}

function parquetSettings(values: Values): Pick<ExportConfig, "parquet"> {
  const rowGroupSize = Number(values.get("parquet.rowGroupSize")) * 1_000_000;
  return options("parquet", {
    ...changed(values, "parquet", { compression: "snappy" }),
    ...(rowGroupSize === 40_000_000 ? {} : { rowGroupSize }),
  });
}

/** The fields of a group that differ from their defaults. */
function changed(values: Values, group: string, defaults: Record<string, string>): Record<string, string> {
  const read = Object.entries(defaults).map(([name, initial]) => {
    return { name, initial, value: String(values.get(`${group}.${name}`) ?? initial) };
  });
  return Object.fromEntries(
    read.filter(({ value, initial }) => value !== initial).map((r) => [r.name, r.value]),
  );
}

function options<K extends string>(group: K, chosen: Record<string, unknown>): { [P in K]?: object } {
  return (Object.keys(chosen).length > 0 ? { [group]: chosen } : {}) as { [P in K]?: object };
}
