/** Counts what the object of the records is asked for: calls, rows of SQLite and bytes of messages. */
export class Meter {
  #seconds = new Map();
  calls = 0;
  rows = { read: 0, written: 0 };
  /** Bytes of the largest message, by the name of the call. */
  messages = {};
  #sql;

  constructor(sql) {
    this.#sql = sql;
  }

  /** The storage, as the board asks it. */
  get storage() {
    return {
      exec: (query, ...bindings) => {
        const cursor = this.#sql.exec(query, ...bindings);
        const rows = cursor.toArray();
        this.rows.read += cursor.rowsRead;
        this.rows.written += cursor.rowsWritten;
        return { toArray: () => rows, one: () => rows[0] };
      },
    };
  }

  /** A call to the object: what goes there, and what comes of it. */
  call(name, now, args, work) {
    const before = { ...this.rows };
    const answer = work();
    const second = this.#second(now);
    second.calls++;
    second.read += this.rows.read - before.read;
    second.written += this.rows.written - before.written;
    this.calls++;
    const bytes = Math.max(sizeOf(args), sizeOf(answer));
    this.messages[name] = Math.max(this.messages[name] ?? 0, bytes);
    return answer;
  }

  /** The second with the most calls. */
  get busiest() {
    return [...this.#seconds.values()].reduce((most, second) => (second.calls > most.calls ? second : most));
  }

  #second(now) {
    const at = Math.floor(now / 1000);
    if (!this.#seconds.has(at)) this.#seconds.set(at, { calls: 0, read: 0, written: 0 });
    return this.#seconds.get(at);
  }
}

const sizeOf = (value) => JSON.stringify(value ?? null).length;
