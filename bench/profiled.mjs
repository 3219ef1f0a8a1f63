import { Session } from "node:inspector/promises";

/** Microseconds between two looks. */
const INTERVAL = 250;

/**
 * Runs `work` and returns where this thread was: `[{url, name, seconds}]` of each function by itself, with what is none
 * as `(garbage collector)`, `(program)` and `(idle)`.
 */
export async function profiled(work) {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: INTERVAL });
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const found = new Map();
  for (const [at, id] of profile.samples.entries()) {
    const { url, functionName: name } = frames.get(id);
    const key = `${url} ${name}`;
    const entry = found.get(key) ?? { url, name, seconds: 0 };
    entry.seconds += (profile.timeDeltas[at + 1] ?? 0) / 1e6;
    found.set(key, entry);
  }
  return [...found.values()];
}
