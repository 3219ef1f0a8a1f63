import { readFile, writeFile } from "node:fs/promises";

/** Bytes of a process: what is resident, and the most that was since `resetPeak`. Undefined outside Linux. */
export async function resident(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const bytes = (key) => Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) * 1024;
  return status ? { now: bytes("VmRSS"), peak: bytes("VmHWM") } : undefined;
}

/** Linux forgets the peak that was when 5 is written here. */
export async function resetPeak(pid) {
  await writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => {});
}
