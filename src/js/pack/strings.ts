import { isDate, timeOf } from "./dates.js";
import { allValid, CellError, checkSize, clearBit, Misfit, type Packer, packed } from "./packer.js";

/** Up to here a loop over char codes beats `encodeInto`, where the text is ASCII. */
const SHORT = 32;
/** From here on, room for the worst case would be wasteful, so the text is encoded on its own. */
const LONG = 1 << 16;
/** Scratch space beyond this is given back after use. */
const MAX_SCRATCH = 4 << 20;

const encoder = new TextEncoder();

/** UTF-8 text, with offsets of 32 bits or of 64. With `asText`, scalars of every kind become theirs. */
export function strings(large: boolean, asText = false): Packer {
  const text = new Text();
  return {
    pack(values, length) {
      const offsets = new Int32Array(length + 1);
      let validity: Uint8Array | null = null;
      text.clear();
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (typeof value === "string") {
          text.append(value, i);
          if (text.size > 1 << 20) checkSize(text.size, length);
        } else if (value == null) {
          clearBit((validity ??= allValid(length)), i);
        } else {
          if (!asText) throw new Misfit(i);
          text.append(textOf(value, i), i);
        }
        offsets[i + 1] = text.size;
      }
      return packed(length, validity, [large ? wideOffsets(offsets) : offsets, text.bytes]);
    },
  };
}

function textOf(value: unknown, index: number): string {
  switch (typeof value) {
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    default:
      if (isDate(value)) return new Date(timeOf(value, index)).toISOString();
      throw new Misfit(index);
  }
}

/** The same offsets in 64 bits. */
export function wideOffsets(offsets: Int32Array): BigInt64Array {
  return BigInt64Array.from(offsets, BigInt);
}

/** UTF-8 in one growing buffer. */
export class Text {
  #bytes = new Uint8Array(1024);
  size = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.size);
  }

  clear(): void {
    this.size = 0;
    if (this.#bytes.length > MAX_SCRATCH) this.#bytes = new Uint8Array(1024);
  }

  /** Appends text; `index` says where it was found, should it not be well-formed. */
  append(text: string, index: number): void {
    const length = text.length;
    if (length > LONG) return this.#appendLong(text, index);
    this.#reserve(3 * length);
    if (length > SHORT) return this.#encode(text, index);
    const bytes = this.#bytes;
    let at = this.size;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return this.#encode(text, index);
      bytes[at++] = code;
    }
    this.size = at;
  }

  #encode(text: string, index: number): void {
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.size));
    if (written !== text.length) checkText(text, index);
    this.size += written;
  }

  #appendLong(text: string, index: number): void {
    const bytes = encoder.encode(text);
    if (bytes.length !== text.length) checkText(text, index);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.size);
    this.size += bytes.length;
  }

  #reserve(more: number): void {
    if (this.size + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.size + more));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}

/** TextEncoder makes U+FFFD of a lone surrogate, without a word. */
function checkText(text: string, index: number): void {
  if (/\p{Surrogate}/u.test(text)) {
    throw new CellError("source/invalid-text", "a text holds a lone surrogate, which UTF-8 cannot", index);
  }
}
