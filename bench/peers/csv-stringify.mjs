import { stringify } from "csv-stringify/browser/esm/sync";
import { encodeSlices } from "./encoded.mjs";

// Without these a time is written as a number, and a boolean as 1 or nothing.
const cast = { date: (date) => date.toISOString(), boolean: String };

export const works = {
  "rows-csv": ({ rows }) => {
    const columns = Object.keys(rows[0]);
    return () => encodeSlices(rows, (slice, header) => stringify(slice, { header, columns, cast }));
  },
};
