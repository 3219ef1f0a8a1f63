import Papa from "papaparse";
import { encodeSlices } from "./encoded.mjs";

export const works = {
  "rows-csv":
    ({ rows }) =>
    () =>
      encodeSlices(rows, (slice, header) => `${Papa.unparse(slice, { header, newline: "\n" })}\n`),
};
