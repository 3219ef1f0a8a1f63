import assert from "node:assert/strict";
import { test } from "node:test";
import { exported, exportTable, refused } from "./exports.mjs";
import { CANARY } from "./leaks.mjs";

const cause = new Error(CANARY);

/** An iterator of rows that does `last` at row `at`, and counts how often it is returned. */
function iterator(kind, at, last) {
  let row = 0;
  const calls = { next: 0, return: 0 };
  const step = () => {
    calls.next++;
    return row++ === at ? last() : { done: false, value: { a: CANARY } };
  };
  const settle = (call) => (kind === Symbol.iterator ? call : async () => call());
  const iterable = {
    [kind]: () => ({
      next: settle(step),
      return: settle(() => {
        calls.return++;
        return { done: true };
      }),
    }),
  };
  return { iterable, calls };
}

const fail = () => {
  throw cause;
};

for (const kind of [Symbol.iterator, Symbol.asyncIterator]) {
  for (const row of [0, 3, 20_000]) {
    test(`${kind.description} that throws at row ${row}: it has ended, and is not returned`, async () => {
      const { iterable, calls } = iterator(kind, row, fail);
      await refused({ source: iterable }, "source/read-failed", { row }, { cause });
      assert.deepEqual(calls, { next: row + 1, return: 0 });
    });
  }

  test(`${kind.description} of a bad cell: it is returned`, async () => {
    const { iterable, calls } = iterator(kind, 3, () => ({ done: false, value: { a: Symbol() } }));
    await refused({ source: iterable }, "source/unsupported-value", { row: 3, column: "a" });
    assert.equal(calls.return, 1);
  });

  test(`${kind.description} that is done: it is not returned, nor asked again`, async () => {
    const { iterable, calls } = iterator(kind, 3, () => ({ done: true }));
    await exported({ source: iterable });
    assert.deepEqual(calls, { next: 4, return: 0 });
  });

  test(`${kind.description} that answers with no object`, async () => {
    const { iterable } = iterator(kind, 3, () => 7);
    const error = await refused({ source: iterable }, "source/read-failed", { row: 3 });
    assert.ok(error.cause instanceof TypeError);
  });

  test(`${kind.description} that cannot be opened`, async () => {
    await refused({ source: { [kind]: fail } }, "source/read-failed", { row: 0 }, { cause });
  });

  test(`${kind.description} whose return throws: the first error stands`, async () => {
    const source = {
      [kind]: () => ({ next: () => ({ done: false, value: 7 }), return: fail }),
    };
    await refused({ source }, "source/not-a-row", { row: 0 });
  });
}

test("a generator that throws runs its own clean-up once", async () => {
  let cleaned = 0;
  function* source() {
    try {
      yield { a: 1 };
      throw cause;
    } finally {
      cleaned++;
    }
  }
  await refused({ source: source() }, "source/read-failed", { row: 1 }, { cause });
  assert.equal(cleaned, 1);
});

test("a promise of a row is no row", async () => {
  const source = [{ a: 1 }, Promise.resolve({ a: 1 })];
  await refused({ source }, "source/not-a-row", { row: 1 });
});

test("a ReadableStream that is locked", async () => {
  const source = new ReadableStream({ pull: (controller) => controller.enqueue({ a: CANARY }) });
  source.getReader();
  const error = await refused({ source }, "source/read-failed", { row: 0 });
  assert.ok(error.cause instanceof TypeError);
});

test("a ReadableStream that errors", async () => {
  let row = 0;
  const source = new ReadableStream({
    pull(controller) {
      if (row++ === 12_000) controller.error(cause);
      else controller.enqueue({ a: CANARY });
    },
  });
  await refused({ source }, "source/read-failed", { row: 12_000 }, { cause });
});

test("a ReadableStream of a bad cell is cancelled, and not left locked", async () => {
  let cancelled = 0;
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue({ a: Symbol() }),
    cancel: () => {
      cancelled++;
    },
  });
  await refused({ source }, "source/unsupported-value", { row: 0, column: "a" });
  await new Promise(setImmediate);
  assert.equal(cancelled, 1);
  assert.equal(source.locked, false);
});

test("an async iterator whose next answers with a thenable", async () => {
  let row = 0;
  const next = () => ({
    // biome-ignore lint/suspicious/noThenProperty: what a promise of another library is.
    then: (resolve) => resolve({ done: row === 3, value: { a: row++ } }),
  });
  const { text } = await exported({ source: { [Symbol.asyncIterator]: () => ({ next }) } });
  assert.equal(text, "a\n0\n1\n2\n");
});

test("two exports at once, one of which fails", async () => {
  const memory = { format: "parquet", destination: { type: "memory" } };
  const rows = (bad) => Array.from({ length: 30_000 }, (_, i) => ({ a: i === bad ? CANARY : i }));
  const fine = exportTable({ source: rows(-1), ...memory });
  const [error] = await Promise.all([
    refused({ source: rows(29_999), format: "parquet" }, "source/type-changed", { row: 29_999, column: "a" }),
    fine.finished,
  ]);
  assert.notEqual(error.job, fine);
  assert.equal(fine.files[0].rows, 30_000);
  const alone = exportTable({ source: rows(-1), ...memory });
  await alone.finished;
  assert.deepEqual(fine.files[0].bytes, alone.files[0].bytes);
});

test("two exports of one array at once", async () => {
  const source = Array.from({ length: 30_000 }, (_, a) => ({ a }));
  const jobs = [1, 2].map(() => exportTable({ source, format: "csv", destination: { type: "memory" } }));
  await Promise.all(jobs.map((job) => job.finished));
  assert.deepEqual(jobs[0].files[0].bytes, jobs[1].files[0].bytes);
  assert.notEqual(jobs[0].id, jobs[1].id);
});

test("an export after one that failed", async () => {
  const rows = [{ a: 1, b: "x" }];
  const { text: before } = await exported({ source: rows });
  await refused({ source: [...rows, { a: 1, b: Symbol() }] }, "source/unsupported-value", {
    row: 1,
    column: "b",
  });
  await refused({ source: rows, format: "jsonl", retries: -1 }, "config/invalid-value", { field: "retries" });
  const { text: after } = await exported({ source: rows });
  assert.equal(after, before);
});
