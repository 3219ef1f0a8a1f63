// The Durable Object of the records, without its platform: edge/records/records.ts under a virtual clock.
import { Board } from "../../edge/records/board.js";
import { Dispatcher } from "../../edge/records/dispatcher.js";
import { LIMITS, value } from "./platform.mjs";

export class Records {
  #clock;
  #meter;
  #dispatcher;
  #createBatch;
  #alarm = null;

  constructor({ clock, meter, limits, createBatch, atEnd }) {
    this.#clock = clock;
    this.#meter = meter;
    this.#createBatch = createBatch;
    const settings = { queues: { default: { jobs: 4 } }, limits };
    this.#dispatcher = new Dispatcher(new Board(meter.storage), settings, atEnd);
  }

  create(asked) {
    this.#call("create", [asked], (now) => this.#dispatcher.create(asked, now), true);
  }

  get(api, id) {
    return this.#call("get", [id], () => this.#dispatcher.get(api, id));
  }

  begin(start) {
    return this.#call("begin", [start], (now) => this.#dispatcher.begin(start, now));
  }

  heard(start, news, resume) {
    return this.#call("heard", [start, news, resume], (now) =>
      this.#dispatcher.heard(start, news, resume, now),
    );
  }

  ended(start, outcome) {
    const name = "shards" in outcome ? "plan" : "ended";
    this.#call(name, [start, outcome], (now) => this.#dispatcher.ended(start, outcome, now), true);
  }

  #alarmed() {
    this.#alarm = null;
    this.#call("alarm", [], (now) => this.#dispatcher.look(now), true);
  }

  #call(name, args, work, goes = false) {
    const { now } = this.#clock;
    return this.#meter.call(name, now, args, () => {
      const answer = work(now);
      if (goes) this.#go(now);
      return answer;
    });
  }

  #go(now) {
    const starts = this.#dispatcher.due(now);
    const most = value(LIMITS, "batch");
    for (let at = 0; at < starts.length; at += most) {
      const batch = starts.slice(at, at + most);
      if (!this.#createBatch(batch)) this.#dispatcher.putBack(batch);
    }
    const look = this.#dispatcher.nextLook(now);
    if (look !== null && (this.#alarm === null || look < this.#alarm)) this.#setAlarm(look);
  }

  /** There is one alarm, a row that is written, and another takes its place. */
  #setAlarm(time) {
    this.#alarm = time;
    this.#meter.rows.written++;
    this.#clock.later(time - this.#clock.now, () => {
      if (this.#alarm === time) this.#alarmed();
    });
  }
}
