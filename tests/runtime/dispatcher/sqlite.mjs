// As much of a Durable Object's SqlStorage as the board uses, over Node's SQLite.
import { DatabaseSync } from "node:sqlite";

export function sqlStorage() {
  const database = new DatabaseSync(":memory:");
  const statements = new Map();
  const prepare = (query) => {
    if (!statements.has(query)) statements.set(query, database.prepare(query));
    return statements.get(query);
  };
  return {
    exec(query, ...bindings) {
      if (/;\s*\S/.test(query)) return void database.exec(query);
      const rows = prepare(query).all(...bindings);
      return {
        toArray: () => rows,
        one() {
          if (rows.length !== 1) throw new Error(`${rows.length} rows instead of one`);
          return rows[0];
        },
      };
    },
  };
}
