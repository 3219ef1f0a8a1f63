import type { PlainSource, Pull } from "../boundary.js";
import type { Outlet } from "../outlet.js";
import type { Sink } from "../sinks.js";
import type { Port, TableSource } from "../sources/source.js";
import type { FileToOpen } from "../types.js";
import type { Channel } from "./channel.js";
import type { PageSide, Pulled } from "./protocol.js";
import { visiting } from "./thrown.js";

type Page = Channel<PageSide>;

/**
 * The core, as the page may ask it: while the pull that it asks for is under way. A page that reads ahead waits for that
 * one, since the core must have what was read before.
 */
export class Turn {
  /** The pull that is under way, or was last; counted from 1. */
  #pull = 0;
  #port: Port | undefined;
  /** What waits for a pull: one question, since the page waits for its answer. */
  #waiting: { pull: number; begin: (port: Port) => void } | undefined;

  /** The port, once that pull is under way. */
  portOf(pull: number): Promise<Port> {
    return new Promise((begin) => {
      this.#waiting = { pull, begin };
      this.#wake();
    });
  }

  /** The next pull begins. */
  begin(port: Port): void {
    this.#pull++;
    this.#port = port;
    this.#wake();
  }

  #wake(): void {
    if (!this.#port || this.#waiting?.pull !== this.#pull) return;
    this.#waiting.begin(this.#port);
    this.#waiting = undefined;
  }
}

/**
 * A table that is read in the page. The next pull is sent before it is due, so that the core does
 * not wait for messages.
 */
export class RemoteSource implements TableSource {
  readonly plain: PlainSource | undefined;
  readonly #page: Page;
  readonly #turn: Turn;
  #next: Promise<Pulled> | undefined;
  /** What a batch came in that the core has copied. */
  #spent: ArrayBuffer | undefined;

  constructor(plain: PlainSource | undefined, page: Page, turn: Turn) {
    this.plain = plain;
    this.#page = page;
    this.#turn = turn;
  }

  async pull(port: Port, pull: Pull): Promise<TableSource | undefined> {
    this.#turn.begin(port);
    const { given, found, spendable, goesOn } = await (this.#next ?? this.#ask(pull));
    this.#next = goesOn ? this.#ask(pull) : undefined;
    this.#next?.catch(() => {});
    for (const [name, ...args] of given) (port[name] as (...args: unknown[]) => void)(...args);
    this.#spent = spendable;
    return found && new RemoteSource(found.plain, this.#page, this.#turn);
  }

  #ask(pull: Pull): Promise<Pulled> {
    const spent = this.#spent;
    this.#spent = undefined;
    return this.#page.call("pull", [pull, spent], spent && [spent]);
  }

  /** Where the export fails, the page knows, and lets go for the caller's own reason. */
  close(reason: unknown): undefined {
    if (reason === undefined) this.#page.tell("letGo", []);
  }
}

/** A destination whose callbacks and streams are in the page. */
export function remoteOutlet(type: Outlet["type"], page: Page): Outlet {
  return {
    type,
    sign: (request, skew) => page.call("sign", [request, skew]),
    open: async (file: FileToOpen) => new RemoteSink(await page.call("open", [file]), page),
    keep: (file, bytes) => page.tell("keep", [file, bytes], [bytes.buffer]),
  };
}

class RemoteSink implements Sink {
  readonly #number: number;
  readonly #page: Page;

  constructor(number: number, page: Page) {
    this.#number = number;
    this.#page = page;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#page.call("write", [this.#number, bytes], [bytes.buffer]);
  }

  close(): Promise<void> {
    return this.#page.call("close", [this.#number]);
  }

  abort(reason: unknown): Promise<void> {
    return this.#page.call("abort", [this.#number, visiting.encode(reason)]);
  }
}
