/** Whether this is a browser: a page, or a worker of one. */
export const isBrowser =
  typeof document === "object" ||
  typeof (globalThis as { importScripts?: unknown }).importScripts === "function";

/** Locks, which only secure pages have. Elsewhere one that is waited for would keep a process alive. */
export const locks = isBrowser ? (navigator as Partial<Navigator>).locks : undefined;
