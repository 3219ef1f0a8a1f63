import { csvFormat, csvFormatBody } from "d3-dsv";
import { encodeSlices } from "./encoded.mjs";

export const works = {
  "rows-csv": ({ rows }) => {
    const names = Object.keys(rows[0]);
    return () =>
      encodeSlices(rows, (slice, header) => `${(header ? csvFormat : csvFormatBody)(slice, names)}\n`);
  },
};
