// The largest page that can be asked for: 500 of Earth Engine's jobs, one file each, and one more.
import { Board } from "../../edge/records/board.js";
import { Dispatcher } from "../../edge/records/dispatcher.js";
import { ASKED, newsOf } from "./messages.mjs";
import { Meter } from "./meter.mjs";

const PAGE = 501;

/** Bytes of the answer of the records, and the rows that are read for it. */
export function listOf(sql) {
  const meter = new Meter(sql);
  const limits = { waiting: PAGE, tasks: 64, silence: 120_000 };
  const settings = { queues: { default: { jobs: PAGE } }, limits };
  const dispatcher = new Dispatcher(new Board(meter.storage), settings, () => {});
  for (let job = 0; job < PAGE; job++)
    dispatcher.create({ ...ASKED, api: "earth-engine", id: `00000000-0000-4000-8000-${job}` }, 0);
  // One second after the other, since no more may start in one.
  for (let now = 0, starts; (starts = dispatcher.due(now)).length > 0; now += 1000)
    for (const start of starts)
      dispatcher.ended(
        start,
        start.task === "plan" ? { shards: [{}] } : { news: newsOf("file", 1, 2 ** 30) },
        now,
      );
  meter.rows = { read: 0, written: 0 };
  const page = meter.call("list", 0, [], () => dispatcher.list("earth-engine", 0, PAGE));
  return { jobs: page.length, bytes: meter.messages.list, rows: meter.rows.read };
}
