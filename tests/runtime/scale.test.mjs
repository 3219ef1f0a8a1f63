// How the service grows, simulated: the tables of docs/scale.md, which hold what SQLite counts in workerd.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { scaleTables } from "../../tools/scale.mjs";

const docs = new URL("../../docs/scale.md", import.meta.url);
const [BEGIN, END] = ["begin", "end"].map((edge) => `<!-- tools/scale.mjs: ${edge} -->\n`);

test("from one shard to ten thousand", { timeout: 600_000 }, async () => {
  const tables = await scaleTables();
  const text = await readFile(docs, "utf8");
  const [start, written, rest] = [text.indexOf(BEGIN) + BEGIN.length, ...text.split(BEGIN)[1].split(END)];
  if (process.env.TABLEPORT_WRITE_DOCS) await writeFile(docs, text.slice(0, start) + tables + END + rest);
  else assert.equal(tables, written, "docs/scale.md has other tables; TABLEPORT_WRITE_DOCS=1 writes these");
});
