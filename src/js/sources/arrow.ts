import type { FieldSpec, PlainSource } from "../boundary.js";
import { SourceError } from "../errors.js";
import { type ArrowData, type ArrowType, packArrow } from "../pack/arrow.js";
import { typeText } from "../pack/arrow-type.js";
import { Batches } from "./batch.js";
import type { RowReader } from "./readers.js";
import type { Port, TableSource } from "./source.js";

interface Schema {
  readonly fields: readonly { readonly name: string; readonly type: ArrowType }[];
}

interface RecordBatch {
  readonly schema: Schema;
  readonly data: ArrowData;
  readonly numRows: number;
}

interface Table {
  readonly schema: Schema;
  readonly batches: readonly RecordBatch[];
  readonly numRows: number;
}

/** Whether this is apache-arrow's Table. */
export function isTable(source: unknown): source is Table {
  const { schema, batches } = (source ?? {}) as Partial<Table>;
  return isSchema(schema) && Array.isArray(batches);
}

/** Whether this is apache-arrow's RecordBatch. */
export function isRecordBatch(source: unknown): source is RecordBatch {
  if (typeof source !== "object" || source === null) return false;
  try {
    const { schema, data } = source as Partial<RecordBatch>;
    return isSchema(schema) && typeof data === "object" && Array.isArray(data?.children);
  } catch {
    // A row whose getters throw, which is found out as it is read.
    return false;
  }
}

function isSchema(schema: unknown): schema is Schema {
  const { fields } = (schema ?? {}) as Partial<Schema>;
  return Array.isArray(fields) && fields.every((field) => typeof field?.type?.typeId === "number");
}

/** Record batches of apache-arrow. */
export class ArrowSource implements TableSource {
  readonly plain: PlainSource;
  readonly #reader: RowReader;
  #schema: unknown;
  #fields: readonly FieldSpec[] | undefined;
  /** Which columns the core wants. */
  #wanted: readonly number[] = [];
  #batches = new Batches(0);
  #batch: RecordBatch | undefined;
  /** Rows of the batch that were given. */
  #given = 0;
  #firstRow = 0;

  constructor(reader: RowReader, schema?: unknown, rows?: number) {
    this.#reader = reader;
    this.#schema = schema;
    this.plain = rows === undefined ? { kind: "packed" } : { kind: "packed", rows };
  }

  async pull(port: Port): Promise<void> {
    await this.#nextBatch();
    if (!this.#fields) await this.#declare(port);
    const batch = this.#batch;
    if (!batch) {
      port.end();
      return;
    }
    const from = this.#given;
    const rows = Math.min(Math.max(this.#batches.rows, longestDictionary(batch)), batch.numRows - from);
    const given = await this.#batches.give(rows, this.#firstRow, port, (index, count) => {
      const column = this.#wanted[index] as number;
      const data = batch.data.children[column] as ArrowData;
      return packArrow(data, from, count, batch.schema.fields[column]?.name ?? "");
    });
    this.#given += given;
    this.#firstRow += given;
  }

  close(reason: unknown): Promise<unknown> | undefined {
    this.#batch = undefined;
    return this.#reader.close(reason);
  }

  /** Sees that there is a batch of which rows are left, unless there is none any more. */
  async #nextBatch(): Promise<void> {
    while (!this.#batch || this.#given === this.#batch.numRows) {
      const [next] = await this.#reader.read(1);
      this.#given = 0;
      this.#batch = undefined;
      if (next === undefined) return;
      if (!isRecordBatch(next)) {
        throw new SourceError("source/unsupported", "a sequence of record batches yields something else");
      }
      this.#checkSchema(next.schema);
      this.#batch = next;
    }
  }

  async #declare(port: Port): Promise<void> {
    if (!isSchema(this.#schema)) {
      throw new SourceError(
        "source/unsupported",
        "a reader of record batches has neither a batch nor a schema",
      );
    }
    this.#fields = specsOf(this.#schema);
    this.#wanted = [...(await port.declare([...this.#fields]))];
    this.#batches = new Batches(this.#wanted.length);
  }

  #checkSchema(schema: Schema): void {
    if (schema === this.#schema) return;
    if (!this.#fields) {
      this.#schema = schema;
      return;
    }
    const fields = specsOf(schema);
    const known = this.#fields;
    const at = fields.findIndex((field, i) => field.name !== known[i]?.name || field.type !== known[i]?.type);
    if (at < 0 && fields.length === known.length) return;
    const message = "a record batch has another schema than the first";
    const column = fields[at < 0 ? fields.length - 1 : at]?.name;
    throw new SourceError("source/type-changed", message, { row: this.#firstRow, column });
  }
}

function specsOf(schema: Schema): FieldSpec[] {
  return schema.fields.map(({ name, type }) => ({ name, type: typeText(type, name), nullable: true }));
}

/** Values of the longest dictionary, which goes with every batch: longer batches carry it less often. */
function longestDictionary(batch: RecordBatch): number {
  return Math.max(0, ...batch.data.children.map((data) => data.dictionary?.length ?? 0));
}
