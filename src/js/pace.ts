import { isBrowser } from "./realm.js";

/** Milliseconds of work without a break: half of what a page has for a frame. */
const SLICE = 8;

/** Breaks long work into slices, so that a page stays alive and a Worker's other requests get their turn. */
export class Pace {
  #since = performance.now();

  /** Whether the slice is used up. */
  get isDue(): boolean {
    return performance.now() - this.#since >= SLICE;
  }

  /** Gives others a turn where the slice is used up. */
  async rest(): Promise<void> {
    if (!this.isDue) return;
    await nextTurn();
    this.#since = performance.now();
  }
}

/** Resolves in a later task. Not by `setTimeout` where something else is there, since browsers stretch it to 4 ms. */
export const nextTurn: () => Promise<void> = chooseTurn();

function chooseTurn(): () => Promise<void> {
  const { scheduler, setImmediate } = globalThis as {
    scheduler?: { yield?: () => Promise<void> };
    setImmediate?: (callback: () => void) => unknown;
  };
  // Not by `scheduler.yield` in a browser: Chromium puts what continues before timers, frames and messages.
  if (isBrowser && typeof MessageChannel === "function") return byMessage();
  if (typeof scheduler?.yield === "function") return () => scheduler.yield?.() ?? Promise.resolve();
  if (typeof setImmediate === "function") return () => new Promise((resolve) => setImmediate(resolve));
  return () => new Promise((resolve) => setTimeout(resolve));
}

function byMessage(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
}
