import { works as tableport } from "./tableport.mjs";

export const works = {
  // The same csv from the same table, compressed by the platform (level 6 everywhere) instead of in wasm.
  "arrow-csv-gzip": (input) => {
    const csv = tableport["arrow-csv"](input);
    return async () => {
      return collect(new Blob(await csv()).stream().pipeThrough(new CompressionStream("gzip")));
    };
  },
};

async function collect(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}
