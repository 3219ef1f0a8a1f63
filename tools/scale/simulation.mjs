// One job of so many shards, from its request to its end: the dispatcher and the board of edge/records over SQLite, under a
// virtual clock, and around them the platform as platform.mjs has it.
import { Clock } from "./clock.mjs";
import { ASKED, newsOf, planOf, tokenOf } from "./messages.mjs";
import { Meter } from "./meter.mjs";
import { ASSUMED, LIMITS, value } from "./platform.mjs";
import { Records } from "./records.mjs";
import { planTakes, shardOf } from "./shard.mjs";

const assumed = (name) => value(ASSUMED, name);

export class Simulation {
  #clock = new Clock();
  #settings;
  #shard;
  #meter;
  #records;
  /** Workflows that were created in a second. */
  #created = { second: 0, count: 0 };
  #counts = { instances: 0, refused: 0, lost: 0, subrequests: 0 };
  #end = null;

  constructor(sql, settings) {
    this.#settings = settings;
    this.#shard = shardOf(settings.shardBytes);
    this.#meter = new Meter(sql);
    this.#records = new Records({
      clock: this.#clock,
      meter: this.#meter,
      limits: { waiting: 1000, ...settings },
      createBatch: (starts) => this.#createBatch(starts),
      atEnd: () => {
        this.#end = this.#clock.now;
      },
    });
  }

  run() {
    const begun = this.#clock.now;
    this.#records.create(ASKED);
    this.#poll();
    this.#clock.run();
    const { status } = this.#records.get(ASKED.api, ASKED.id).record.resource;
    if (status !== "completed") throw new Error(`the job ${status}`);
    const { calls, busiest, rows, messages } = this.#meter;
    const seconds = (this.#end - begun) / 1000;
    const { cpu, reads, writes } = this.#shard;
    return {
      ...{ seconds, ideal: this.#ideal() / 1000, shards: this.#settings.shards },
      ...{ calls, busiest, rows, messages, shard: { cpu, reads, writes } },
      ...this.#counts,
    };
  }

  /** As if nothing had to be told and nothing was lost: the plan, and the shards in as many places as there may be. */
  #ideal() {
    const { shards, tasks } = this.#settings;
    return this.#taskTakes(planTakes()) + Math.ceil(shards / tasks) * this.#taskTakes(this.#shard.takes);
  }

  #taskTakes(work) {
    return assumed("start") + work + 2 * assumed("step");
  }

  /** All of a batch or none: more in a second than are allowed are refused. */
  #createBatch(starts) {
    const second = Math.floor(this.#clock.now / 1000);
    if (this.#created.second !== second) this.#created = { second, count: 0 };
    if (this.#created.count + starts.length > value(LIMITS, "creations")) {
      this.#counts.refused += starts.length;
      return false;
    }
    this.#created.count += starts.length;
    for (const start of starts) {
      const number = ++this.#counts.instances;
      this.#clock.later(assumed("start"), () => this.#work(start, number));
    }
    return true;
  }

  #work(start, number) {
    const assignment = this.#records.begin(start);
    if (!assignment) return;
    if (start.task === "plan") return this.#plan(start);
    if (number % assumed("lost") === assumed("lost") / 2) return void this.#counts.lost++;
    this.#export(start, this.#clock.now + this.#shard.takes * spread(start), assignment.beat);
  }

  #plan(start) {
    this.#tell(start, planTakes(), planOf(this.#settings.shards, this.#settings.shardBytes), 3);
  }

  /** A shard until its end, which tells of itself on every beat that is not sooner than it is asked to. */
  #export(start, end, asked, beats = 0) {
    const { now } = this.#clock;
    const beat = Math.max(1, Math.ceil(asked / BEAT)) * BEAT;
    if (now + beat >= end) {
      const { reads, writes } = this.#shard;
      return this.#tell(start, end - now, { news: this.#news(start, 1) }, reads + writes + beats);
    }
    this.#clock.later(beat, () => {
      const share = Math.min(0.999, 1 - (end - this.#clock.now) / this.#shard.takes);
      const next = this.#records.heard(start, this.#news(start, share), tokenOf(share, this.#stored));
      this.#export(start, end, next, beats + 1);
    });
  }

  /** The step after the work. */
  #tell(start, takes, outcome, subrequests) {
    this.#counts.subrequests = Math.max(this.#counts.subrequests, subrequests + 2);
    this.#clock.later(takes + assumed("step"), () => this.#records.ended(start, outcome));
  }

  /** A client that asks until the job has ended. */
  #poll() {
    if (this.#end !== null) return;
    if (!this.#records.get(ASKED.api, ASKED.id)) throw new Error("the job was not taken");
    this.#clock.later(assumed("poll"), () => this.#poll());
  }

  #news({ task }, share) {
    return newsOf(task, share, this.#stored);
  }

  get #stored() {
    return this.#settings.shardBytes * assumed("stored");
  }
}

/** Milliseconds between the beats of a task: edge/work/beat.ts. */
const BEAT = 2000;

/** About one, another for each task, and the same each time. */
function spread({ task, attempt }) {
  const hash = Math.imul(Number(task.split("-")[1]) + 1, 2_654_435_761 * attempt) >>> 0;
  return 1 + assumed("spread") * (2 * (hash / 2 ** 32) - 1);
}
