/** Milliseconds between two looks whether it is one's turn. */
const PAUSE = 50;
/** Milliseconds after which one that does not beat is gone: its request was ended, and it cannot say so. */
const SILENCE = 30_000;

/** One's turn to export, until `end`; `beat` says that it is still taken. */
export interface Turn {
  beat(): void;
  end(): void;
}

let holder: { heard: number } | undefined;

/**
 * Waits for the turn. An isolate has 128 MB for all that it does at once, and an export may take half of them: those that
 * the platform puts into one isolate go one after another.
 */
export async function takeTurn(): Promise<Turn> {
  while (holder && Date.now() - holder.heard < SILENCE) await scheduler.wait(PAUSE);
  const mine = { heard: Date.now() };
  holder = mine;
  return {
    beat: () => {
      mine.heard = Date.now();
    },
    end: () => {
      if (holder === mine) holder = undefined;
    },
  };
}
