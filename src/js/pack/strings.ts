import { isDate, timeOf } from "./dates.js";
import { CellError, checkSize, Misfit, type Packer, packed, Validity } from "./packer.js";

/** Up to here a loop over char codes beats `encodeInto`, where the text is ASCII. */
const SHORT = 32;
/** From here on, room for the worst case would be wasteful, so the text is encoded on its own. */
const LONG = 1 << 16;
/** Scratch space beyond this is given back after use. */
const MAX_SCRATCH = 4 << 20;

const encoder = new TextEncoder();

/** Texts in UTF-8. */
export function strings(): Packer {
  return texts((value) => (typeof value === "string" ? value : undefined));
}

/** Scalars of any kind, as their text. */
export function scalarTexts(): Packer {
  return texts(textOf);
}

function texts(textOf: (value: unknown, index: number) => string | undefined): Packer {
  const utf8 = new Utf8();
  return {
    pack(values, length) {
      const offsets = new Int32Array(length + 1);
      const validity = new Validity(length);
      utf8.clear();
      for (let i = 0; i < length; i++) {
        const value = values[i];
        if (value == null) {
          validity.clear(i);
        } else {
          const text = textOf(value, i);
          if (text === undefined) throw new Misfit(i);
          utf8.append(text, i);
          checkSize(utf8.size, length);
        }
        offsets[i + 1] = utf8.size;
      }
      return packed(length, validity, [offsets, utf8.bytes]);
    },
  };
}

/** The text of a scalar, as the core would write it. */
function textOf(value: unknown, index: number): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value).replace("e+", "e");
    default:
      return isDate(value) ? new Date(timeOf(value, index)).toISOString() : undefined;
  }
}

/** UTF-8 in one growing buffer. */
class Utf8 {
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
    if (text.length > LONG) this.#appendLong(text, index);
    else this.#appendShort(text, index);
  }

  #appendShort(text: string, index: number): void {
    const length = text.length;
    this.#reserve(3 * length);
    const bytes = this.#bytes;
    let at = this.size;
    let i = 0;
    if (length <= SHORT) {
      for (; i < length; i++) {
        const code = text.charCodeAt(i);
        if (code > 127) break;
        bytes[at++] = code;
      }
    }
    if (i === length) this.size = at;
    else this.#encode(text, index);
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
