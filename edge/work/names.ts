import type { Work } from "../records/job.js";

/** The name of a job's file, or of the folder of its files. */
export function nameOf({ config, table }: Work): string {
  return config.fileName ?? table.slice(table.indexOf(".") + 1);
}

/** The folder of a job's files, with the slash behind it. */
export function folderOf(work: Work): string {
  return `${nameOf(work)}/`;
}
