/** Whether this is a browser: a page, or a worker of one. */
export const isBrowser =
  typeof document === "object" ||
  typeof (globalThis as { importScripts?: unknown }).importScripts === "function";
