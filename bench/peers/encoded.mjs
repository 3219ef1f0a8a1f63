const PIECE = 65_536;
const encoder = new TextEncoder();

/** Text that is added bit by bit, as UTF-8 in pieces. */
export class Encoded {
  #text = "";
  #pieces = [];

  add(text) {
    this.#text += text;
    if (this.#text.length >= PIECE) this.#flush();
  }

  finish() {
    this.#flush();
    return this.#pieces;
  }

  #flush() {
    this.#pieces.push(encoder.encode(this.#text));
    this.#text = "";
  }
}

const SLICE = 10_000;

/** The text of each 10,000 rows as UTF-8: in one piece, a million rows would meet the longest string there can be. */
export function encodeSlices(rows, textOf) {
  const pieces = [];
  for (let from = 0; from < rows.length; from += SLICE) {
    pieces.push(encoder.encode(textOf(rows.slice(from, from + SLICE), from === 0)));
  }
  return pieces;
}
