import { inspect } from "node:util";

/** Stands in every URL, header, signature and cell of these tests, and must come out of none of what is said of them. */
export const CANARY = "canary-7f3a91";

/** What was said: messages, stacks, statuses, files, and what went to the console. */
const said = [];

/** Keeps what a job or an error says, as text and as a debugger shows it. */
export function overhear(thing) {
  said.push(typeof thing === "string" ? thing : `${JSON.stringify(thing)}\n${inspect(thing, { depth: 8 })}`);
}

/** What was said so far that holds the canary. */
export function leaks() {
  return said.filter((text) => text.includes(CANARY));
}

export function countOverheard() {
  return said.length;
}

/** Listens to the console and to the standard streams; they go on as before. Answers with how to stop. */
export function listen() {
  const restore = [];
  const patch = (target, name, overheard) => {
    const original = target[name];
    target[name] = (...args) => {
      overheard(args);
      return original.apply(target, args);
    };
    restore.push(() => {
      target[name] = original;
    });
  };
  for (const name of ["debug", "log", "info", "warn", "error", "trace"]) {
    patch(console, name, (args) => overhear(args.map((arg) => inspect(arg)).join(" ")));
  }
  patch(process.stderr, "write", ([chunk]) => overhear(Buffer.from(chunk).toString()));
  patch(process, "emitWarning", ([warning]) => overhear(inspect(warning)));
  return () => {
    for (const undo of restore) undo();
  };
}
