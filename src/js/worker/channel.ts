import type { ErrorCodec, Thrown } from "./thrown.js";

/** Functions by name, as the other side of a channel has them. */
type Methods<T> = { [K in keyof T]: (...args: never[]) => unknown };
type Args<F> = F extends (...args: infer A) => unknown ? A : never;
type Result<F> = F extends (...args: never[]) => infer R ? R : never;

/** A value whose buffers go along instead of being copied. */
export class Transfer<T> {
  readonly value: T;
  readonly buffers: ArrayBuffer[];

  constructor(value: T, buffers: ArrayBuffer[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

/** The functions of this side. What they throw goes to the caller. */
export type Handlers<T> = {
  [K in keyof T]: (...args: Args<T[K]>) => Result<T[K]> | Promise<Result<T[K]> | Transfer<Result<T[K]>>>;
};

interface Call {
  /** 0 where no answer is wanted. */
  call: number;
  name: string;
  args: unknown[];
}

type Answer = { to: number } & ({ value: unknown } | { thrown: Thrown });

/** Calls functions of another thread, and is called by it; in order, both ways. */
export class Channel<Theirs extends Methods<Theirs>> {
  readonly #port: MessagePort;
  readonly #handlers: Record<string, (...args: unknown[]) => unknown>;
  readonly #errors: ErrorCodec;
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  #last = 0;

  constructor(port: MessagePort, handlers: object, errors: ErrorCodec) {
    this.#port = port;
    this.#handlers = handlers as Record<string, () => unknown>;
    this.#errors = errors;
    port.onmessage = ({ data }: MessageEvent<Call | Answer>) => {
      if ("to" in data) this.#settle(data);
      else void this.#handle(data);
    };
  }

  /** Calls a function of the other side and waits for its result. */
  call<K extends keyof Theirs & string>(
    name: K,
    args: Args<Theirs[K]>,
    buffers: ArrayBufferLike[] = [],
  ): Promise<Result<Theirs[K]>> {
    return new Promise((resolve, reject) => {
      const call = ++this.#last;
      this.#post({ call, name, args }, buffers);
      this.#calls.set(call, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** Calls a function of the other side that has no result. */
  tell<K extends keyof Theirs & string>(
    name: K,
    args: Args<Theirs[K]>,
    buffers: ArrayBufferLike[] = [],
  ): void {
    this.#post({ call: 0, name, args }, buffers);
  }

  /** Ends it; calls that wait for an answer get none. */
  close(): void {
    this.#port.close();
  }

  async #handle({ call, name, args }: Call): Promise<void> {
    const handler = this.#handlers[name] as (...args: unknown[]) => unknown;
    if (call === 0) {
      handler(...args);
      return;
    }
    try {
      const result = await handler(...args);
      const { value, buffers } = result instanceof Transfer ? result : { value: result, buffers: [] };
      this.#post({ to: call, value }, buffers);
    } catch (error) {
      this.#post({ to: call, thrown: this.#errors.encode(error) }, []);
    }
  }

  #settle(answer: Answer): void {
    const call = this.#calls.get(answer.to);
    this.#calls.delete(answer.to);
    if ("thrown" in answer) call?.reject(this.#errors.decode(answer.thrown));
    else call?.resolve(answer.value);
  }

  #post(message: Call | Answer, buffers: ArrayBufferLike[]): void {
    this.#port.postMessage(message, buffers as ArrayBuffer[]);
  }
}
