// Ten columns of what tables mostly hold: two integers, three floats, a boolean, a time, text of many and of few
// values, and text with nulls, quotes and commas.
import { column, seeded } from "./random.mjs";

const FIRST = Date.UTC(2025, 0, 1);
const CITIES = ["Rotterdam", "Singapore", "Santos", "Busan", "Savannah", "Kaohsiung", "Gdańsk", "Πειραιάς"];
const NOTES = [
  'held, "papers missing"',
  "seal broken",
  "reefer alarm, checked",
  "weight differs; weighed again",
];

export const mixed = {
  name: "mixed",
  rows: 1_000_000,
  columns(rows) {
    const random = seeded(20_250_101);
    const below = (limit) => Math.floor(random() * limit);
    return {
      id: { type: "int32", values: column(rows, (row) => row) },
      quantity: { type: "int32", values: column(rows, () => below(10_000)) },
      price: { type: "float64", values: column(rows, () => below(1_000_000) / 100) },
      weight: { type: "float64", values: column(rows, () => random() * 1000) },
      ratio: { type: "float64", values: column(rows, () => random() - 0.5) },
      active: { type: "bool", values: column(rows, () => random() < 0.5) },
      at: { type: "timestamp", values: column(rows, (row) => FIRST + row * 31_000 + below(30_000)) },
      reference: {
        type: "utf8",
        values: column(rows, () => `TP-${below(2 ** 31).toString(36)}-${below(1e6)}`),
      },
      city: { type: "utf8", values: column(rows, () => CITIES[below(CITIES.length)]) },
      note: {
        type: "utf8",
        values: column(rows, () => (random() < 0.7 ? null : NOTES[below(NOTES.length)])),
      },
    };
  },
};
