// What the tasks of a job are told and tell, as large as it is for a table of COLUMNS columns.
import { PART } from "./platform.mjs";

const COLUMNS = 20;
const ROWS = 2_000_000;
const ETAG = "0123456789abcdef0123456789abcdef";
const SCHEMA = Array.from({ length: COLUMNS }, (_, at) => [`column_${at}`, "timestamp[us, UTC]"]);

const work = {
  config: { format: "parquet", mode: "multi_file", exportMode: "Overwrite" },
  table: "dataset.table",
  place: { kind: "bucket", bucket: "exports", prefix: "folder/" },
  shared: true,
};

/** A request for an export to a folder. */
export const ASKED = {
  id: "00000000-0000-4000-8000-000000000000",
  api: "dli",
  queue: "default",
  priority: 0,
  work,
  terms: { owner: "demo" },
  described: { name: "table" },
};

/** What the plan gives, of a file of lines: more of it than of a Parquet file, whose shards are ranges of rows. */
export function planOf(count, bytes) {
  const shards = Array.from({ length: count }, (_, at) => ({
    fileName: String(at).padStart(6, "0"),
    bytes: { header: 300, start: at * bytes, end: (at + 1) * bytes },
  }));
  return { shards, schema: Object.fromEntries(SCHEMA) };
}

/** News of a shard of which so much is done. */
export function newsOf(name, share, stored) {
  const [parts, rows] = [Math.floor((share * stored) / PART), Math.floor(share * ROWS)];
  const file = {
    name: `table/${name}.parquet`,
    size: share === 1 ? stored : null,
    rows,
    rowGroups: 4,
    parts,
    stored: share === 1,
    attempts: parts,
    etag: share === 1 ? ETAG : null,
    checksums: {},
    schema: [],
  };
  const bytes = Math.floor(share * stored);
  return {
    progress: { rows, bytesEncoded: bytes, bytesAcknowledged: bytes, retries: 0 },
    percent: 100 * share,
    files: [file],
  };
}

/** A token to go on from, which knows each part that is stored. */
export function tokenOf(share, stored) {
  const parts = Math.floor((share * stored) / PART);
  return {
    version: 1,
    uploadId: ETAG,
    parts: Array.from({ length: parts }, () => ({ md5: ETAG, etag: ETAG, size: PART })),
  };
}
