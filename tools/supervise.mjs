// Runs a command in a process group of its own until standard input ends, then kills the whole group and removes
// its directory. Whoever holds the other end of the pipe may end in any way, by SIGKILL too: nothing is left.
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";

const [directory, command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });
child.once("error", () => end(127));
child.once("exit", (code) => end(code ?? 1));
process.stdin.resume().once("end", killGroup);

async function end(code) {
  killGroup();
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  process.exit(code);
}

function killGroup() {
  if (!child.pid) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
}
