/** A virtual clock, and what is to happen by it: a heap by time, and by order where that is the same. */
export class Clock {
  now = 1_800_000_000_000;
  #events = [];
  #count = 0;

  later(milliseconds, act) {
    this.#push({ at: this.now + Math.max(0, milliseconds), order: this.#count++, act });
  }

  /** Runs until nothing happens any more. */
  run() {
    for (let event = this.#pop(); event; event = this.#pop()) {
      this.now = event.at;
      event.act();
    }
  }

  #push(event) {
    const events = this.#events;
    let at = events.push(event) - 1;
    for (let up = (at - 1) >> 1; at > 0 && isBefore(event, events[up]); up = (at - 1) >> 1) {
      events[at] = events[up];
      at = up;
    }
    events[at] = event;
  }

  #pop() {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (events.length === 0) return first;
    let at = 0;
    for (let down = 1; down < events.length; down = 2 * at + 1) {
      if (down + 1 < events.length && isBefore(events[down + 1], events[down])) down++;
      if (!isBefore(events[down], last)) break;
      events[at] = events[down];
      at = down;
    }
    events[at] = last;
    return first;
  }
}

const isBefore = (a, b) => a.at < b.at || (a.at === b.at && a.order < b.order);
