import { fromArrow } from "arquero";

const encoder = new TextEncoder();

export const works = {
  "arrow-csv": ({ ipc }) => {
    // Its own reader of Arrow, with times as Dates, which it writes in ISO 8601.
    const table = fromArrow(ipc, { useDate: true });
    return () => [encoder.encode(table.toCSV())];
  },
};
