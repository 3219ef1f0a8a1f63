import { keep } from "../kept.js";
import { isDate, timeOf } from "./dates.js";
import { CellError, checkSize, cut, Misfit, type Packer, packed, Scratch, Validity } from "./packer.js";

/** Chars of texts that are written char by char: up to here that beats `encodeInto`, which costs much to call. */
const SHORT = 20;
/** Chars of texts, on average, that are put together first where they are ASCII: that costs less than a call for each. */
const MIDDLE = { from: 5, to: 256 };
/** Chars that are put together. */
const RUN = 4096;
/** From here on, room for the worst case would be wasteful, so a text is encoded on its own. */
const LONG = 1 << 16;
/** Scratch space beyond this is given back after use. */
const MAX_SCRATCH = 4 << 20;

const encoder = new TextEncoder();

/** Texts in UTF-8. */
export function strings(): Packer {
  const starts = new Scratch(Int32Array);
  const valid = new Validity();
  const utf8 = new Utf8();
  return {
    pack(values, length, limit) {
      const offsets = starts.of(length + 1);
      const validity = valid.reset(length);
      let chars = 0;
      let end = 0;
      for (; end < length; end++) {
        const value = values[end];
        if (typeof value === "string") chars += value.length;
        else if (value == null) validity.clear(end);
        else break;
      }
      checkSize(chars, limit);
      // What is before a value that does not fit comes first, should it not be well-formed.
      utf8.encode(values as ArrayLike<string | null | undefined>, end, chars, offsets, limit);
      if (end < length) throw new Misfit(end);
      return packed(length, validity, [cut(offsets, length + 1), utf8.bytes]);
    },
  };
}

/** Scalars of any kind, as their text. */
export function scalarTexts(): Packer {
  const packer = strings();
  return {
    pack(values, length, limit) {
      const texts: unknown[] = [];
      for (let i = 0; i < length; i++) {
        const value = values[i];
        texts.push(value == null ? null : textOf(value, i));
      }
      return packer.pack(texts, length, limit);
    },
  };
}

/** The text of a scalar, as the core would write it; other values as they are. */
function textOf(value: unknown, index: number): unknown {
  switch (typeof value) {
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value).replace("e+", "e");
    default:
      return isDate(value) ? new Date(timeOf(value, index)).toISOString() : value;
  }
}

type Texts = ArrayLike<string | null | undefined>;

/** UTF-8 in one growing buffer. */
class Utf8 {
  #bytes = new Uint8Array(1024);
  #size = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Encodes the first `count` texts, which have `chars` in all, and writes down where each begins and ends. */
  encode(texts: Texts, count: number, chars: number, offsets: Int32Array, limit: number): void {
    this.#size = 0;
    if (this.#bytes.length > MAX_SCRATCH) this.#bytes = new Uint8Array(1024);
    const isMiddle = chars >= MIDDLE.from * count && chars <= MIDDLE.to * count;
    const done = isMiddle ? this.#encodeRuns(texts, count, offsets, limit) : 0;
    if (chars <= SHORT * count) this.#encodeShort(texts, done, count, chars, offsets);
    else this.#encodeEach(texts, done, count, offsets, limit);
    offsets[count] = this.#size;
    checkSize(this.#size, limit);
  }

  #encodeShort(texts: Texts, first: number, end: number, chars: number, offsets: Int32Array): void {
    this.#reserve(3 * chars);
    const bytes = this.#bytes;
    let at = this.#size;
    for (let i = first; i < end; i++) {
      offsets[i] = at;
      const text = texts[i];
      if (text == null) continue;
      at = write(text, bytes, at);
      if (at < 0) throw loneSurrogate(i);
    }
    this.#size = at;
  }

  /**
   * Encodes texts in runs, which are ASCII where chars and bytes are as many, until two of them were not; answers with
   * how many texts it was.
   */
  #encodeRuns(texts: Texts, count: number, offsets: Int32Array, limit: number): number {
    let i = 0;
    for (let misses = 0; i < count && misses <= 1; ) {
      const first = i;
      let end = this.#size;
      let run = "";
      for (; i < count && run.length < RUN; i++) {
        offsets[i] = end;
        const text = texts[i];
        if (text == null) continue;
        end += text.length;
        run += text;
      }
      if (run.length <= LONG && this.#encodeAscii(run)) {
        this.#size = end;
        misses = 0;
      } else {
        this.#encodeEach(texts, first, i, offsets, limit);
        misses++;
      }
    }
    return i;
  }

  /** Appends text if it is ASCII. */
  #encodeAscii(text: string): boolean {
    this.#reserve(3 * text.length);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#size));
    return written === text.length;
  }

  #encodeEach(texts: Texts, first: number, end: number, offsets: Int32Array, limit: number): void {
    for (let i = first; i < end; i++) {
      offsets[i] = this.#size;
      const text = texts[i];
      if (!text) continue;
      if (text.length <= LONG) this.#append(text, i);
      else this.#appendLong(text, i);
      checkSize(this.#size, limit);
    }
  }

  #append(text: string, index: number): void {
    this.#reserve(3 * text.length);
    if (text.length <= SHORT) {
      const end = write(text, this.#bytes, this.#size);
      if (end < 0) throw loneSurrogate(index);
      this.#size = end;
    } else {
      const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#size));
      if (written !== text.length) checkText(text, index);
      this.#size += written;
    }
  }

  #appendLong(text: string, index: number): void {
    const bytes = encoder.encode(text);
    if (bytes.length !== text.length) checkText(text, index);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  #reserve(more: number): void {
    if (this.#size + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#size + more));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}

/** Writes text as UTF-8 from `at` on, where there is room; answers with the end, or -1 for a lone surrogate. */
function write(text: string, bytes: Uint8Array, at: number): number {
  const { length } = text;
  for (let i = 0; i < length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
    } else {
      if ((code & 0xf800) === 0xd800) {
        code = text.codePointAt(i++) as number;
        if (code < 0x10000) return -1;
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      } else {
        bytes[at++] = 0xe0 | (code >> 12);
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}

/** TextEncoder makes U+FFFD of a lone surrogate, without a word. */
function checkText(text: string, index: number): void {
  if (/\p{Surrogate}/u.test(text)) throw loneSurrogate(index);
}

function loneSurrogate(index: number): CellError {
  return new CellError("source/invalid-text", "a text holds a lone surrogate, which UTF-8 cannot", index);
}

keep(strings());
