import { refusedBy } from "../http.js";
import { type Page, textsOf } from "./list.js";
import type { Store } from "./store.js";

/** A page of objects: what the store answers in XML, in which elements have the names, and one has where the next begins. */
export async function listed(url: URL, element: string, next: string): Promise<Page> {
  const answer = await fetch(url, { redirect: "manual" });
  if (!answer.ok) throw refusedBy("the store", answer.status, "a list");
  const xml = await answer.text();
  return { names: textsOf(xml, element), next: textsOf(xml, next)[0] };
}

/** Makes a request that deletes an object. One that is not there is deleted. */
export async function dropped(method: string, url: URL): Promise<void> {
  const { ok, status } = await fetch(url, { method, redirect: "manual" });
  if (!ok && status !== 404) throw new Error(`the store answered ${status} to delete`);
}

/** Deletes objects of a store that deletes one at a time. */
export function oneByOne(remove: (name: string) => Promise<void>): NonNullable<Store["remove"]> {
  return async (names) => {
    const left: string[] = [];
    for (const name of names) await remove(name).catch(() => left.push(name));
    return left;
  };
}
