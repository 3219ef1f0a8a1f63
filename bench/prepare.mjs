// Writes a table as an Arrow IPC stream, and as csv beside it. A process of its own: it needs the peers.
//
//   node prepare.mjs table rows columns directory
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { works } from "./peers/handrolled-csv.mjs";
import { toArrow } from "./tables/arrow.mjs";
import { tables } from "./tables/index.mjs";

const [name, rows, columns, directory] = process.argv.slice(2);
const ipc = toArrow(await tables[name].columns(Number(rows), columns ? Number(columns) : undefined));
const writeCsv = works["arrow-csv"]({ table: tableFromIPC(ipc) });
await writeFile(join(directory, "table.csv"), writeCsv());
await writeFile(join(directory, "table.arrow"), ipc);
