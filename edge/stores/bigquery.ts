import { Refusal } from "../http.js";
import type { GoogleClient } from "./google.js";
import type { Place } from "./place.js";
import type { Store } from "./store.js";

/** Milliseconds between two questions for a load job's state. */
const PAUSE = 1_000;

/**
 * A table of BigQuery: the file is uploaded to a load job, which has done nothing before all of it is there. The load job
 * has a name of the export's, so that one that is begun again is found to be there.
 */
export function bigQuery(
  google: GoogleClient,
  { project, dataset, table, write }: Extract<Place, { kind: "bigquery" }>,
  job: string,
): Store {
  const jobId = `tableport-${job}`;
  const jobs = `projects/${encodeURIComponent(project)}/jobs`;
  const load = {
    destinationTable: { projectId: project, datasetId: dataset, tableId: table },
    sourceFormat: "PARQUET",
    writeDisposition: write,
  };
  return {
    destination: () => ({
      type: "resumable",
      start: () =>
        google.session(`/upload/bigquery/v2/${jobs}?uploadType=resumable`, {
          jobReference: { projectId: project, jobId },
          configuration: { load },
        }),
    }),
    list: null,
    remove: null,
    async settle() {
      for (;;) {
        const answer = await google.ask("GET", `/bigquery/v2/${jobs}/${jobId}`);
        const { status } = await answer.json<{
          status?: { state?: string; errorResult?: { reason?: string } };
        }>();
        if (status?.errorResult)
          throw new Refusal("store/refused", `BigQuery did not load the table: ${status.errorResult.reason}`);
        if (status?.state === "DONE") return;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    },
  };
}
