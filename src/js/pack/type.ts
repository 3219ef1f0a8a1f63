/** A type text, taken apart: `list<int32>` has the name `list` and one child. */
export interface Type {
  name: string;
  children: Type[];
  /** The names of a struct's children. */
  names: string[];
}

/** Reads a type text that the core inferred. The whole grammar is in `src/table/types.rs`. */
export function parseType(text: string): Type {
  return new Parser(text).type();
}

class Parser {
  readonly #tokens: string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = text.match(/"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\w+|[<>,:]/g) ?? [];
  }

  type(): Type {
    const type: Type = { name: this.#next(), children: [], names: [] };
    // A unit and a zone: values are packed without them.
    if (this.#peek()?.startsWith("[")) this.#at++;
    if (!this.#take("<")) return type;
    while (!this.#take(">")) {
      if (type.name === "struct") type.names.push(this.#name());
      type.children.push(this.type());
      this.#take(",");
    }
    return type;
  }

  #name(): string {
    const name = this.#next();
    this.#take(":");
    return name.startsWith('"') ? (JSON.parse(name) as string) : name;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error("A type text of the core's breaks off.");
    return token;
  }
}
