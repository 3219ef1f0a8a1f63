import type { PackedColumn, Pull } from "../boundary.js";
import { nextTurn, Pace } from "../pace.js";
import { sizeOf } from "../pack/packer.js";
import { closeSource, type Port, type TableSource } from "../sources/source.js";
import type { ExportConfig } from "../types.js";
import { type Channel, Transfer } from "./channel.js";
import type { Pulled, WorkerSide } from "./protocol.js";

/**
 * Reads a table in the page for a core in a worker. While the core encodes what it was given, the next is read, so that
 * both threads have work.
 */
export class Feeder {
  readonly #port: Port;
  #source: TableSource;
  #pulled: Pulled = { given: [], goesOn: false };
  /** Which pull it is the answer to, counted from 1. */
  #count = 0;
  #buffers: ArrayBuffer[] = [];
  /** What a batch went in that the core has copied. */
  #spent: ArrayBuffer | undefined;
  /** What the next pull will be answered with. */
  #ahead: Promise<Transfer<Pulled>> | undefined;
  #closed: { reason: unknown } | undefined;

  constructor(source: TableSource, config: ExportConfig, core: Channel<WorkerSide>) {
    this.#source = source;
    this.#port = this.#openPort(config, core);
  }

  async pull(pull: Pull, spent: ArrayBuffer | undefined): Promise<Transfer<Pulled>> {
    this.#spent ??= spent;
    const reading = this.#ahead ?? this.#read(pull);
    this.#ahead = undefined;
    const answer = await reading;
    if (answer.value.goesOn && !this.#closed) {
      // The answer leaves first.
      this.#ahead = nextTurn().then(() => this.#read(pull));
      this.#ahead.catch(() => {});
    }
    return answer;
  }

  /** Lets go of the source, once. */
  close(reason: unknown): void {
    if (this.#closed) return;
    this.#closed = { reason };
    closeSource(this.#source, reason);
  }

  async #read(pull: Pull): Promise<Transfer<Pulled>> {
    this.#pulled = { given: [], goesOn: false };
    this.#count++;
    this.#buffers = [];
    const found = await this.#source.pull(this.#port, pull);
    if (found && this.#closed) closeSource(found, this.#closed.reason);
    if (found) {
      this.#source = found;
      this.#pulled.found = { plain: found.plain };
    }
    const [first] = this.#pulled.given;
    this.#pulled.goesOn = pull.need !== "ranges" && !found && first !== undefined && first[0] !== "end";
    return new Transfer(this.#pulled, this.#buffers);
  }

  #openPort(config: ExportConfig, core: Channel<WorkerSide>): Port {
    const pace = new Pace();
    const give: (given: Pulled["given"][number], buffer?: ArrayBuffer) => void = (given, buffer) => {
      if (this.#closed) throw this.#closed;
      this.#pulled.given.push(given);
      if (buffer) this.#buffers.push(buffer);
    };
    return {
      config,
      rest: () => pace.rest(),
      infer: (columns) => core.call("infer", [this.#count, columns]),
      declare: (fields) => core.call("declare", [this.#count, fields]),
      readsWhole: (head, atEnd) => core.call("readsWhole", [this.#count, head, atEnd]),
      widen: (column, row, seen) => core.call("widen", [this.#count, column, row, seen]),
      packed: (rows, columns) => {
        const moved = together(columns, this.#spent);
        this.#spent = undefined;
        give(["packed", rows, moved.columns], moved.buffer);
        this.#pulled.spendable = moved.buffer;
      },
      bytes: (chunk) => {
        const copy = new Uint8Array(chunk);
        give(["bytes", copy], copy.buffer);
      },
      range: (start, chunk) => {
        const copy = new Uint8Array(chunk);
        give(["range", start, copy], copy.buffer);
      },
      end: () => give(["end"]),
    };
  }
}

/** Copies columns into one buffer, which can be transferred: theirs are the caller's, or are used again. */
function together(
  columns: readonly PackedColumn[],
  spent: ArrayBuffer | undefined,
): { columns: PackedColumn[]; buffer: ArrayBuffer } {
  const size = columns.reduce((sum, column) => sum + sizeOf(column), 0);
  const all = new Uint8Array(spent && spent.byteLength >= size ? spent : new ArrayBuffer(size));
  let at = 0;
  const move = (bytes: Uint8Array): Uint8Array => {
    const start = at;
    at += bytes.length;
    all.set(bytes, start);
    return all.subarray(start, at);
  };
  const moveColumn = (column: PackedColumn): PackedColumn => ({
    length: column.length,
    validity: column.validity && move(column.validity),
    bitOffset: column.bitOffset,
    buffers: column.buffers.map(move),
    children: column.children.map(moveColumn),
    ...(column.dictionary && { dictionary: moveColumn(column.dictionary) }),
  });
  return { columns: columns.map(moveColumn), buffer: all.buffer };
}
