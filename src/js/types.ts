/** A row: an object whose own enumerable string keys are columns, or an array with a cell for each column. */
export type Row = object | readonly unknown[];

/** Columns by name, all of one length. The type of a typed array is kept exactly; that of an array is inferred. */
export type Columns = { readonly [name: string]: readonly unknown[] | ArrayBufferView };

/** A file that can be read at any place: an object of R2 or S3, a file handle. It is known by its shape. */
export interface RandomAccessFile {
  /** In bytes. */
  readonly size: number;
  /**
   * The bytes from `start` up to `end`, without that at `end`: neither more nor fewer. Called for one range at a time, of no
   * more than `memoryLimit`: of a Parquet file, for the columns that are exported, neighbouring ones of up to 8 MiB together,
   * and the footer; of csv and jsonl, from the beginning to the end. What it throws is the `cause` of `source/read-failed`; fewer bytes are `source/truncated`.
   */
  read(start: number, end: number): Promise<Uint8Array | ArrayBuffer>;
  /** Of the file, without folders: what a File's is. */
  readonly name?: string;
}

/** Bytes of a csv, jsonl, parquet or Arrow file, plain or within gzip. */
export type FileBytes =
  | Blob
  | RandomAccessFile
  | Response
  | URL
  | ArrayBuffer
  | Uint8Array
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>;

/** An apache-arrow Table, RecordBatch or RecordBatchReader. They are known by their shape, so any copy of the library will do. */
export type ArrowSource =
  | { readonly schema: ArrowSchema; readonly batches: readonly object[] }
  | { readonly schema: ArrowSchema; readonly data: object };

/** The part of apache-arrow's Schema that its tables are known by. */
export interface ArrowSchema {
  readonly fields: readonly { readonly name: string; readonly nullable: boolean; readonly type: object }[];
}

/**
 * The table. Rows are read as they are needed, and no faster. The names of row arrays are the keys of `schema`,
 * in their order, or `column0`, `column1` and so on without one.
 *
 * A stream is closed (an iterator returned, a reader cancelled) where the export, or its reading, ends before it does. A file
 * that is read by an index at its end and comes as a stream is collected first; a Blob or a URL whose server answers
 * range requests is not. Such are Parquet, and Arrow files that begin with rows or have dictionaries behind them, as
 * apache-arrow's JavaScript and polars write them. An Arrow file within gzip is read as the stream within it, which
 * those do not have.
 */
export type Source =
  | Iterable<Row>
  | AsyncIterable<Row>
  | ReadableStream<Row>
  | Columns
  | ArrowSource
  | AsyncIterable<ArrowSource>
  | FileBytes;

/** What the `sign` callback is asked to sign. */
export interface SignRequest {
  /**
   * `put`: PUT of a whole object. `create`, `part`, `complete` and `abort` are of an S3 multipart upload: POST `?uploads`,
   * PUT `?partNumber&uploadId`, POST `?uploadId`, DELETE `?uploadId`.
   *
   * What a signer need not know, and may throw at: `head`, HEAD of an object, where the answer to what made it was lost;
   * `list`, GET `?uploadId`, and `&part-number-marker` where there is a `partNumber`, for the parts that a store has of an
   * export that is resumed, or whose ETags its CORS rule hides; `delete`, DELETE of an object that was finished before the
   * export of several files failed.
   */
  readonly operation: "put" | "create" | "part" | "complete" | "abort" | "head" | "list" | "delete";
  /** The file's name, such as `flights.parquet` or `flights/000000.csv`. */
  readonly fileName: string;
  /** Which file, from 0. */
  readonly fileIndex: number;
  /** The Content-Type that is sent with `put` and `create`. */
  readonly contentType: string;
  /** Bytes of the body, where there is one. */
  readonly size?: number;
  /**
   * Of `put` and `part`: the MD5 of the body in base64. A signer may answer with it in `headers`, as `content-md5`, for the
   * store to compare what arrives; except from a page, whose bucket's CORS rule must allow the header, it goes along anyway.
   */
  readonly contentMd5?: string;
  /**
   * Headers that go along and that the signature must cover, or S3 refuses the request. Where the destination's `checksum`
   * is `crc32c`: `x-amz-checksum-algorithm` of `create`, `x-amz-checksum-crc32c` of `put` and `part`. A server that creates
   * the upload itself must do so with them.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Which part, from 1. Of `list`: the one after which the list begins. */
  readonly partNumber?: number;
  /** Of an upload. Of `create` that `start` is asked for: the job that began the session. */
  readonly uploadId?: string;
  /** Of `complete`: every part and its ETag, and its CRC32C in base64 if it has one, for a server that makes the request itself. */
  readonly parts?: readonly {
    readonly partNumber: number;
    readonly etag: string;
    readonly checksumCrc32c?: string;
  }[];
  /**
   * That an object of this name is an error: `exportMode` is `ErrorIfExists`, and this is the request that makes the
   * object, or begins what does. It is sent with `If-None-Match: *`; a server that makes the request itself must see to it.
   */
  readonly ifNoneMatch?: true;
  /**
   * Of `create` that `start` is asked for: the session that was begun for this `uploadId` and `fileName` is wanted, by an
   * export that is resumed. Whoever has its URI answers with it; else with that of a new session.
   */
  readonly resume?: true;
}

/**
 * A signed URL, with headers to send along where the signature covers some. Or `done`, where a server made the request
 * itself, as many do with `create`, `complete` and `abort`: with the id of the upload that it created, or the ETag of the
 * object that it completed. `done` in answer to `put` says that there is no PUT: the file goes by multipart.
 */
export type Signed =
  | string
  | URL
  | { readonly url: string | URL; readonly headers?: Readonly<Record<string, string>> }
  | { readonly done: { readonly uploadId?: string; readonly etag?: string } };

/** A file, as `open` of a stream destination is asked for one. */
export interface FileToOpen {
  readonly name: string;
  /** Which file, from 0. */
  readonly index: number;
  readonly contentType: string;
}

/** An S3-compatible store, whose requests a callback signs. */
export interface PresignedDestination {
  readonly type: "presigned";
  /** Asked when a request's turn comes, once for each try. */
  readonly sign: (request: SignRequest) => Signed | Promise<Signed>;
  /**
   * Bytes of a part, from 5 MiB to a quarter of `memoryLimit`; the last may be smaller, and all others are equal. Default
   * 8 MiB, of which there may be 8,000; from then on twice as much, then four times and so on for each 500 further parts,
   * up to a quarter of `memoryLimit`. R2 wants them equal beyond that, too: set it there. A file of one part goes by PUT.
   */
  readonly partSize?: number;
  /** Sent with the requests that make an object (`put`, `create`), such as `Cache-Control`. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * What goes along with `put` and `part` for the store to compare. Default `md5`: as `Content-MD5`, but from a page.
   * `crc32c`: as `x-amz-checksum-crc32c`, from a page too, whose bucket's CORS rule must allow it and
   * `x-amz-checksum-algorithm`, and each signature must cover the request's `headers`. The store then keeps it with the
   * object, and `job.files` tells that of the file. What the store says of it is compared, too.
   */
  readonly checksum?: "md5" | "crc32c";
}

/** What signs requests. A secret of a store belongs on a server: in a page, anyone can read it. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that are temporary. */
  readonly sessionToken?: string;
}

/** Asked once for each try of a request, so that credentials may change; what it throws is tried again. */
export type S3CredentialsProvider = () => S3Credentials | Promise<S3Credentials>;

/**
 * A bucket of S3, R2 or another store of S3's protocol, whose requests are signed here, by Signature Version 4 in the URL.
 * The credentials stay in the caller's thread.
 */
export interface S3Destination {
  readonly type: "s3";
  /** Without the bucket, such as `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Such as `eu-central-1`; `auto` of R2. */
  readonly region: string;
  readonly credentials: S3Credentials | S3CredentialsProvider;
  /** What keys begin with before the file's name, such as `exports/`. Default none. */
  readonly prefix?: string;
  /** As of a presigned destination. */
  readonly partSize?: number;
  /** Sent with the requests that make an object, and covered by their signature, such as `Cache-Control`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** As of a presigned destination. */
  readonly checksum?: "md5" | "crc32c";
  /** Whether the bucket is part of the host instead of the path. Default false. */
  readonly virtualHostedStyle?: boolean;
  /** Whether the endpoint may be `http:`. Default false. */
  readonly allowHttp?: boolean;
  /** Whether this may be used in a page or a worker of one, where anyone can read the credentials. Default false. */
  readonly allowBrowser?: boolean;
}

/** Asked for each request to the server; what it throws is tried again. */
export type HeadersProvider = () =>
  | Readonly<Record<string, string>>
  | Promise<Readonly<Record<string, string>>>;

/**
 * A bucket behind a signing server with the routes of Uppy's Companion: `POST /s3/multipart`, `GET
 * /s3/multipart/:uploadId/:partNumber` and so on. The server chooses the objects' keys.
 */
export interface CompanionDestination {
  readonly type: "companion";
  /** What comes before `/s3/`. */
  readonly endpoint: string;
  /** Sent to that server, never to the store, such as `Authorization`. Cookies are not. */
  readonly headers?: Readonly<Record<string, string>> | HeadersProvider;
  /** As of a presigned destination. */
  readonly partSize?: number;
}

/** As much of workerd's R2 binding as is used. */
export interface R2Bucket {
  head(key: string): Promise<{ readonly httpEtag: string } | null>;
  delete(key: string): Promise<void>;
  put(key: string, value: Uint8Array, options: object): Promise<{ readonly httpEtag: string } | null>;
  createMultipartUpload(key: string, options: object): Promise<{ readonly uploadId: string }>;
  resumeMultipartUpload(
    key: string,
    uploadId: string,
  ): {
    uploadPart(partNumber: number, value: Uint8Array): Promise<{ readonly etag: string }>;
    complete(
      parts: { readonly partNumber: number; readonly etag: string }[],
    ): Promise<{ readonly httpEtag: string }>;
    abort(): Promise<void>;
  };
}

/** A bucket of R2 that is bound to a Worker, whose files need no credentials, no server and no URL. */
export interface R2Destination {
  readonly type: "r2";
  /** Such as `env.BUCKET`. */
  readonly bucket: R2Bucket;
  /** As of an S3 destination. */
  readonly prefix?: string;
  /** As of a presigned destination. */
  readonly partSize?: number;
}

/**
 * Azure block blobs, by a shared access signature (SAS) with the permissions to create and to write, and under
 * `ErrorIfExists` to read. A file of one block goes by Put Blob, a larger one by Put Block and Put Block List, each block
 * with its MD5, which Azure compares.
 *
 * Of a job that fails or is cancelled no blob is left, if the SAS permits to delete those that were finished. Blocks that
 * were sent are: Azure has no request that drops them alone, and drops them itself after a week.
 */
export interface AzureDestination {
  readonly type: "azure";
  /**
   * The SAS URL of a container, to which the file's name is added, or of a blob, which takes one file. A SAS tells which
   * (`sr`); one of a whole account is of a blob where its path goes on after the container. A function is asked once for
   * each try, so that a SAS that has expired is followed by another.
   */
  readonly url: string | (() => string | Promise<string>);
  /**
   * Bytes of a block, from 1 MiB to a quarter of `memoryLimit`; the last may be smaller, and all others are equal. Default
   * 8 MiB, of which there may be 40,000; from then on twice as much, then four times and so on for each 2,500 further blocks,
   * up to a quarter of `memoryLimit`. A blob has 50,000 blocks at most.
   */
  readonly blockSize?: number;
}

/**
 * A resumable upload of Google's: Cloud Storage, Drive, a load job of BigQuery. A server of yours begins a session for each
 * file, and its chunks go to the session's URI, one after another. After a lost answer the session is asked what it has.
 *
 * Of a job that fails or is cancelled the sessions are ended. An object that was finished before stays, and the error
 * names it: a session cannot delete what it made.
 */
export interface ResumableDestination {
  readonly type: "resumable";
  /**
   * Begins a session and answers with its URI: what the `Location` of Google's answer says. `operation` is `create`. Where
   * `ifNoneMatch` is true, begin it with `ifGenerationMatch=0`. For a page, begin it with the page's `Origin`.
   *
   * It is asked once for each file; and again where the session is gone (404, 410) with its first chunk, or this threw. An
   * export that is resumed asks with `resume`: keep the URI by `uploadId` and `fileName` for it to go on with the session.
   * Else the file is sent anew.
   */
  readonly start: (request: SignRequest) => string | URL | Promise<string | URL>;
  /** Bytes of a chunk, of which one a file is under way; the last may be smaller. A multiple of 256 KiB. Default 8 MiB. */
  readonly chunkSize?: number;
}

/** Where the files go. A string is one presigned URL, which takes one file by one PUT. */
export type Destination =
  | string
  | PresignedDestination
  | S3Destination
  | CompanionDestination
  | R2Destination
  | AzureDestination
  | ResumableDestination
  | {
      readonly type: "stream";
      readonly open: (file: FileToOpen) => WritableStream<Uint8Array> | Promise<WritableStream<Uint8Array>>;
    }
  /**
   * Saved by the browser. In a page only, not in a worker of it. Where the browser has a file picker
   * (`showSaveFilePicker`), `exportTable` is called within seconds of a click, and there is one file, the person is asked
   * where to, and the file is written there as it comes, whatever its size; who closes the picker cancels the job. Else
   * each file is collected in a Blob and saved as if it had been a link with `download`.
   */
  | { readonly type: "download" }
  /** Kept in `job.files[i].bytes`. */
  | { readonly type: "memory" };

export interface CsvOptions {
  /** Whether the first line names the columns. Default true. */
  readonly header?: boolean;
  /** One ASCII character. Default `,`. */
  readonly delimiter?: string;
  /** One ASCII character. Default `"`. */
  readonly quote?: string;
  /** Written before a quote within a quoted field. Default `"`, which doubles the quote, as RFC 4180 says. */
  readonly escape?: string;
  /** Default `\n`. */
  readonly lineEnding?: "\n" | "\r\n";
  /** The text of null. Default empty; a value that reads the same is quoted, so that the two stay apart. */
  readonly nullValue?: string;
  /** Whether to begin with a byte order mark, which Excel wants. Default false. */
  readonly bom?: boolean;
  /**
   * What happens to text that a spreadsheet would run as a formula: it is kept (the default), prefixed with `'`, or
   * an error. Numbers are left alone.
   */
  readonly formulas?: "keep" | "escape" | "error";
}

export interface JsonlOptions {
  /** Whether a null is written, or its key left out. Default `keep`. */
  readonly nulls?: "keep" | "drop";
  /** What NaN and the infinities become, which JSON does not have. Default `string`: `"NaN"`, `"Infinity"`, `"-Infinity"`. */
  readonly nonFinite?: "string" | "null" | "error";
}

/** What can be set for the file and for one column of it. */
interface ParquetColumnOptions {
  /** Default `snappy`. */
  readonly compression?: "none" | "snappy" | "gzip" | "zstd" | "lz4_raw";
  /** Of gzip (0 to 9, default 6) and zstd (1 to 22, default 3). */
  readonly compressionLevel?: number;
  /** Whether repeated values are stored once. Default true; given up where it does not pay. */
  readonly dictionary?: boolean;
  /** Least and greatest values: none, by column chunk, or by page too (the page index). Default `page`. */
  readonly statistics?: "none" | "chunk" | "page";
}

export interface ParquetOptions extends ParquetColumnOptions {
  /** Bytes of values in a row group, before they are encoded. Default 40,000,000, or what fits in `memoryLimit`. */
  readonly rowGroupSize?: number;
  /** Rows in a row group, at most. Default 1,048,576. */
  readonly rowGroupRows?: number;
  /** Bytes of a data page, about. Default 1 MiB. */
  readonly pageSize?: number;
  /** Default false. */
  readonly bloomFilters?: boolean;
  /** By column. */
  readonly columns?: Readonly<Record<string, ParquetColumnOptions & { readonly bloomFilter?: boolean }>>;
  /** Key-value metadata of the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface RowRange {
  readonly start?: number;
  readonly end?: number;
}

/** What `exportTable` is asked. A key that is not here is an error; null and undefined stand for absent. */
export interface ExportConfig {
  readonly source: Source;
  readonly format: "csv" | "jsonl" | "parquet";
  readonly destination: Destination;
  /** The columns to export, in this order. Default all. */
  readonly selectors?: readonly string[];
  /**
   * The rows to export: from `start` (default 0) up to `end`, without that one (default, and where the table has fewer, to
   * the table's end). `end` must not be before `start` (`config/conflict`). Rows are counted from 0, in errors too, over the
   * whole table; and the table's own first rows decide on types and columns, whatever the range, so that all parts of a
   * table have the same.
   *
   * Row groups of a Parquet file that have none of the rows are not read. Of other sources the rows before `start` are, and
   * what is wrong with them is an error. Where `end` is reached the source is closed. Of iterables and streams of rows none
   * behind it is read, but for the first 10,000 of the table; of others, what comes in one batch with the last.
   */
  readonly rows?: RowRange;
  /**
   * Types that override what is inferred, such as `{price: "decimal(12,2)", ts: "timestamp[us, UTC]"}`. Values become
   * them exactly, or the export fails with the row and the column; `float32` and `float16` alone take the nearest
   * value. Integers are counts of a temporal type's unit, Maps and objects become maps, and strings what their text
   * says, as csv and jsonl are written.
   */
  readonly schema?: Readonly<Record<string, string>>;
  /** Around the whole file; of csv and jsonl. Default `none`. */
  readonly compression?: "none" | "gzip";
  readonly csv?: CsvOptions;
  readonly jsonl?: JsonlOptions;
  readonly parquet?: ParquetOptions;
  /** Default `single_file`, or `multi_file` where a limit of the size of a file is set. */
  readonly mode?: "single_file" | "multi_file";
  /** A file is ended once it has this many bytes. */
  readonly targetFileSizeBytes?: number;
  /** A parquet file is ended once it has this many row groups. */
  readonly maxRowGroupsPerFile?: number;
  /** Without its extension. Default `table.name`, or the name of the source file, or `table`. */
  readonly fileName?: string;
  /** Whether an object that is there already is an error. Default `Overwrite`. */
  readonly exportMode?: "ErrorIfExists" | "Overwrite";
  /** The table as it is to stand in the job's resource. */
  readonly table?: { readonly name?: string; readonly [key: string]: unknown };
  /** Cancels the job when it is aborted; its reason becomes the `cause` of the error. */
  readonly signal?: AbortSignal;
  /**
   * Called with each snapshot that the job's iterator would give. What it throws is reported as an uncaught error, as
   * it is for an event listener, and does not change the job.
   */
  readonly onStatus?: (status: ExportStatus) => void;
  /**
   * Whether the work is done off the caller's thread, in a worker (in Node, Deno and Bun: a thread); what of it needs
   * the caller's own objects is done there in short slices. Default true in a page, where workers can be started, and
   * false elsewhere: true is an error in workerd, where there are none. The files are the same either way.
   */
  readonly worker?: boolean;
  /** Requests under way at once. Default 4; in a browser at most 6. */
  readonly concurrency?: number;
  /** Bytes that rows and file bytes may take in wasm memory. Default 64 MiB, at least 16 MiB. */
  readonly memoryLimit?: number;
  /**
   * Goes on from where an export was cut off, by a crash or a closed page: `status.resume` of then. The table is encoded
   * again, and what the store has of it is not sent again. The config must be the same, but for callbacks and the signer,
   * and so must the version of tableport (`config/conflict`), and the table (`source/changed`).
   */
  readonly resume?: ResumeToken;
  /**
   * Of several calls with one id only the first starts an export; the others get its job, also when it has ended (of
   * ended ones the last thousand are known). The ids are of this runtime: this page, this process, this isolate. One to 60
   * letters, digits and hyphens. An export that was refused for its config did not start.
   */
  readonly requestId?: string;
  /** Further tries of a request that failed in a way that passes: no connection, 408, 429, 5xx. Default 6. */
  readonly retries?: number;
}

/** Where something went wrong. */
export interface Place {
  /** A path into the config, such as `csv.delimiter`. */
  readonly field?: string;
  /** The name of an output file. */
  readonly file?: string;
  /** From 1. */
  readonly part?: number;
  /** From 0, over the whole table. */
  readonly row?: number;
  /** A column; a nested one as a path, such as `address.city` or `tags[]`. */
  readonly column?: string;
}

export type JobStatus = "queued" | "running" | "completed" | "failed" | "cancelled";

/** The job as the Redivis API describes an export. */
export interface ExportResource {
  readonly kind: "export";
  /** `/exports/<id>`. */
  readonly uri: string;
  readonly id: string;
  /** Milliseconds since 1970-01-01. */
  readonly createdAt: number;
  readonly status: JobStatus;
  /** Why it failed or was cancelled. */
  readonly errorMessage: string | null;
  /** An estimate, 0 to 100; it never goes back, and is 100 only when completed. */
  readonly percentCompleted: number;
  readonly format: string;
  /** Bytes of all files; null until completed. */
  readonly size: number | null;
  /** Null until completed. */
  readonly fileCount: number | null;
  /** `table` of the config. */
  readonly table: Readonly<Record<string, unknown>> | null;
}

export interface ExportProgress {
  /** Rows read, of those to export. */
  readonly rows: number;
  /** Bytes of files that were encoded. */
  readonly bytesEncoded: number;
  /** Bytes of files that the destination has acknowledged. */
  readonly bytesAcknowledged: number;
  /** Requests that were tried again. */
  readonly retries: number;
}

/** An output file. The counts are null until the file is closed. */
export interface ExportFile {
  readonly name: string;
  readonly size: number | null;
  readonly rows: number | null;
  /** Null of a format without row groups. */
  readonly rowGroups: number | null;
  readonly parts: number | null;
  /** Whether the destination has the whole of it. */
  readonly stored: boolean;
  /** Requests that were sent to a store for it, further tries included. */
  readonly attempts: number;
  readonly etag: string | null;
  /**
   * By algorithm, in hex: `md5` of a file that a store was sent by one PUT or in one session, as what the store shows of it
   * was compared with that; `crc32c` where that of each part went along.
   */
  readonly checksums: Readonly<Record<string, string>>;
  readonly schema: readonly { readonly name: string; readonly type: string }[];
  /** The file itself, once it is stored, where the destination is `memory`. */
  readonly bytes?: Uint8Array;
}

/** The job at one moment. */
export interface ExportStatus extends ExportResource {
  readonly progress: ExportProgress;
  readonly files: readonly ExportFile[];
  /**
   * What another export, of the same table and config, goes on from, should this one be cut off: `resume` of its config.
   * Null until something was begun in the store, after the end, and for destinations that cannot go on.
   */
  readonly resume: ResumeToken | null;
}

/**
 * What a job knows of its files in the store: plain JSON, some 100 bytes for each part. It has no URL and no credential,
 * and of the table only checksums.
 */
export interface ResumeToken {
  readonly config: string;
  readonly files: readonly {
    readonly name: string;
    readonly uploadId?: string;
    readonly parts?: readonly { readonly number: number; readonly md5: string; readonly etag?: string }[];
    readonly digest?: string;
    readonly etag?: string;
  }[];
}

/** An export under way. `JSON.stringify` gives exactly its {@link ExportResource}. */
export interface ExportJob extends AsyncIterable<ExportStatus> {
  readonly id: string;
  readonly status: JobStatus;
  readonly progress: ExportProgress;
  readonly files: readonly ExportFile[];
  /**
   * The resource of the completed job; rejects with an `ExportError` where it fails or is cancelled. A rejection that
   * nobody handles is not reported as unhandled, so that iterating alone is fine.
   */
  readonly finished: Promise<ExportResource>;
  /**
   * Ends the job early and clears away what was begun in the store. Has no effect on a job that has ended, nor on one
   * whose files were all stored when it came.
   */
  cancel(): void;
  toJSON(): ExportResource;
  /**
   * A body by which a server API tells of the job as it is now; `fromRequest` reads that API's requests. A promise, since
   * the wasm module, in whose Rust the APIs' words are, may have to be loaded first: in a page the job has it in its worker.
   * Rejects with an `ApiError` where the API has no such body.
   */
  as(api: Api, options?: TellOptions): Promise<ApiBody | null>;
  /** The job as it is now, as plain JSON, for `recordAs` to tell of later. */
  readonly record: JobRecord;
  /**
   * Snapshots as the job changes; the last is of its end. Who comes late, or takes long between two, misses those in
   * between, never the last.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ExportStatus>;
}

/** The APIs whose words are known: of Redivis, Earth Engine, Huawei's DLI, and `POST /v1/data/export-temp`. */
export type Api = "redivis" | "earth-engine" | "dli" | "export-temp";

/** Plain JSON, in an API's own words. */
export type ApiBody = { readonly [key: string]: unknown };

export interface RequestOptions {
  /**
   * `export-result` is DLI's `POST jobs/{job_id}/export-result`, whose table the server finds by the job; the default,
   * `export-table`, stands for the one request of each other API as well.
   */
  readonly request?: "export-table" | "export-result";
}

/** What a request asks for: `exportTable({ ...config, source, destination })`, with these two found by the server. */
export interface ApiRequest {
  readonly config: Omit<ExportConfig, "source" | "destination">;
  /**
   * The table, as the request names it: `{expression}` of Earth Engine, `{database, table}` of DLI; else the URL does.
   */
  readonly source: ApiBody;
  /**
   * Where the files go, as the request names it: of Earth Engine `{service: "cloud-storage", bucket, prefix}`, `{service:
   * "drive", folder?}` or `{service: "bigquery", project, dataset, table, write}`; of DLI `{bucket, prefix}`; of export-temp
   * an {@link S3Destination}, where the request has a store: who takes it as it is has its endpoint chosen by the client.
   */
  readonly destination: ApiBody;
  /**
   * What the answers say again (`TellOptions.terms`), and what is for the server to heed: `priority`, `maxWorkers` and
   * `workloadTag` of Earth Engine, `queue_name` of DLI. Plain JSON without credentials, to be kept with the job.
   */
  readonly terms: ApiBody;
}

/**
 * A job at one moment: plain JSON without the bytes of files. A server that shares an export out among several jobs makes
 * one of theirs.
 */
export interface JobRecord {
  readonly resource: ExportResource;
  readonly progress: ExportProgress;
  readonly files: readonly Omit<ExportFile, "bytes">[];
  /** Why it failed or was cancelled. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Milliseconds since 1970-01-01; of a job that has ended, its end. */
  readonly updatedAt: number;
  /** Whether it was told to end, and clears away what it began. */
  readonly cancelling: boolean;
}

export interface TellOptions {
  /**
   * Of the request. A server may add `project` (Earth Engine, of the operation's name) and `owner` (DLI). Without terms,
   * what only the request says is null or empty.
   */
  readonly terms?: ApiBody;
  /**
   * `status` (the default); `response`, in answer to the request that started the job; `progress` and `detail`, which DLI
   * has; `error`, of a job that failed or was cancelled and is asked for its files, else null.
   */
  readonly body?: "status" | "response" | "progress" | "detail" | "error";
}

/** How a request is to be answered that is refused: by HTTP's status and the API's own body. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: ApiBody;
}
