import { SourceError } from "../errors.js";
import type { ArrowType } from "./arrow.js";

/** The numbers under which apache-arrow knows types: `Type` in its enum.ts, those of the Arrow format. */
export const TypeId = {
  Dictionary: -1,
  Null: 1,
  Int: 2,
  Float: 3,
  Binary: 4,
  Utf8: 5,
  Bool: 6,
  Decimal: 7,
  Date: 8,
  Time: 9,
  Timestamp: 10,
  Interval: 11,
  List: 12,
  Struct: 13,
  FixedSizeBinary: 15,
  FixedSizeList: 16,
  Map: 17,
  Duration: 18,
  LargeBinary: 19,
  LargeUtf8: 20,
  LargeList: 21,
  BinaryView: 23,
  Utf8View: 24,
} as const;

const UNITS = ["s", "ms", "us", "ns"];
const INTERVALS = ["year_month", "day_time", "month_day_nano"];

/**
 * The text of a type. Views are packed as what they view. Every nested value may be null, whatever its field says:
 * apache-arrow's fields say otherwise by default, and are not held to it.
 */
export function typeText(type: ArrowType, column: string): string {
  const unit = UNITS[type.unit ?? -1];
  const child = (index: number) => typeText(type.children?.[index]?.type as ArrowType, column);
  switch (type.typeId) {
    case TypeId.Null:
      return "null";
    case TypeId.Bool:
      return "boolean";
    case TypeId.Int:
      return `${type.isSigned ? "int" : "uint"}${type.bitWidth}`;
    case TypeId.Float:
      return `float${16 << (type.precision ?? 0)}`;
    case TypeId.Utf8:
    case TypeId.Utf8View:
      return "string";
    case TypeId.LargeUtf8:
      return "large_string";
    case TypeId.Binary:
    case TypeId.BinaryView:
      return "binary";
    case TypeId.LargeBinary:
      return "large_binary";
    case TypeId.FixedSizeBinary:
      return `fixed_binary(${type.byteWidth})`;
    case TypeId.Decimal:
      return `${decimal(type)}(${type.precision},${type.scale})`;
    case TypeId.Date:
      return type.unit === 0 ? "date32" : "date64";
    case TypeId.Time:
      return `time${type.bitWidth}[${unit}]`;
    case TypeId.Timestamp:
      return type.timezone ? `timestamp[${unit}, ${JSON.stringify(type.timezone)}]` : `timestamp[${unit}]`;
    case TypeId.Duration:
      return `duration[${unit}]`;
    case TypeId.Interval:
      return `interval[${INTERVALS[type.unit ?? -1]}]`;
    case TypeId.List:
      return `list<${child(0)}>`;
    case TypeId.LargeList:
      return `large_list<${child(0)}>`;
    case TypeId.FixedSizeList:
      return `fixed_list<${child(0)}, ${type.listSize}>`;
    case TypeId.Struct:
      return `struct<${fields(type, column).join(", ")}>`;
    case TypeId.Map: {
      const [key, value] = type.children?.[0]?.type.children ?? [];
      return `map<${typeText(key?.type as ArrowType, column)}, ${typeText(value?.type as ArrowType, column)}>`;
    }
    case TypeId.Dictionary: {
      const { indices, dictionary } = type;
      return `dictionary<${typeText(indices as ArrowType, column)}, ${typeText(dictionary as ArrowType, column)}>`;
    }
    default:
      throw new SourceError("source/unsupported", `the Arrow type ${String(type)} cannot be read`, {
        column,
      });
  }
}

function fields(type: ArrowType, column: string): string[] {
  return (type.children ?? []).map(
    (field) => `${JSON.stringify(field.name)}: ${typeText(field.type, `${column}.${field.name}`)}`,
  );
}

function decimal({ bitWidth, precision }: ArrowType): string {
  if (bitWidth === 256) return (precision ?? 0) > 38 ? "decimal" : "decimal256";
  return bitWidth === 32 || bitWidth === 64 ? `decimal${bitWidth}` : "decimal";
}

/** Bytes of one value, of the types whose values are all of one width; undefined of others. */
export function widthOf(type: ArrowType): number | undefined {
  switch (type.typeId) {
    case TypeId.Int:
    case TypeId.Time:
      return (type.bitWidth ?? 0) / 8;
    case TypeId.Decimal:
      return (type.bitWidth ?? 128) / 8;
    case TypeId.Float:
      return 2 << (type.precision ?? 0);
    case TypeId.Date:
      return type.unit === 0 ? 4 : 8;
    case TypeId.Timestamp:
    case TypeId.Duration:
      return 8;
    case TypeId.Interval:
      return [4, 8, 16][type.unit ?? 0];
    case TypeId.FixedSizeBinary:
      return type.byteWidth;
    case TypeId.Dictionary:
      return widthOf(type.indices as ArrowType);
    default:
      return undefined;
  }
}
