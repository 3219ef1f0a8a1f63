// Every level of the codecs that have some, as wasm compresses with it: page after page, by one compressor.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { exportTable } from "../../pkg/node.js";

/** Pages of a megabyte, of what repeats at all distances and of what does not. */
function* rows() {
  for (let id = 0; id < 24_000; id++) {
    const noise = Math.sin(id) * 1e9;
    yield { id, text: `${id % 97} and ${id % 1009} of ${"abcdefgh".repeat(id % 13)}${noise}`, noise };
  }
}

const LEVELS = { zstd: 22, gzip: 9 };
for (const [compression, highest] of Object.entries(LEVELS))
  test(`parquet with every level of ${compression} is read as it was`, { timeout: 600_000 }, async () => {
    const expected = [...rows()];
    const sizes = [];
    for (let level = 1; level <= highest; level++) {
      const parquet = { compression, compressionLevel: level, dictionary: false, rowGroupRows: 10_000 };
      const job = exportTable({
        source: rows(),
        format: "parquet",
        parquet,
        destination: { type: "memory" },
      });
      await job.finished;
      const { buffer, byteOffset, byteLength } = job.files[0].bytes;
      const file = buffer.slice(byteOffset, byteOffset + byteLength);
      assert.deepEqual(await parquetReadObjects({ file, compressors }), expected, `level ${level}`);
      sizes.push(byteLength);
    }
    assert.ok(sizes.at(-1) < sizes[0], String(sizes));
  });
