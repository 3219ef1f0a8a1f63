// Mostly text: sentences with commas, quotes and line breaks, in several scripts, a few hundred characters a row.
import { column, seeded } from "./random.mjs";

const WORDS = (
  "the a of and container vessel port arrived held customs papers, weight, seal; “broken” naïve café Gdańsk Łódź " +
  'Πειραιάς 港口 貨物 コンテナ порт груз "quoted" said: however, 42 1,000.5 e-mail\n über señor 🚢 north south'
).split(" ");

export const text = {
  name: "text",
  rows: 150_000,
  columns(rows) {
    const random = seeded(7);
    const below = (limit) => Math.floor(random() * limit);
    const words = (count) => Array.from({ length: count }, () => WORDS[below(WORDS.length)]).join(" ");
    return {
      id: { type: "int32", values: column(rows, (row) => row) },
      title: { type: "utf8", values: column(rows, () => words(4 + below(5))) },
      body: { type: "utf8", values: column(rows, () => words(20 + below(60))) },
      plain: { type: "utf8", values: column(rows, () => `plain ascii text, number ${below(1e9)}`) },
    };
  },
};
