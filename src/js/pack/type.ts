/** A type text, taken apart: `list<int32>` has the name `list` and one child. */
export interface Type {
  name: string;
  /** What stands in `()` or `[]`, and the count of a `fixed_list`. */
  args: string[];
  children: TypeField[];
}

export interface TypeField {
  name: string;
  type: Type;
  nullable: boolean;
}

/** Reads a type text of the core's. Its grammar is in `src/table/types.rs`, which has already found it valid. */
export function parseType(text: string): Type {
  return new Parser(text).type();
}

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[\w+\-/:]+|.)/gy;
const BARE_TOKEN = /\s*("(?:[^"\\]|\\.)*"|\w+|.)/gy;

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  type(): Type {
    const type: Type = { name: this.#next(), args: [], children: [] };
    if (this.#take("(")) type.args = this.#args(")");
    else if (this.#take("[")) type.args = this.#args("]");
    else if (this.#take("<")) this.#inner(type);
    return type;
  }

  #args(end: string): string[] {
    const args: string[] = [];
    while (!this.#take(end)) {
      const arg = this.#next(TOKEN);
      if (arg !== ",") args.push(unquote(arg));
    }
    return args;
  }

  #inner(type: Type): void {
    while (!this.#take(">")) {
      if (this.#take(",")) continue;
      if (type.name === "fixed_list" && type.children.length === 1) type.args.push(this.#next());
      else type.children.push(this.#field(type.name === "struct"));
    }
  }

  #field(named: boolean): TypeField {
    let name = "";
    if (named) {
      name = unquote(this.#next());
      this.#take(":");
    }
    const type = this.type();
    const required = this.#take("not") && this.#take("null");
    return { name, type, nullable: !required };
  }

  #take(token: string): boolean {
    const at = this.#at;
    if (at === this.#text.length) return false;
    if (this.#next() === token) return true;
    this.#at = at;
    return false;
  }

  #next(pattern = BARE_TOKEN): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[1];
    if (token === undefined) throw new Error(`The type ${this.#text} breaks off.`);
    this.#at = pattern.lastIndex;
    return token;
  }
}

function unquote(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}
