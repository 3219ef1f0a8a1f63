import type { BlockCompressor, Boundary, Recipe } from "../boundary.js";
import type { Helpers } from "../driver.js";
import { Channel, type Handlers, Transfer } from "./channel.js";
import type { HelperSide } from "./protocol.js";
import { visiting } from "./thrown.js";

type Compress = (recipe: Recipe, block: Uint8Array) => Promise<Uint8Array>;

/** Compresses blocks for the worker at the other end of a port. */
export function serveBlocks(port: MessagePort, glue: unknown): void {
  const compressor = new (glue as Boundary).BlockCompressor();
  const handlers: Handlers<HelperSide> = {
    compress: async (recipe, block) => {
      const bytes = compressHere(compressor, recipe, block);
      return new Transfer(bytes, [bytes.buffer as ArrayBuffer]);
    },
  };
  new Channel<Record<never, never>>(port, handlers, visiting);
}

function compressHere(compressor: BlockCompressor, recipe: Recipe, block: Uint8Array): Uint8Array {
  const { codec, level, history, isLast } = recipe;
  return compressor.compress(codec, level, history, isLast, block);
}

/** The helpers of a worker. They are asked for when there is something to do. */
export class PortHelpers implements Helpers {
  readonly count: number;
  readonly #ask: () => void;
  readonly #glue: unknown;
  readonly #helpers: { compress: Compress; blocks: number }[] = [];
  readonly #arrived: Promise<void>;
  #isAsked = false;
  #arrive!: () => void;

  constructor(count: number, glue: unknown, ask: () => void) {
    this.count = count;
    this.#glue = glue;
    this.#ask = ask;
    this.#arrived = new Promise((resolve) => {
      this.#arrive = resolve;
    });
  }

  /** Takes a helper; without a port it is one that was not to be had, and this thread does its work. */
  add(port: MessagePort | undefined): void {
    this.#helpers.push({ compress: port ? byPort(port) : inPlace(this.#glue), blocks: 0 });
    this.#arrive();
  }

  async compress(recipe: Recipe, block: Uint8Array): Promise<Uint8Array> {
    if (!this.#isAsked) this.#ask();
    this.#isAsked = true;
    await this.#arrived;
    const helper = this.#helpers.reduce((least, one) => (one.blocks < least.blocks ? one : least));
    helper.blocks++;
    try {
      return await helper.compress(recipe, block);
    } finally {
      helper.blocks--;
    }
  }
}

function byPort(port: MessagePort): Compress {
  const channel = new Channel<HelperSide>(port, {}, visiting);
  return (recipe, block) => channel.call("compress", [recipe, block], [block.buffer]);
}

function inPlace(glue: unknown): Compress {
  const compressor = new (glue as Boundary).BlockCompressor();
  return async (recipe, block) => compressHere(compressor, recipe, block);
}
