import { startJob } from "./job.js";
import type { ExportConfig, ExportJob } from "./types.js";

export { fromRequest, recordAs, refusal } from "./api.js";
export { ApiError, ExportError } from "./errors.js";
export { keepToken, keptToken } from "./tokens.js";
export type * from "./types.js";
export { configure, type WasmSource } from "./wasm.js";

/**
 * Exports a table: encodes it, and sends the files to their destination. Returns at once; the config is judged before
 * anything is read or sent, and what is wrong with it fails the job.
 */
export function exportTable(config: ExportConfig): ExportJob {
  return startJob(config);
}
