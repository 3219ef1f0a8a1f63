import type { ExportConfig } from "./types.js";

/** Deeper than any config; what is deeper, a cycle too, is left to be refused. */
const MAX_DEPTH = 16;

/**
 * The config as it is now: what a caller changes afterwards has no effect. The source, callbacks and everything
 * else that is not plain data stay what they are.
 */
export function snapshot(config: ExportConfig): ExportConfig {
  if (!isPlainObject(config)) return config;
  const { source, ...rest } = config;
  return { ...(copy(rest, 0) as Omit<ExportConfig, "source">), source };
}

/**
 * The config as the core judges it, and as it can go to another thread: plain data, in which an Error stands for
 * everything else, with the name of its type. `canWork` says whether there are workers to be had.
 */
export function plainConfig(config: ExportConfig, canWork: boolean): ExportConfig {
  if (!isPlainObject(config)) return plain(config, 0) as ExportConfig;
  const { source, ...rest } = config;
  const judged = plain(rest, 0) as Record<string, unknown>;
  if (judged.worker === true && !canWork) judged.worker = new Error("true in a runtime without workers");
  return { ...judged, source: plainSource(source) } as ExportConfig;
}

/** What is said of a source that cannot be read; of one that can, the driver says what it is. */
function plainSource(source: unknown): unknown {
  // Not the caller's own object, which could look like a `PlainSource`.
  return Array.isArray(source) || isPlainObject(source) ? { kind: "other" } : plain(source, 0);
}

function plain(value: unknown, depth: number): unknown {
  if (value === null || ["undefined", "string", "number", "boolean"].includes(typeof value)) return value;
  if (depth === MAX_DEPTH) return new Error("nested too deeply");
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if (!isPlainObject(value)) return new Error(typeName(value));
  const copied: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copied[key] = plain(item, depth + 1);
  return copied;
}

function typeName(value: unknown): string {
  if (typeof value !== "object") return `a ${typeof value}`;
  if (value instanceof AbortSignal) return "an AbortSignal";
  try {
    const { name } = (value as object).constructor;
    if (typeof name === "string") return `an instance of ${name}`;
  } catch {}
  return "an object of an unknown class";
}

function copy(value: unknown, depth: number): unknown {
  if (depth === MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  if (!isPlainObject(value)) return value;
  // Without a prototype, `__proto__` is a key like any other.
  const copied: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copied[key] = copy(item, depth + 1);
  return copied;
}

/** Whether this is an object as a literal makes it, or without a prototype; of whichever realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || isForeignObjectPrototype(prototype);
}

function isForeignObjectPrototype(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf");
}
