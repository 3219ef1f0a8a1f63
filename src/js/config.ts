import type { PlainSource } from "./boundary.js";
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

/** The config as the core is to judge it, with what the source was found to be in the source's place. */
export function plainConfig(config: ExportConfig, source: PlainSource | undefined): unknown {
  if (!isPlainObject(config)) return config;
  if (source) return { ...config, source };
  // Not the caller's own object, which could look like a `PlainSource`.
  return isPlainObject(config.source) ? { ...config, source: { kind: "other" } } : config;
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
