import type { News } from "../records/job.js";
import type { Loaded } from "../stores/store.js";

/** What a store made of a job's file, in the words of an export. */
export function newsOfLoad({ rows, size }: Loaded, name: string): News {
  const file = {
    rowGroups: null,
    parts: null,
    stored: true,
    attempts: 1,
    etag: null,
    checksums: {},
    schema: [],
  };
  return {
    progress: { rows, bytesEncoded: size, bytesAcknowledged: size, retries: 0 },
    percent: 100,
    files: [{ name, size, rows, ...file }],
  };
}
