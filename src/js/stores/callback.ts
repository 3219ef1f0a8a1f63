import { Failure } from "../errors.js";

/** What a callback answered is no URL. */
export class InvalidAnswer extends TypeError {}

/** What comes of a callback of the destination's. A `Failure` has what it threw as its cause. */
export async function calling<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof InvalidAnswer
      ? new Failure("sign/invalid-answer", `the ${name} callback did not answer with a URL`, { error })
      : new Failure("sign/failed", `the ${name} callback threw`, { error });
  }
}

/** The text of an https:// or http:// URL; `expected` is what the callback must return. */
export function httpUrl(answer: unknown, expected: string): string {
  const text = answer instanceof URL ? answer.href : answer;
  if (typeof text !== "string" || !isHttpUrl(text)) throw new InvalidAnswer(`${expected}.`);
  return text;
}

export function isHttpUrl(text: string): boolean {
  try {
    return /^https?:\/\//i.test(text) && new URL(text).hostname !== "";
  } catch {
    return false;
  }
}
