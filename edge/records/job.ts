import type {
  Api,
  ApiBody,
  ExportConfig,
  ExportFile,
  ExportProgress,
  JobRecord,
  ResumeToken,
} from "../../pkg/workerd.js";
import type { Filter } from "../earth-engine/filter.js";
import type { Place } from "../stores/place.js";

/** What a job is to do: kept with it, and without credentials. */
export interface Work {
  readonly config: Omit<ExportConfig, "source" | "destination">;
  /** A table of the catalogue. */
  readonly table: string;
  /** Which of its rows, of a table that is a query. */
  readonly filters?: readonly Filter[];
  readonly place: Place;
  /** Whether the files may be several. */
  readonly shared: boolean;
  /** Whether `exportMode` is of the folder of the files: `Overwrite` deletes what else is there. */
  readonly isFolder?: boolean;
}

export interface NewJob {
  readonly id: string;
  readonly api: Api;
  readonly requestId?: string;
  readonly queue: string;
  /** Higher starts sooner. */
  readonly priority: number;
  readonly work: Work;
  readonly terms: ApiBody;
  /** `table` of the job's resource. */
  readonly described: ApiBody | null;
}

/** A job as it is told of. */
export interface KeptJob {
  readonly record: JobRecord;
  readonly terms: ApiBody;
  readonly work: Work;
}

/** A part of a table that makes one file. */
export interface Shard {
  /** Of the file: the whole name of the only one, or a number of six digits. */
  readonly fileName?: string;
  readonly rows?: { readonly start: number; readonly end: number };
  /** Lines of a text file, without its header, which has so many bytes. */
  readonly bytes?: { readonly header: number; readonly start: number; readonly end: number };
}

/** How a table is shared out. */
export interface Plan {
  readonly shards: readonly Shard[];
  /** What the columns are, where a shard alone may not tell. */
  readonly schema?: Types;
}

export type Types = Readonly<Record<string, string>>;

export interface Failure {
  readonly code: string;
  readonly message: string;
}

export type KeptFile = Omit<ExportFile, "bytes">;

/** What a task tells of itself while it works, and at its end. */
export interface News {
  readonly progress: ExportProgress;
  readonly percent: number;
  readonly files: readonly KeptFile[];
}

/** How a task ended. */
export type Outcome =
  | Plan
  | { readonly news: News }
  | { readonly error: Failure; readonly news?: News }
  /** Names of files that could not be cleared away. */
  | { readonly left: readonly string[] };

/** What a task is to do when it begins. */
export interface Assignment {
  readonly job: string;
  readonly work: Work;
  readonly shard: Shard | null;
  readonly schema: Types | null;
  /** Of an attempt before. */
  readonly resume: ResumeToken | null;
  /** Names of the files that were stored, of a task that clears them away. */
  readonly stored: readonly string[];
  /** Milliseconds until it is to tell of itself, at the soonest. */
  readonly beat: number;
}
