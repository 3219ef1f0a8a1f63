import { Refusal } from "../http.js";
import type { GoogleClient } from "./google.js";
import type { Place } from "./place.js";
import type { Loaded, Store } from "./store.js";

/** Milliseconds between two questions for a load job's state. */
const PAUSE = 1_000;

interface LoadJob {
  readonly status?: { readonly state?: string; readonly errorResult?: { readonly reason?: string } };
  readonly statistics?: {
    readonly load?: { readonly inputFileBytes?: string; readonly outputRows?: string };
  };
}

/**
 * A table of BigQuery: the file is uploaded to a load job, which is there once all of the file is. It has a name of the
 * export's, under which there is one at most: an export that is begun again finds it, and loads nothing twice.
 */
export function bigQuery(
  google: GoogleClient,
  { project, dataset, table, write }: Extract<Place, { kind: "bigquery" }>,
  job: string,
): Store {
  // The rest of a name is encoded; this a URL would resolve.
  if (/^\.+$/.test(project)) throw new Refusal("store/refused", "there is no such project");
  const jobId = `tableport-${job}`;
  const below = `bigquery/v2/projects/${encodeURIComponent(project)}`;
  const load = {
    destinationTable: { projectId: project, datasetId: dataset, tableId: table },
    sourceFormat: "PARQUET",
    writeDisposition: write,
  };
  /** Load jobs are where their dataset is, and of most places they are found only there. */
  const whereabouts = async () => {
    const found = await google.read<{ location?: string }>(
      `/${below}/datasets/${encodeURIComponent(dataset)}`,
    );
    if (!found) throw new Refusal("store/refused", "there is no such dataset");
    return found.location ?? "US";
  };
  return {
    destination: () => ({
      type: "resumable",
      start: async () =>
        google.session(`/upload/${below}/jobs?uploadType=resumable`, {
          jobReference: { projectId: project, jobId, location: await whereabouts() },
          configuration: { load },
        }),
    }),
    list: null,
    remove: null,
    async loaded() {
      const query = new URLSearchParams({ location: await whereabouts() });
      for (;;) {
        const found = await google.read<LoadJob>(`/${below}/jobs/${jobId}?${query}`);
        if (!found || isDone(found)) return found && counted(found);
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    },
  };
}

/** Whether a load job has ended; it throws where that failed. */
function isDone({ status }: LoadJob): boolean {
  if (status?.errorResult)
    throw new Refusal("store/refused", `BigQuery did not load the table: ${status.errorResult.reason}`);
  return status?.state === "DONE";
}

function counted({ statistics }: LoadJob): Loaded {
  const { outputRows, inputFileBytes } = statistics?.load ?? {};
  return { rows: Number(outputRows ?? 0), size: Number(inputFileBytes ?? 0) };
}
