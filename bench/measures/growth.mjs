import { fileURLToPath } from "node:url";
import { run } from "../../tools/steps.mjs";
import { tableFiles } from "../files.mjs";

const script = fileURLToPath(new URL("growing.mjs", import.meta.url));
const FORMATS = ["csv", "jsonl", "parquet"];
const POOL = 10_000;
const MIXED_COLUMNS = 10;
const ROWS = [1e4, 1e5, 1e6, 1e7];
const COLUMNS = [1, 10, 100, 500, 2000];
/** So many cells whatever the number of columns. */
const CELLS = 2e6;

/**
 * How cost grows: nanoseconds a cell and bytes of memory, by rows (of the ten mixed columns) and by columns (of two
 * million cells). `longest` rows at most.
 * @returns {Promise<{rows: object[], columns: object[]}>} of each run {format, at, perCell, wasmMemory, memory}
 */
export async function measureGrowth({ longest }) {
  const { arrow } = await tableFiles({ table: "mixed", rows: POOL });
  const rows = [];
  for (const at of [...ROWS.filter((count) => count < longest), longest])
    for (const format of FORMATS)
      rows.push(await measure({ arrow, rows: at, columns: MIXED_COLUMNS, format, at }));
  const columns = [];
  for (const at of COLUMNS) {
    const wide = await tableFiles({ table: "wide", rows: Math.min(POOL, CELLS / at), columns: at });
    for (const format of FORMATS)
      columns.push(await measure({ arrow: wide.arrow, rows: CELLS / at, columns: at, format, at }));
  }
  return { rows, columns };
}

async function measure({ arrow, rows, columns, format, at }) {
  const { stdout } = await run(process.execPath, [script, arrow, String(rows), format], { quiet: true });
  const { seconds, wasmMemory, memory } = JSON.parse(stdout);
  return { format, at, perCell: (seconds * 1e9) / (rows * columns), wasmMemory, memory };
}
