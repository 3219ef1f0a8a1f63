import { setText } from "./dom.js";

const EXPECTED_MS = 20;

/** Watches for the longest time in which this page could not have answered a click. */
export function watchStalls(): void {
  let longest = 0;
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    // A hidden tab's timers are slowed by the browser: that is not a pause of ours.
    const pause = document.hidden ? 0 : now - last - EXPECTED_MS;
    last = now;
    if (pause <= longest) return;
    longest = pause;
    setText("stall", `${Math.round(longest)} ms`);
  }, EXPECTED_MS);
}
