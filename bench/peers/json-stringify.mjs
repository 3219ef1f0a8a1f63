import { Encoded } from "./encoded.mjs";

export const works = {
  "rows-jsonl":
    ({ rows }) =>
    () => {
      const out = new Encoded();
      for (const row of rows) out.add(`${JSON.stringify(row)}\n`);
      return out.finish();
    },
};
