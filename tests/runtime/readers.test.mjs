// The comparisons of the other tests can fail: each kind of damage is found.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { tableFromIPC, tableToIPC } from "apache-arrow";
import { compareParquet } from "../readers/hyparquet.mjs";
import { compare, openFixtures, python } from "./support.mjs";

test("every reader passes a good file and finds each damage", async () => {
  const script = new URL("../readers/test_readers.py", import.meta.url).pathname;
  const { stderr } = await promisify(execFile)(await python(), [script]);
  assert.match(stderr, /^OK$/m);
});

test("a difference is named, by hyparquet and by compare.py's exit code", async () => {
  const fixtures = await openFixtures();
  try {
    const parquet = await fixtures.fixture("every.parquet");
    await compareParquet(parquet, await fixtures.fixture("parquet.arrow"));
    const other = tableFromIPC(await fixtures.fixture("parquet.arrow")).slice(1);
    await assert.rejects(
      compareParquet(parquet, tableToIPC(other, "file")),
      /row 0, column id: "1n" became "0n"/,
    );
    await assert.rejects(compareParquet(parquet, await fixtures.fixture("rows.arrow")), /row \d+, column/);
    const original = join(fixtures.folder, "csv.arrow");
    const file = join(fixtures.folder, "lines.csv");
    const job = { format: "csv", files: [file], readers: ["python"], original };
    await assert.rejects(compare([job]), /DIFFERENT|UNREADABLE/);
  } finally {
    await fixtures.close();
  }
});
