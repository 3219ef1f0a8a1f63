"""Writes the tables of tests/runtime/cases.mjs: what exports of them must hold, and files to export from.

    fixtures.py folder
"""

import gzip
import json
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute
import pyarrow.ipc
import pyarrow.parquet

COPIES = 200
NAN, INFINITY = float("nan"), float("inf")


def rows():
    """`rows` of cases.mjs, as they come out of row objects."""
    at = pa.timestamp("ms", "UTC")
    point = pa.struct([("x", pa.float64()), ("y", pa.int32())])
    columns = {
        "flag": ([True, False, None, True, False, True], pa.bool_()),
        "small": ([1, -(2**31), None, 2**31 - 1, 0, 7], pa.int32()),
        "big": ([2**53 + 1, -(2**63), None, 2**63 - 1, 0, -1], pa.int64()),
        "float": ([0.1, -0.0, None, NAN, INFINITY, -1e21], pa.float64()),
        "text": (["plain canary", 'a "quote", comma', None, "line\nbreak\r\n", "", "😀 NULL"], pa.string()),
        "at": ([1_357_034_400_123, 0, None, -1, 253_402_300_799_999, 8_640_000_000_000_000], at),
        "bytes": ([b"\x00\xff", b"", None, b"abc", b"\x80", b"0123456789"], pa.binary()),
        "tags": ([["a", None, "ü"], [], None, [""], ['"', ","], ["x"]], pa.list_(pa.string())),
        "point": ([(1.5, 2), (None, None), None, (-0.0, None), (NAN, 0), (1e300, -1)], point),
        "scores": ([[("a", 1), ("b", None)], [], None, [("é", -1)], [("", 0)], [("c", 2)]],
                   pa.map_(pa.string(), pa.int32())),
        "nothing": ([None] * 6, pa.null()),
    }
    return repeated({
        name: array([value and dict(zip("xy", value)) for value in values] if t == point else values, t)
        for name, (values, t) in columns.items()
    })


def array(values, t):
    if pa.types.is_temporal(t):
        return pa.array(values, pa.int64()).cast(t)
    return pa.array(values, t)


def repeated(columns):
    """The table, `COPIES` times over, behind a column of row numbers."""
    table = pa.concat_tables([pa.table(columns)] * COPIES).combine_chunks()
    return table.add_column(0, "id", pa.array(range(table.num_rows), pa.int32()))


def typed():
    """Columns of typed arrays: `typed` of cases.mjs."""
    integers = {f"{sign}int{bits}": (sign, bits) for sign in ("", "u") for bits in (8, 16, 32, 64)}
    columns = {}
    for name, (sign, bits) in integers.items():
        low, high = (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        columns[name] = pa.array([low, 1, high], getattr(pa, name)())
    columns["float32"] = pa.array([0.5, -0.0, NAN], pa.float32())
    columns["float64"] = pa.array([0.1, 5e-324, -INFINITY], pa.float64())
    columns["text"] = pa.array(["a", None, ""], pa.string())
    return pa.table(columns)


def every():
    """Every type of Arrow's that Parquet can name."""
    ticks = [0, None, 1, -1]
    stamps = {
        f"{unit}{'_utc' if zone else ''}": array([0, None, 1_357_034_400, -1], pa.timestamp(unit, zone))
        for unit in ("s", "ms", "us", "ns")
        for zone in (None, "UTC")
    }
    integers = {t: pa.array([0, None, 1, 100], getattr(pa, t)()) for t in (
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")}
    return repeated({
        "bool": pa.array([True, None, False, True]),
        **integers,
        "big": pa.array([2**63 - 1, None, -(2**63), 2**53 + 1], pa.int64()),
        "unsigned": pa.array([2**64 - 1, None, 0, 2**53 + 1], pa.uint64()),
        "float32": pa.array([0.1, None, NAN, -0.0], pa.float32()),
        "float64": pa.array([0.1, None, -INFINITY, 1e-7], pa.float64()),
        "string": pa.array(["", None, "é", 'a,"b"\n']),
        "large_string": pa.array(["x", None, "", "y"], pa.large_string()),
        "binary": pa.array([b"", None, b"\xff", b"ab"]),
        "large_binary": pa.array([b"1", None, b"", b"2"], pa.large_binary()),
        "fixed": pa.array([b"abcd", None, b"\x00\x01\x02\x03", b"wxyz"], pa.binary(4)),
        "decimal": pa.array([Decimal("1.20"), None, Decimal("-9999999999.99"), Decimal("0.00")],
                            pa.decimal128(12, 2)),
        "wide": pa.array([Decimal(10) ** 30, None, Decimal(-1), Decimal(0)], pa.decimal128(38, 0)),
        "date32": array([0, None, 15706, -1], pa.int32()).cast(pa.date32()),
        "date64": array([0, None, 86_400_000, -86_400_000], pa.date64()),
        **{f"time_{unit}": array32([0, None, 86_399, 1], pa.time32(unit)) for unit in ("s", "ms")},
        **{f"time_{unit}": array([0, None, 86_399_999_999, 1], pa.time64(unit)) for unit in ("us", "ns")},
        **stamps,
        "dictionary": pa.array(["red", None, "blue", "red"]).dictionary_encode(),
        "list": pa.array([[1, None], None, [], [2**40]], pa.list_(pa.int64())),
        "pair": pa.array([[1, 2], None, [None, 3], [4, 5]], pa.list_(pa.float32(), 2)),
        "struct": pa.array([{"a": "x", "b": [{"c": 1}]}, None, {"a": None, "b": None}, {"a": "", "b": []}],
                           pa.struct([("a", pa.string()),
                                      ("b", pa.list_(pa.struct([("c", pa.int16())])))])),
        "nothing": pa.nulls(len(ticks)),
    })


def kinds():
    """The types that Parquet holds as others, or only readers of the Arrow schema know."""
    numbers = [Decimal("1.25"), None, Decimal("-99999.99"), Decimal("0.00")]
    long = Decimal("9" * 73 + ".125")
    entries = [[("a", 1), ("", None)], None, [], [("é", -(2**31))]]
    return repeated({
        "float16": pa.array([0.1, None, NAN, -0.0], pa.float16()),
        **{f"duration_{unit}": array([1500, None, -1, 2**63 - 1], pa.duration(unit)) for unit in UNITS},
        "decimal32": pa.array(numbers, pa.decimal32(7, 2)),
        "decimal64": pa.array(numbers, pa.decimal64(18, 2)),
        "decimal256": pa.array([long, None, long.copy_negate(), Decimal(0)], pa.decimal256(76, 3)),
        "large_list": pa.array([[1, None], None, [], [3]], pa.large_list(pa.int16())),
        "large_texts": pa.array([["a", None], None, [], ["b"]], pa.large_list(pa.large_string())),
        "texts": pa.array([["a", "b"], None, [None, ""], ["c", "é"]], pa.list_(pa.string(), 2)),
        "pairs": pa.array([[[1, 2]], None, [], [[None, 3], None]], pa.list_(pa.list_(pa.int64(), 2))),
        "map": pa.array(entries, pa.map_(pa.string(), pa.int32())),
        "numbered": pa.array([[(1, ["x"]), (2, None)], None, [], [(3, [])]], pa.map_(pa.int64(), pa.list_(pa.string()))),
        "maps": pa.array([[[("a", 1.5)], None], None, [], [[]]], pa.list_(pa.map_(pa.string(), pa.float64()))),
    })


UNITS = ("s", "ms", "us", "ns")


def views():
    """Texts and bytes as views."""
    long = "a text that is too long for the view"
    return repeated({
        "string_view": pa.array([long, None, "", "short"], pa.string_view()),
        "binary_view": pa.array([b"x", None, long.encode(), b""], pa.binary_view()),
        "list_of_views": pa.array([[long, None], None, [], ["é"]], pa.list_(pa.string_view())),
    })


def dictionaries():
    """Dictionaries of values of many types, by keys of every type."""
    return repeated({f"of_{values.type}": keyed(values, keys) for values, keys in [
        (pa.array(["red", "", "a longer name"]), pa.int8()),
        (pa.array(["red", "", "é"], pa.large_string()), pa.int16()),
        (pa.array([b"\x00", b"", b"abc"]), pa.int32()),
        (pa.array([b"ab", b"cd", b"\xff\xfe"], pa.binary(2)), pa.int64()),
        (pa.array([2**63 - 1, -(2**63), 0]), pa.uint8()),
        (pa.array([0.5, -0.0, 1e300]), pa.uint16()),
        (pa.array([0, 1, -1], pa.int32()).cast(pa.date32()), pa.uint32()),
        (array([0, 1_357_034_400_123, -1], pa.timestamp("ms", "UTC")), pa.uint64()),
        (pa.array([Decimal("1.20"), Decimal("-0.01"), Decimal(0)], pa.decimal128(12, 2)), pa.int8()),
        (pa.array([True, False, None]), pa.int8()),
        (pa.array([["a", None], None, []]), pa.int32()),
    ]})


def keyed(values, keys):
    return pa.DictionaryArray.from_arrays(pa.array([1, None, 2, 0], keys), values)


def intervals():
    """The months, days and nanoseconds of intervals; pyarrow knows no narrower ones."""
    parts = [(14, 3, 1_500_000_000), None, (-1, -2, -500_000_000), (0, 0, 0)]

    def column(*shown):
        values = [value and [part if i in shown else 0 for i, part in enumerate(value)] for value in parts]
        return pa.array([value and tuple(value) for value in values], pa.month_day_nano_interval())

    return repeated({"months": column(0), "days": column(1, 2), "all": column(0, 1, 2)})


def spans():
    """Intervals that Parquet's INTERVAL holds: none is negative, none finer than a millisecond."""
    table = intervals().select(["id", "months", "days"])
    return table.filter(pa.compute.not_equal(pa.compute.bit_wise_and(table["id"], 3), 2))


def declared():
    """`declared` of cases.mjs: row objects, under a schema."""
    long = Decimal("9" * 73 + ".125")
    return repeated({
        "int8": pa.array([0, None, -128, 127], pa.int8()),
        "uint64": pa.array([0, None, 2**64 - 1, 1], pa.uint64()),
        "float16": pa.array([0.1, None, -0.0, INFINITY], pa.float16()),
        "float32": pa.array([0.1, None, 16777216, 0], pa.float32()),
        "decimal32": pa.array([Decimal("1.50"), None, Decimal("-99999.99"), Decimal("7.00")], pa.decimal32(7, 2)),
        "decimal64": pa.array([Decimal("0.1"), None, Decimal(10**16), Decimal(-1)], pa.decimal64(18, 1)),
        "decimal": pa.array([Decimal(10**37), None, Decimal(1 - 10**38), Decimal(2**53 - 1)], pa.decimal128(38, 0)),
        "decimal256": pa.array([long, None, Decimal(-(10**70)), Decimal("0.125")], pa.decimal256(76, 3)),
        "large_string": pa.array(["a", None, "1.5", "true"], pa.large_string()),
        "string_view": pa.array(["a text that is too long for the view", None, "", "é"], pa.string_view()),
        "large_binary": pa.array([b"ab", None, b"", b"\xff"], pa.large_binary()),
        "binary_view": pa.array([b"ab", None, b"", b"\xff"], pa.binary_view()),
        "fixed_binary": pa.array([b"abcd", None, b"\0\1\2\3", b"wxyz"], pa.binary(4)),
        "date32": array32([0, None, 15706, -1], pa.date32()),
        "date64": array([0, None, 86_400_000, -86_400_000], pa.date64()),
        "time_s": array32([0, None, 86_399, 1], pa.time32("s")),
        "time_ms": array32([0, None, 86_399_999, 1], pa.time32("ms")),
        "time_us": array([0, None, 86_399_999_999, 1], pa.time64("us")),
        "time_ns": array([0, None, 86_399_999_999_999, 1], pa.time64("ns")),
        "at_s": array([0, None, 1_357_034_400, -1], pa.timestamp("s")),
        "at_ms": array([0, None, 1_357_034_400_123, -1], pa.timestamp("ms", "UTC")),
        "at_us": array([0, None, 1_357_034_400_000_001, -1], pa.timestamp("us")),
        "at_ns": array([0, None, 2**63 - 1, -1], pa.timestamp("ns", "Europe/Paris")),
        "duration_s": array([1500, None, -1, 0], pa.duration("s")),
        "duration_ms": array([1500, None, -1, 0], pa.duration("ms")),
        "duration_us": array([2**63 - 1, None, -1, 0], pa.duration("us")),
        "duration_ns": array([90_000_000_000, None, -1, 0], pa.duration("ns")),
        "large_list": pa.array([[1, None], None, [], [3]], pa.large_list(pa.int16())),
        "fixed_list": pa.array([[1, 0.5, None], None, [0, 0, 0], [1, 2, 3]], pa.list_(pa.float32(), 3)),
        "prices": pa.array([[Decimal("0.10"), None], None, [], [Decimal("999.99")]], pa.list_(pa.decimal128(5, 2))),
        "ids": pa.array([[b"ab", None], None, [], [b"cd"]], pa.list_(pa.binary(2))),
        "map": pa.array([[("a", 1), ("b", None)], None, [], [("é", -1)]], pa.map_(pa.string(), pa.int32())),
        "numbered": pa.array([[(1, ["x"]), (2, None)], None, [], [(3, [])]], pa.map_(pa.int32(), pa.list_(pa.string()))),
        "maps": pa.array([[("a", [("b", 1.5)])], None, [], [("c", None), ("d", [])]],
                         pa.map_(pa.string(), pa.map_(pa.string(), pa.float64()))),
        "dictionary": keyed(pa.array(["blue", "red", "green"]), pa.int32()),
        "keyed": keyed(pa.array([7, 2**40, -1]), pa.uint32()),
        "struct": pa.array([{"d": 1500, "m": [("x", Decimal("0.125"))]}, None, {"d": None, "m": None}, {"d": -1, "m": []}],
                           pa.struct([("d", pa.int64()), ("m", pa.map_(pa.string(), pa.decimal128(9, 3)))])
                           ).cast(pa.struct([("d", pa.duration("ms")), ("m", pa.map_(pa.string(), pa.decimal128(9, 3)))])),
    })


def array32(values, t):
    return pa.array(values, pa.int32()).cast(t)


def texts():
    """A csv file as others write it, and what its columns are."""
    header = "id,zip,ratio,flag,day,at,name"
    lines = ["0,00501,0.5,true,2013-01-01,2013-01-01T10:00:00Z,\"a \"\"b\"\", c\"",
             "1,10001,-1e-7,false,1969-12-31,1969-12-31T23:59:59Z,NA",
             "2,,,,,,", "3,99999,3,true,2024-02-29,2024-02-29T00:00:00Z,\"line\nbreak 😀\"",
             "4,00544,1e21,false,0001-01-01,9999-12-31T00:00:00Z,\"\""]
    table = pa.table({
        "id": pa.array(range(5), pa.int64()),
        "zip": pa.array(["00501", "10001", None, "99999", "00544"]),
        "ratio": pa.array([0.5, -1e-7, None, 3.0, 1e21]),
        "flag": pa.array([True, False, None, True, False]),
        "day": pa.array([15706, -1, None, 19782, -719162], pa.int32()).cast(pa.date32()),
        "at": array([1_357_034_400_000, -1000, None, 1_709_164_800_000, 253_402_214_400_000],
                    pa.timestamp("ms", "UTC")),
        "name": pa.array(['a "b", c', "NA", None, "line\nbreak 😀", ""]),
    })
    return "\n".join([header, *lines, ""]), table


def objects():
    """A jsonl file as others write it, and what its columns are."""
    rows = [
        {"id": 0, "big": 2**63 - 1, "ratio": 0.5, "flag": True, "name": 'a "b"\n', "tags": ["x", None],
         "point": {"x": 1.5}},
        {"id": 1, "big": -(2**63), "ratio": -1e-7, "flag": False, "name": "", "tags": [], "point": {"x": None}},
        {"id": 2, "big": None, "ratio": None, "flag": None, "name": None, "tags": None, "point": None},
        {"id": 3, "big": 2**53 + 1, "ratio": 3, "flag": True, "name": "😀", "tags": [""], "point": {"x": 2}},
    ]
    kinds = {"id": pa.int32(), "big": pa.int64(), "ratio": pa.float64(), "flag": pa.bool_(), "name": pa.string(),
             "tags": pa.list_(pa.string()), "point": pa.struct([("x", pa.float64())])}
    table = pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()})
    return "".join(json.dumps(row) + "\n" for row in rows), table


def categories():
    """Columns with dictionaries, some of them within others."""
    words = [None if row % 7 == 3 else f"word {row // 5}" for row in range(1000)]
    levels = ["high", "low", None, "low"] * 250
    return pa.table({
        "id": pa.array(range(1000), pa.int32()),
        "word": pa.array(words).dictionary_encode(),
        "level": pa.array(levels).dictionary_encode(),
        "text": pa.array([f"{row} is longer than a view holds" if row % 2 else "short" for row in range(1000)]),
        "words": pa.ListArray.from_arrays(pa.array(range(0, 1001), pa.int32()), pa.array(words).dictionary_encode()),
    })


def grown(table, path):
    """Writes a file whose dictionaries grow with each batch."""
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True, compression="lz4")
    with pa.ipc.new_file(path, table.schema, options=options) as writer:
        batches = table.combine_chunks().to_batches(max_chunksize=130)
        for batch in batches:
            columns = [within(column) for column in batch.columns]
            writer.write_batch(pa.record_batch(columns, table.schema))
        assert writer.stats.num_dictionary_deltas > 5


def within(column):
    """The column with as much of its dictionary as it and those before it use."""
    if not pa.types.is_dictionary(column.type):
        return column
    most = (pa.compute.max(column.indices).as_py() or 0) + 1
    return pa.DictionaryArray.from_arrays(column.indices, column.dictionary.slice(0, most))


def without_seconds(table):
    """The table as Parquet holds it: it counts no seconds, and dates in days alone."""
    finer = {pa.time32("s"): pa.time32("ms"), pa.timestamp("s"): pa.timestamp("ms"),
             pa.timestamp("s", "UTC"): pa.timestamp("ms", "UTC"), pa.date64(): pa.date32()}
    return table.cast(pa.schema([field.with_type(finer.get(field.type, field.type)) for field in table.schema]))


def encoded(table, folder):
    """The table as Parquet files of other encodings and pages than writers choose by themselves."""
    flat = {name: kind for name, kind in zip(table.schema.names, table.schema.types) if not kind.num_fields}
    flat = {name: kind.value_type if pa.types.is_dictionary(kind) else kind for name, kind in flat.items()}
    is_bytes = [pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary]
    texts = [name for name, kind in flat.items() if any(of(kind) for of in is_bytes)]
    fixed = ["fixed", "decimal", "wide"]
    floats = ["float32", "float64"]
    others = ["bool", "nothing", *fixed, *floats, *texts]
    integers = [name for name in flat if name not in others]
    delta = dict.fromkeys(integers, "DELTA_BINARY_PACKED") | dict.fromkeys(texts + fixed, "DELTA_BYTE_ARRAY")
    split = dict.fromkeys(integers + fixed + floats, "BYTE_STREAM_SPLIT")
    write = pa.parquet.write_table
    write(table, folder / "delta.parquet", use_dictionary=False, column_encoding=delta | {"bool": "RLE"},
          data_page_version="2.0", data_page_size=200, compression="zstd")
    write(table, folder / "split.parquet", use_dictionary=False, data_page_size=200, compression="lz4",
          column_encoding=split | dict.fromkeys(texts, "DELTA_LENGTH_BYTE_ARRAY"), write_page_checksum=True)
    write(table, folder / "pages.parquet", data_page_version="2.0", data_page_size=100, compression="gzip")


def main(folder):
    folder = Path(folder)
    csv, of_csv = texts()
    jsonl, of_jsonl = objects()
    tables = {"rows": rows(), "typed": typed(), "every": every(), "csv": of_csv, "jsonl": of_jsonl, "kinds": kinds(),
              "categories": categories(), "views": views(), "dictionaries": dictionaries(), "intervals": intervals(),
              "spans": spans(), "declared": declared()}
    tables["parquet"] = without_seconds(tables["every"])
    for name, table in tables.items():
        with pa.ipc.new_file(folder / f"{name}.arrow", table.schema) as writer:
            writer.write_table(table, max_chunksize=500)
    for name in ("every", "kinds", "views", "dictionaries"):
        with pa.ipc.new_stream(folder / f"{name}.arrows", tables[name].schema) as writer:
            writer.write_table(tables[name], max_chunksize=300)
    for codec in ("lz4", "zstd"):
        options = pa.ipc.IpcWriteOptions(compression=codec)
        with pa.ipc.new_file(folder / f"every-{codec}.arrow", tables["every"].schema, options=options) as writer:
            writer.write_table(tables["every"], max_chunksize=300)
    grown(tables["categories"], folder / "grown.arrow")
    frame = pl.from_arrow(tables["categories"])
    frame.write_ipc(folder / "polars.arrow", compression="zstd", record_batch_size=300)
    frame.write_ipc_stream(folder / "polars.arrows")
    pa.parquet.write_table(tables["every"], folder / "every.parquet", row_group_size=350)
    pa.parquet.write_table(tables["kinds"], folder / "kinds.parquet", row_group_size=350)
    encoded(tables["every"], folder)
    (folder / "lines.csv").write_bytes(csv.encode())
    (folder / "lines.csv.gz").write_bytes(gzip.compress(csv.encode(), mtime=0))
    (folder / "lines.jsonl").write_bytes(jsonl.encode())


main(sys.argv[1])
