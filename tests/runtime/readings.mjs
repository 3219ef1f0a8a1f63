import { createHash } from "node:crypto";

/** Rows whose text hardly compresses, some 110 bytes each. */
export function* readings(count) {
  for (let id = 0; id < count; id++) {
    const text = createHash("sha256").update(String(id)).digest("hex");
    yield { id, text, value: Math.sin(id), at: new Date(1.7e12 + id) };
  }
}
