// Runs the Companion in the directory that is given on a free port of 127.0.0.1: its own command listens everywhere.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [directory] = process.argv.slice(2);
const { default: standalone } = await import(pathToFileURL(join(directory, "lib/standalone/index.js")));
const server = standalone().app.listen(0, "127.0.0.1", () => {
  console.log(`Ready on http://127.0.0.1:${server.address().port}`);
});
