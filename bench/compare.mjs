import { stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { ratios, spread } from "./statistics.mjs";

/**
 * Runs tableport and each rival by turns, each in a process of its own, and returns what was measured of each:
 * `{peer, seconds, size, memory, ratio, checked}`. Seconds and ratio are `{median, min, max}`; a ratio is of pairs of
 * runs, one right after the other. Memory is that of the whole process with its input, before the first run and at that
 * run's peak; it also warms the peer up, and is the one whose output is checked.
 * @param {{open, check, work: string, rivals: string[], files: object, rounds: number, folder: string}} what
 */
export async function compare({ open, check, work, rivals, files, rounds, folder }) {
  const peers = ["tableport", ...rivals];
  const agents = [];
  try {
    const warm = [];
    for (const peer of peers) {
      const agent = await open({ peer, work, files });
      agents.push(agent);
      warm.push(await warmUp(agent, { peer, work, files, check, folder }));
    }
    const [ours, ...others] = agents;
    const runs = peers.map(() => []);
    const pairs = others.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [at, other] of others.entries()) {
        const pair = await pairOf(ours, other, round % 2 === 1);
        pairs[at].push(pair);
        runs[0].push(pair[0]);
        runs[at + 1].push(pair[1]);
      }
    }
    return peers.map((peer, at) => ({
      peer,
      seconds: spread(runs[at]),
      ...(at > 0 && { ratio: ratios(pairs[at - 1]) }),
      ...warm[at],
    }));
  } finally {
    await Promise.all(agents.map((agent) => agent.close()));
  }
}

/** Who goes first changes from round to round. */
async function pairOf(ours, other, otherFirst) {
  if (!otherFirst) {
    const first = await ours.run();
    return [first.seconds, (await other.run()).seconds];
  }
  const first = await other.run();
  return [(await ours.run()).seconds, first.seconds];
}

async function warmUp(agent, { peer, work, files, check, folder }) {
  const before = await agent.resident();
  await agent.resetPeak();
  await agent.run();
  const memory = before && { before: before.now, peak: (await agent.resident()).peak };
  const path = join(folder, `${peer}.${work}`);
  await agent.save(path);
  const { size } = await stat(path);
  const checked = await check({ path, work, reference: files.arrow });
  await unlink(path);
  return { size, memory, checked };
}
