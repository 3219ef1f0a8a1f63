import { makeInput } from "./inputs.mjs";

/**
 * A peer's work, ready to run; the same in a Node process and in a page. `run` times one run, from input to encoded
 * bytes; `output` gives the bytes of the last. Garbage is collected when the engine sees fit: collecting it between runs
 * would spare each peer what its own costs, and have the engine drop what it compiled.
 */
export async function prepare({ peer, work, ipc, csv }) {
  const { works } = await import(`./peers/${peer}.mjs`);
  const job = works[work](makeInput(work, ipc, csv));
  let pieces = [];
  return {
    async run() {
      pieces = [];
      const start = performance.now();
      pieces = await job();
      const seconds = (performance.now() - start) / 1000;
      return { seconds, size: pieces.reduce((size, piece) => size + piece.length, 0) };
    },
    output: () => pieces,
  };
}
