/** Some of the objects of a list, by their whole names, and where the next page begins; the last has no next. */
export interface Page {
  readonly names: readonly string[];
  readonly next?: string | undefined;
}

/** The names of each page, without what stands before them. A page is asked for when it is come to. */
export async function* pages(
  before: string,
  ask: (from: string | undefined) => Promise<Page>,
): AsyncGenerator<string[]> {
  let from: string | undefined;
  do {
    const { names, next } = await ask(from);
    yield names.map((name) => name.slice(before.length));
    from = next;
  } while (from);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The texts of the elements of a name that hold nothing but text. */
export function textsOf(xml: string, element: string): string[] {
  const found = xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"));
  return [...found].map(([, text = ""]) => text.replaceAll(/&(#x?)?(\w+);/g, unescaped));
}

function unescaped(written: string, number: string | undefined, name: string): string {
  if (number) return String.fromCodePoint(Number.parseInt(name, number === "#" ? 10 : 16));
  return ENTITIES[name] ?? written;
}
