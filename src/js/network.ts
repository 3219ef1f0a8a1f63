/** Milliseconds until a network that is said to be gone is tried all the same: not every worker hears of its return. */
const LOOK_AGAIN = 5_000;

/** Whether there may be a network. Browsers know when there is certainly none; elsewhere nobody does. */
export function isOnline(): boolean {
  return globalThis.navigator?.onLine !== false;
}

/** Resolves when there is a network again, or it is time to see whether there is. */
export function untilOnline(): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, LOOK_AGAIN);
    addEventListener("online", done);
  });
}
