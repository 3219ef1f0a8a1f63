import { openNode } from "../agents/node.mjs";
import { ratios, spread } from "../statistics.mjs";

/** What takes long to compress, by what it is called. */
const WORKS = { "ipc-csv-gzip": "csv, gzip level 6", "ipc-parquet-zstd": "parquet, zstd" };

/**
 * Exports in a thread on two cores of the machine against the same on one of them, by turns: `{title, one, two, ratio}`,
 * in seconds but for the ratio.
 */
export async function measureCores({ files, rounds }) {
  const measured = [];
  for (const [work, title] of Object.entries(WORKS)) {
    const open = (cores) => openNode({ peer: "tableport-worker", work, files, cores });
    const agents = [await open("0,1"), await open("0")];
    try {
      // The first run starts the threads.
      for (const agent of agents) await agent.run();
      const pairs = [];
      for (let round = 0; round < rounds; round++)
        pairs.push([(await agents[0].run()).seconds, (await agents[1].run()).seconds]);
      const of = (at) => spread(pairs.map((pair) => pair[at]));
      measured.push({ title, two: of(0), one: of(1), ratio: ratios(pairs) });
    } finally {
      await Promise.all(agents.map((agent) => agent.close()));
    }
  }
  return measured;
}
