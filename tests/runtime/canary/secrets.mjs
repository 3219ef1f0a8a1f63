// What must come out nowhere but in files and requests: the secrets of stores, in URLs too, and cells. Tests that have one of
// their own call it a canary, something or other.
import { inspect } from "node:util";

export const CANARY = "canary-in-a-cell";
const SECRETS = [
  /canary/,
  /X-Amz-(Signature|Credential)/i,
  /[?&]sig=/,
  /upload_id=/,
  /for-the-local-store-only/,
];

const leaks = [];

/** Notes where `text` holds a secret. */
export function look(where, text) {
  for (const secret of SECRETS)
    if (secret.test(text)) leaks.push(`${where} has ${secret}: ${text.slice(0, 400)}`);
}

/** What was noted since this was asked last. */
export const taken = () => leaks.splice(0);

/** A status, without the bytes that a job keeps in memory. */
export function lookAtStatus(status) {
  look(
    "a status",
    JSON.stringify(status, (key, value) => (key === "bytes" ? undefined : value)),
  );
}

/** An error, without its cause, which is the caller's own. */
export function lookAtError({ cause: _, ...error }) {
  look("an error", inspect(error));
}
