import assert from "node:assert/strict";
import { parquetMetadata, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ExportError, exportTable } from "../../../pkg/node.js";
import { overhear } from "./leaks.mjs";
import { Store } from "./store.mjs";

export { exportTable };

export const FORMATS = ["csv", "jsonl", "parquet"];

export const store = new Store();

/** A destination that leads to the store. */
export const presigned = () => ({
  type: "presigned",
  sign: store.sign,
  headers: { "x-amz-meta-by": "tests" },
});

/** Starts an export to the store, and overhears all that its job says. Resolves when it is over. */
export async function run(config) {
  const job = exportTable({ format: "csv", destination: presigned(), fileName: "out", ...config });
  let last;
  for await (const status of job) overhear((last = withoutBytes(status)));
  const [{ value: resource, reason: error }] = await Promise.allSettled([job.finished]);
  overhear({ resource, job: job.toJSON(), files: job.files.map(withoutFileBytes) });
  if (error) {
    overhear({ ...error, cause: undefined });
    overhear(`${error.message}\n${error.stack}\n${error}`);
  }
  assert.equal(last.status, job.status);
  return { job, error, last };
}

/** Checks that an export fails with this code at exactly this place, and leaves nothing behind. Answers with the error. */
export async function refused(config, code, place, { cause } = {}) {
  store.objects.clear();
  const { job, error, last } = await run(config);
  assert.ok(error instanceof ExportError, `expected ${code}, and the job is ${job.status}`);
  assert.equal(error.code, code, error.message);
  assert.deepEqual(error.place, place, error.message);
  const { status, errorMessage, size, fileCount } = job.toJSON();
  assert.equal(status, code === "cancelled" ? "cancelled" : "failed");
  assert.ok(errorMessage.length > 0);
  assert.equal(errorMessage, error.message);
  assert.deepEqual([size, fileCount], [null, null]);
  assert.ok(last.percentCompleted < 100);
  assert.equal(error.job, job);
  if (cause !== undefined) assert.equal(error.cause, cause);
  assert.deepEqual([[...store.objects.keys()], [...store.uploads]], [[], []]);
  return error;
}

/** Checks that a config is refused before its source is read or anything is signed or sent. */
export async function refusedUnread(config, code, place, options) {
  const source = untouched();
  const signed = [];
  const sign = (request) => {
    signed.push(request);
    return store.sign(request);
  };
  const before = store.requests;
  const destination = { type: "presigned", sign };
  const error = await refused({ source: source.rows, destination, ...config }, code, place, options);
  assert.deepEqual(source.touched, []);
  assert.deepEqual(signed, []);
  assert.equal(store.requests, before);
  return error;
}

/** Rows that tell whether anybody began to read them. */
export function untouched() {
  const touched = [];
  const rows = {
    [Symbol.iterator]() {
      touched.push("opened");
      return [{ a: 1 }][Symbol.iterator]();
    },
  };
  return { rows, touched };
}

/** Exports, and answers with the file: its bytes, its job. */
export async function exported(config) {
  store.objects.clear();
  const { job, error } = await run(config);
  if (error) assert.fail(`${error.code}: ${error.message} ${JSON.stringify(error.place)}`);
  const [name] = store.objects.keys();
  const bytes = store.objects.get(name);
  assert.equal(job.toJSON().status, "completed");
  assert.equal(job.files[0].size, bytes.length);
  return { bytes, text: bytes.toString(), job, file: job.files[0] };
}

/** The columns of a parquet file, by a reader that is not ours: the names, and rows as arrays. */
export async function readParquet(bytes) {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const names = parquetMetadata(file)
    .schema.slice(1)
    .map((element) => element.name);
  let rows = [];
  // As arrays: an object of that reader's would lose `__proto__`.
  const onComplete = (read) => {
    rows = read;
  };
  await parquetRead({ file, compressors, onComplete });
  return { names, rows };
}

const withoutFileBytes = ({ bytes, ...file }) => file;
const withoutBytes = (status) => ({ ...status, files: status.files.map(withoutFileBytes) });
