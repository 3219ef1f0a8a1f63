import { createHash } from "node:crypto";
import { CANARY } from "./canary/secrets.mjs";

/** Rows whose text hardly compresses, some 110 bytes each. That of the first is what must come out nowhere else. */
export function* readings(count) {
  for (let id = 0; id < count; id++) {
    const digest = createHash("sha256").update(String(id)).digest("hex");
    const text = id === 0 ? CANARY.padEnd(digest.length, "-") : digest;
    yield { id, text, value: Math.sin(id), at: new Date(1.7e12 + id) };
  }
}
