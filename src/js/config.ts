import { kindOfSas } from "./stores/azure.js";
import { isHttpUrl } from "./stores/callback.js";
import type { ExportConfig } from "./types.js";

/** Deeper than any config; what is deeper, a cycle too, is left to be refused. */
const MAX_DEPTH = 16;

/** Reading the config threw: the caller's own error, and which field it was. */
export class ConfigFault {
  readonly field: string;
  readonly error: unknown;

  constructor(field: string, error: unknown) {
    this.field = field;
    this.error = error;
  }
}

/** The config as it is now: what a caller changes afterwards has no effect. */
export interface Snapshot {
  /** What there is to read of it; nothing of what is no plain object, which is refused. */
  readonly config: Partial<ExportConfig>;
  /** What the core judges. */
  readonly judged: unknown;
  readonly fault?: ConfigFault;
}

/** The source, callbacks and everything else that is not plain data stay what they are. */
export function snapshot(given: unknown): Snapshot {
  const config: Record<string, unknown> = Object.create(null);
  try {
    if (!calling("config", () => isPlainObject(given))) return { config, judged: given };
    for (const key of calling("config", () => Object.keys(given as object))) {
      const value = calling(key, () => (given as Record<string, unknown>)[key]);
      config[key] = key === "source" ? value : copy(value, key, 1);
    }
    return { config, judged: config };
  } catch (fault) {
    if (fault instanceof ConfigFault) return { config, judged: config, fault };
    throw fault;
  }
}

/** What a config may ask for only where there is one. */
interface Runtime {
  readonly hasWorkers: boolean;
  readonly isPage: boolean;
  readonly isBrowser: boolean;
}

/**
 * The config as the core judges it, and as it can go to another thread: plain data, in which an Error stands for
 * everything else, with the name of its type, and for what this runtime cannot do.
 */
export function plainConfig(config: unknown, runtime: Runtime): ExportConfig {
  if (!isPlainObject(config)) return plain(config, 0) as ExportConfig;
  const { source, ...rest } = config;
  const judged = plain(rest, 0) as Record<string, unknown>;
  if (judged.worker === true && !runtime.hasWorkers) {
    judged.worker = new Error("true in a runtime without workers");
  }
  if (isPlainObject(judged.destination)) makeJudgeable(judged.destination, runtime);
  if (isBucket(config.destination))
    (judged.destination as { bucket: Error }).bucket = new Error("an R2 bucket");
  return { ...judged, source: plainSource(source) } as ExportConfig;
}

/** What the core judges of a destination: whether there are credentials, and none of them. */
function makeJudgeable(destination: Record<string, unknown>, runtime: Runtime): void {
  for (const key of ["credentials", "headers"]) {
    const secrets = destination[key];
    if (isPlainObject(secrets)) destination[key] = concealed(secrets);
  }
  const { type, endpoint, allowBrowser } = destination;
  if (typeof endpoint === "string" && !isUrl(endpoint)) destination.endpoint = new Error("no URL");
  if (type === "azure") destination.url = plainSas(destination.url);
  if (type === "download" && !runtime.isPage) {
    destination.type = new Error("a download, which only a page can do");
  }
  if (type === "s3" && runtime.isBrowser && allowBrowser !== true) {
    destination.allowBrowser = new Error("not true in a browser, where anyone can read the credentials");
  }
}

/** Whether this is a destination whose bucket has the functions of workerd's R2 binding. */
function isBucket(destination: unknown): boolean {
  const { type, bucket } = (destination ?? {}) as { type?: unknown; bucket?: Record<string, unknown> };
  const names = ["head", "put", "createMultipartUpload", "resumeMultipartUpload"];
  return type === "r2" && !!bucket && names.every((name) => typeof bucket[name] === "function");
}

/** With something else in the place of each text, unless that is empty. */
function concealed(secrets: Record<string, unknown>): Record<string, unknown> {
  const conceal = (value: unknown) => (typeof value === "string" && value !== "" ? "concealed" : value);
  return Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, conceal(value)]));
}

function isUrl(text: string): boolean {
  try {
    return new URL(text) !== undefined;
  } catch {
    return false;
  }
}

/** What is said of a SAS URL, which stays here: what it is of. */
function plainSas(url: unknown): unknown {
  if (typeof url === "string" && isHttpUrl(url)) return { of: kindOfSas(new URL(url)) };
  // Not the caller's own object, which could look like that.
  return typeof url === "object" && !(url instanceof Error) && url !== null ? new Error("an object") : url;
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

function copy(value: unknown, field: string, depth: number): unknown {
  if (depth === MAX_DEPTH) return value;
  if (calling(field, () => Array.isArray(value))) {
    const items = calling(field, () => [...(value as unknown[])]);
    return items.map((item, index) => copy(item, `${field}[${index}]`, depth + 1));
  }
  if (!calling(field, () => isPlainObject(value))) return value;
  // Without a prototype, `__proto__` is a key like any other.
  const copied: Record<string, unknown> = Object.create(null);
  for (const key of calling(field, () => Object.keys(value as object))) {
    const inner = `${field}.${key}`;
    const item = calling(inner, () => (value as Record<string, unknown>)[key]);
    copied[key] = copy(item, inner, depth + 1);
  }
  return copied;
}

/** Runs a caller's code, such as a getter of the config. */
function calling<T>(field: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new ConfigFault(field, error);
  }
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
