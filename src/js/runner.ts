import type { Boundary, CoreStatus } from "./boundary.js";
import { type Drive, Driver, type Helpers } from "./driver.js";
import type { Outlet } from "./outlet.js";
import { isBrowser } from "./realm.js";
import type { TableSource } from "./sources/source.js";
import type { ExportConfig } from "./types.js";
import { loadWasm } from "./wasm.js";

/** A job that is to be run. */
export interface Order {
  readonly id: string;
  /** Milliseconds since 1970-01-01. */
  readonly createdAt: number;
  /** Plain data, as the core judges it. */
  readonly config: ExportConfig;
  readonly source: TableSource;
  readonly outlet: Outlet;
  readonly publish: (status: CoreStatus) => void;
}

/** How a job ended. */
export interface Outcome {
  status: CoreStatus;
  /** What the caller's code threw, where that ended the job. */
  cause: { error: unknown } | undefined;
}

/** Runs one job. */
export interface Runner {
  /** Throws a plain error where the config can never work. */
  run(): Promise<Outcome>;
  cancel(reason: unknown): void;
}

/** Takes orders. May throw as `run` does. */
export type Open = (order: Order) => Runner;

/** Starts or finds a worker; nothing where there is none to be had. */
type Connect = () => Promise<Open | undefined>;

let connect: Connect | undefined;
let isWorkerDefault = false;

/** Says how workers are started, where there are any, and whether they are wanted by default. For the entry points. */
export function setWorkers(workers: Connect, isDefault: boolean): void {
  if (connect) return;
  connect = workers;
  isWorkerDefault = isDefault;
}

/** Whether a job can be run in a worker. */
export function hasWorkers(): boolean {
  return connect !== undefined;
}

/** Loads what runs the job of this config: a worker, or this thread. */
export async function prepare(config: ExportConfig): Promise<Open> {
  // No worker can have the bucket of a binding.
  const isWanted = config?.worker ?? (isWorkerDefault && !isBinding(config?.destination));
  // A page whose policy allows no worker has the same bytes from its own thread.
  return (isWanted && (await connect?.())) || here(await loadWasm());
}

function isBinding(destination: unknown): boolean {
  return (destination as { type?: unknown } | null | undefined)?.type === "r2";
}

/** Takes orders in this thread, with these helpers beside it. */
export function here(glue: unknown, helpers?: Helpers): Open {
  const wasm = glue as Boundary;
  return ({ id, createdAt, ...order }) => {
    const { config } = order;
    const seed = crypto.getRandomValues(new BigUint64Array(1))[0] as bigint;
    const judge: Drive["judge"] = (source) =>
      wasm.exportTable(
        source ? { ...config, source } : config,
        id,
        createdAt,
        seed,
        helpers?.count ?? 0,
        isBrowser,
      );
    return new Driver({ ...order, judge, helpers });
  };
}
