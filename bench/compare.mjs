import { stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { ratios, spread } from "./statistics.mjs";

/**
 * Runs ours and each rival by turns, each in a process of its own, and returns what was measured of each, ours first:
 * `{peer, seconds, size, memory, checked}`, and of a rival `ratios`, by which of ours it was compared with. Seconds and
 * ratios are `{median, min, max}`; a ratio is of pairs of runs, one right after the other. Memory is that of the whole
 * process with its input, before the first run and at that run's peak; it also warms the peer up, and is the one whose
 * output is checked.
 * @param {{open, check, work: string, ours: string[], rivals: string[], files: object, rounds: number, folder: string}} what
 */
export async function compare({ open, check, work, ours, rivals, files, rounds, folder }) {
  const peers = [...ours, ...rivals];
  const agents = [];
  try {
    const warm = [];
    for (const peer of peers) {
      const agent = await open({ peer, work, files });
      agents.push(agent);
      warm.push(await warmUp(agent, { peer, work, files, check, folder }));
    }
    const own = agents.slice(0, ours.length);
    const others = agents.slice(ours.length);
    const turns = others.map(() => []);
    for (let round = 0; round < rounds; round++)
      for (const [at, other] of others.entries()) turns[at].push(await turnOf(own, other, round % 2 === 1));
    const secondsOf = (agent) => turns.flat().flatMap((turn) => turn.get(agent) ?? []);
    const ratioOf = (agent, at) => ratios(turns[at].map((turn) => [turn.get(agent), turn.get(others[at])]));
    return peers.map((peer, at) => ({
      peer,
      seconds: spread(secondsOf(agents[at])),
      ...(at >= ours.length && {
        ratios: Object.fromEntries(ours.map((line, i) => [line, ratioOf(own[i], at - ours.length)])),
      }),
      ...warm[at],
    }));
  } finally {
    await Promise.all(agents.map((agent) => agent.close()));
  }
}

/** One run of a rival with one of each of ours, of which there are two at most, right before or after it. */
async function turnOf(own, other, isReversed) {
  const order = [own[0], other, ...own.slice(1)];
  if (isReversed) order.reverse();
  const turn = new Map();
  for (const agent of order) turn.set(agent, (await agent.run()).seconds);
  return turn;
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
