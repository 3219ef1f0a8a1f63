import { spawn } from "node:child_process";

const useColor = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (useColor ? `\x1b[${code}m${text}\x1b[0m` : text);

/** A failure whose message is all there is to say: shown without a stack trace. */
export class StepError extends Error {}

export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

export function say(text) {
  console.log(text);
}

/** Runs `work`, saying what is being done and how long it took. */
export async function step(title, work) {
  say(`${paint(36, "==>")} ${title}`);
  const start = performance.now();
  try {
    const result = await work();
    say(`${paint(32, "  ✓")} ${title} ${paint(2, `(${seconds(start)})`)}`);
    return result;
  } catch (error) {
    say(`${paint(31, "  ✗")} ${title} ${paint(2, `(${seconds(start)})`)}`);
    throw error;
  }
}

/**
 * Runs a command to its end and returns what it printed. Its output is shown as it comes, unless `quiet`,
 * when it is shown only if the command fails. `check: false` returns a failing exit code instead of throwing.
 */
export function run(command, args = [], { cwd, env, quiet = false, check = true } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stdout = [];
    const stderr = [];
    child.stdout.on("data", (chunk) => {
      stdout.push(chunk);
      if (!quiet) process.stdout.write(chunk);
    });
    child.stderr.on("data", (chunk) => {
      stderr.push(chunk);
      if (!quiet) process.stderr.write(chunk);
    });
    child.on("error", (error) => reject(new StepError(`${command} could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      const result = { code, stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr)) };
      if (code === 0 || !check) return resolve(result);
      if (quiet) process.stderr.write(result.stdout + result.stderr);
      reject(new StepError(`${[command, ...args].join(" ")} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** What a command prints, trimmed; undefined when it is missing or fails. */
export async function capture(command, args = [], options = {}) {
  const { code, stdout } = await run(command, args, { ...options, quiet: true, check: false }).catch(() => ({
    code: 1,
  }));
  return code === 0 ? stdout.trim() : undefined;
}

/** The frame of a command line tool: a plain message and exit code 1 for what went wrong. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(`\n${error instanceof StepError ? error.message : (error.stack ?? error)}`);
    process.exitCode = 1;
  }
}
