import { DurableObject } from "cloudflare:workers";
import type { Api, ResumeToken } from "../../pkg/workerd.js";
import { type Env, setting } from "../env.js";
import { Board } from "./board.js";
import { Dispatcher, type Start, type Taken } from "./dispatcher.js";
import type { Assignment, KeptJob, NewJob, News, Outcome } from "./job.js";

/** Instances of a Workflow that are made at once, at most. */
const BATCH = 100;

/** The jobs of one account, in a Durable Object of its own; their tasks are Workflows. */
export class Records extends DurableObject<Env> {
  readonly #dispatcher: Dispatcher;
  /** Those who wait for a job's end. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const settings = { queues: setting(env.QUEUES), limits: setting(env.LIMITS) };
    this.#dispatcher = new Dispatcher(new Board(ctx.storage.sql), settings, (job) => {
      for (const resolve of this.#waiting.get(job) ?? []) resolve();
      this.#waiting.delete(job);
    });
  }

  async create(account: string, asked: NewJob): Promise<Taken> {
    this.ctx.storage.kv.put("account", account);
    const taken = this.#dispatcher.create(asked, Date.now());
    await this.#go();
    return taken;
  }

  get(api: Api, id: string, part?: number): KeptJob | null {
    return this.#dispatcher.get(api, id, part);
  }

  list(api: Api, offset: number, limit: number): KeptJob[] {
    return this.#dispatcher.list(api, offset, limit);
  }

  async cancel(api: Api, id: string): Promise<KeptJob | null> {
    this.#dispatcher.cancel(api, id, Date.now());
    await this.#go();
    return this.get(api, id);
  }

  remove(api: Api, id: string): "removed" | "running" | "unknown" {
    return this.#dispatcher.remove(api, id);
  }

  /** The job at its end, or as it is after so many milliseconds. */
  async wait(api: Api, id: string, milliseconds: number): Promise<KeptJob | null> {
    if (this.#dispatcher.isOpen(api, id)) {
      await new Promise<void>((resolve) => {
        const waiting = this.#waiting.get(id) ?? new Set();
        this.#waiting.set(id, waiting.add(resolve));
        setTimeout(resolve, milliseconds);
      });
    }
    return this.get(api, id);
  }

  begin(start: Start): Assignment | null {
    return this.#dispatcher.begin(start, Date.now());
  }

  heard(start: Start, news: News | null, resume: ResumeToken | null): number | null {
    return this.#dispatcher.heard(start, news, resume, Date.now());
  }

  async ended(start: Start, outcome: Outcome): Promise<void> {
    this.#dispatcher.ended(start, outcome, Date.now());
    await this.#go();
  }

  override async alarm(): Promise<void> {
    this.#dispatcher.look(Date.now());
    await this.#go();
  }

  /** Starts what is due, and sees to it that it is looked after. */
  async #go(): Promise<void> {
    const account = this.ctx.storage.kv.get<string>("account") ?? "";
    const starts = this.#dispatcher.due(Date.now());
    // First of all, should this object end here.
    await this.#lookLater();
    for (let at = 0; at < starts.length; at += BATCH) {
      const batch = starts.slice(at, at + BATCH);
      const instances = batch.map((start) => ({
        id: `${start.job}-${start.task}-${start.attempt}`,
        params: { account, ...start },
      }));
      await this.env.TASKS.createBatch(instances).catch(() => this.#dispatcher.putBack(batch));
    }
    await this.#lookLater();
  }

  /** An alarm that is set is not put off, or what is lost were never missed while others tell of themselves. */
  async #lookLater(): Promise<void> {
    const look = this.#dispatcher.nextLook(Date.now());
    const alarm = await this.ctx.storage.getAlarm();
    if (look !== null && (alarm === null || look < alarm)) await this.ctx.storage.setAlarm(look);
  }
}
