// Many columns: 200, or as many as asked; by turns an integer, a float, a boolean and a short text.
import { column, seeded } from "./random.mjs";

export const wide = {
  name: "wide",
  rows: 30_000,
  columns(rows, count = 200) {
    const random = seeded(200);
    const below = (limit) => Math.floor(random() * limit);
    const kinds = [
      { type: "int32", make: () => below(1_000_000) },
      { type: "float64", make: () => random() * 100 },
      { type: "bool", make: () => random() < 0.5 },
      { type: "utf8", make: () => `k${below(1000)}` },
    ];
    const columns = {};
    for (let at = 0; at < count; at++) {
      const { type, make } = kinds[at % kinds.length];
      columns[`c${at}`] = { type, values: column(rows, make) };
    }
    return columns;
  },
};
