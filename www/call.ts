import type { Settings } from "./settings.js";
import type { Table } from "./table.js";

/** An expression that stands for a value which has no literal. */
class Expression {
  constructor(readonly text: string) {}
}

/** The JavaScript that does what the page is about to do. */
export function callText(table: Table | undefined, { config, destination }: Settings): string {
  const sent =
    destination.type === "store"
      ? { type: "presigned", sign: new Expression("sign"), partSize: destination.partSize }
      : destination;
  const source = new Expression(
    table?.kind === "generated" ? `arrivals(${literal(table.rows, "")})` : "file",
  );
  return `import { exportTable } from "tableport";

const job = exportTable(${literal({ source, ...config, destination: sent }, "")});

await job.finished;`;
}

const LINE_LENGTH = 44;

/** A value as a JavaScript literal, on one line where it is short. */
function literal(value: unknown, indent: string): string {
  if (value instanceof Expression) return value.text;
  if (typeof value === "number") return String(value).replace(/(?<=\d)(?=(\d{3})+$)/g, "_");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{ ", " }"];
  const members = Object.entries(value).map(([name, member]) => {
    const text = literal(member, inner);
    return Array.isArray(value) || text === name ? text : `${name}: ${text}`;
  });
  const line = `${open}${members.join(", ")}${close}`;
  if (indent !== "" && line.length <= LINE_LENGTH) return line;
  const lines = members.map((member) => `${inner}${member},\n`).join("");
  return `${open.trim()}\n${lines}${indent}${close.trim()}`;
}
