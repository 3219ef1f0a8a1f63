import type { ExportProgress } from "../../pkg/workerd.js";

/** Milliseconds between two looks whether it is one's turn. */
const PAUSE = 50;
/**
 * Milliseconds after which an export that stands still lets others go on: its store or its table does not answer, or its
 * request was ended, and it cannot say so.
 */
const STILL = 10_000;

/** One's turn to export, until `end`; `tell` says how far the export has come. */
export interface Turn {
  tell(progress: ExportProgress): void;
  end(): void;
}

let holder: { done: number; since: number } | undefined;

/**
 * Waits for the turn. An isolate has 128 MB for all that it does at once, and an export may take half of them: those that
 * the platform puts into one isolate go one after another, whosever they are.
 */
export async function takeTurn(): Promise<Turn> {
  while (holder && Date.now() - holder.since < STILL) await scheduler.wait(PAUSE);
  const mine = { done: 0, since: Date.now() };
  holder = mine;
  return {
    tell({ rows, bytesEncoded, bytesAcknowledged }) {
      const done = rows + bytesEncoded + bytesAcknowledged;
      if (done > mine.done) Object.assign(mine, { done, since: Date.now() });
    },
    end() {
      if (holder === mine) holder = undefined;
    },
  };
}
