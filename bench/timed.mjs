import { makeInput } from "./inputs.mjs";

/**
 * A peer's work, ready to run; the same in a Node process and in a page. `run` times one run, from input to encoded
 * bytes, with the garbage of the one before collected; `output` gives the bytes of the last.
 */
export async function prepare({ peer, work, ipc, csv }) {
  const { works } = await import(`./peers/${peer}.mjs`);
  const job = works[work](makeInput(work, ipc, csv));
  let pieces = [];
  /** Without the collection, which would be a pause of its own. */
  const runNow = async () => {
    const start = performance.now();
    pieces = await job();
    const seconds = (performance.now() - start) / 1000;
    return { seconds, size: pieces.reduce((size, piece) => size + piece.length, 0) };
  };
  const collect = () => {
    pieces = [];
    globalThis.gc?.();
  };
  return {
    run() {
      collect();
      return runNow();
    },
    runNow,
    output: () => pieces,
  };
}
