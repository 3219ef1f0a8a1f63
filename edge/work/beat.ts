/** Milliseconds between two times. */
const BEAT = 2_000;

/** Does something again and again, and never twice at once, until it is told to stop; what fails is done again. */
export function beat(work: () => Promise<void>): () => void {
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    work()
      .catch(() => {})
      .finally(() => {
        isBusy = false;
      });
  }, BEAT);
  return () => clearInterval(timer);
}
