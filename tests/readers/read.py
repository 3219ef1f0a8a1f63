"""Exported files, read by readers that are not ours, as Arrow tables.

The types of csv and jsonl columns are told to the reader, since text has none. Nulls: in csv an empty field without
quotes, while "" is the empty string; in jsonl null, or a key that is missing.
"""

import csv
import gzip
import io
import json
import re
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

import text

BLOCK = 64 << 20


def read(reader, form, files, schema):
    return READERS[form][reader](files, schema)


def content(file):
    data = Path(file).read_bytes()
    return gzip.decompress(data) if str(file).endswith(".gz") else data


def concat(tables):
    return pa.concat_tables(tables)


# DuckDB

DUCK_TYPES = {
    pa.bool_(): "BOOLEAN", pa.int8(): "TINYINT", pa.int16(): "SMALLINT", pa.int32(): "INTEGER",
    pa.int64(): "BIGINT", pa.uint8(): "UTINYINT", pa.uint16(): "USMALLINT", pa.uint32(): "UINTEGER",
    pa.uint64(): "UBIGINT", pa.float32(): "FLOAT", pa.float64(): "DOUBLE", pa.string(): "VARCHAR",
    pa.large_string(): "VARCHAR", pa.date32(): "DATE",
}


def duck_type(t):
    if pa.types.is_timestamp(t):
        return "TIMESTAMPTZ" if t.tz else "TIMESTAMP_NS" if t.unit == "ns" else "TIMESTAMP"
    if pa.types.is_decimal(t):
        return f"DECIMAL({t.precision}, {t.scale})"
    return DUCK_TYPES[t]


def duckdb_text(function, options):
    def read_text(files, schema):
        columns = ", ".join(f"{quoted(f.name)}: {quoted(duck_type(f.type))}" for f in schema)
        return duckdb_query(f"{function}({paths(files)}, columns={{{columns}}}, {options})")

    return read_text


def duckdb_parquet(files, _schema):
    return duckdb_query(f"read_parquet({paths(files)})")


def duckdb_query(source):
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "TimeZone": "UTC"})
    return connection.sql(f"SELECT * FROM {source}").to_arrow_table()


def paths(files):
    return f"[{', '.join(quoted(str(file)) for file in files)}]"


def quoted(name):
    return "'" + name.replace("'", "''") + "'"


# pyarrow

def pyarrow_csv(files, schema):
    convert = pa.csv.ConvertOptions(
        column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
        true_values=["true"], false_values=["false"],
    )
    return concat([
        pa.csv.read_csv(
            io.BytesIO(content(file)), pa.csv.ReadOptions(block_size=BLOCK),
            pa.csv.ParseOptions(newlines_in_values=True), convert,
        )
        for file in files
    ])


def pyarrow_jsonl(files, schema):
    # Its JSON reader knows no dates: they are read as text, and then cast.
    told = pa.schema([f.with_type(pa.string()) if pa.types.is_date(f.type) else f for f in schema])
    parse = pa.json.ParseOptions(explicit_schema=told, unexpected_field_behavior="error")
    options = pa.json.ReadOptions(block_size=BLOCK)
    tables = [pa.json.read_json(io.BytesIO(content(file)), options, parse) for file in files]
    return concat(tables).cast(schema)


def pyarrow_parquet(files, _schema):
    return concat([pa.parquet.ParquetFile(file).read() for file in files])


# polars

def polars_csv(files, schema):
    frames = [
        pl.read_csv(io.BytesIO(content(file)), schema=polars_schema(schema), infer_schema=False) for file in files
    ]
    return polars_table(frames, schema)


def polars_jsonl(files, schema):
    return polars_table([pl.read_ndjson(content(file), schema=polars_schema(schema)) for file in files], schema)


def polars_parquet(files, schema):
    return pl.concat([pl.read_parquet(file) for file in files]).to_arrow()


def polars_schema(schema):
    """Times are read as text, and then parsed strictly."""
    frame = pl.from_arrow(schema.empty_table())
    return {name: pl.String if t.is_temporal() else t for name, t in frame.schema.items()}


def polars_table(frames, schema):
    frame = pl.concat(frames)
    for field in schema:
        if pa.types.is_timestamp(field.type):
            zone = "%#z" if field.type.tz else ""
            unit = "us" if field.type.unit == "s" else field.type.unit
            parsed = pl.col(field.name).str.to_datetime(f"%Y-%m-%dT%H:%M:%S%.f{zone}", time_unit=unit, strict=True)
            frame = frame.with_columns(parsed.dt.replace_time_zone(field.type.tz))
        elif pa.types.is_date(field.type):
            frame = frame.with_columns(pl.col(field.name).str.to_date("%Y-%m-%d", strict=True))
    return frame.to_arrow()


# pandas: its own csv parser, and what it makes of Parquet

def pandas_csv(files, schema):
    frames = [pandas_frame(content(file), schema) for file in files]
    if any(list(frame) != schema.names for frame in frames):
        raise ValueError("a header that is not of the table's columns")
    frame = pd.concat(frames, ignore_index=True)
    columns = [pandas_column(frame[f.name], f.type) for f in schema]
    return pa.table(columns, names=schema.names)


def pandas_frame(data, schema):
    # Like Python's csv, it can't tell an empty field from "".
    data = mark_empty_strings(data.decode("utf-8")).encode() if b'""' in data else data
    return pd.read_csv(
        io.BytesIO(data), dtype={f.name: pandas_type(f.type) for f in schema},
        keep_default_na=False, na_values=[""],
    )


def pandas_type(t):
    """Integers and booleans that may be null; in floats NaN stands for null. Times are read as text."""
    if pa.types.is_integer(t):
        return str(t).replace("int", "Int").replace("uI", "UI")
    if pa.types.is_boolean(t):
        return "boolean"
    return str(t.to_pandas_dtype().__name__) if pa.types.is_floating(t) else "str"


def pandas_column(series, t):
    if pa.types.is_timestamp(t):
        series = pd.to_datetime(series, format="ISO8601", utc=t.tz is not None)
    elif pa.types.is_date(t):
        series = pd.to_datetime(series, format="%Y-%m-%d")
        return pa.Array.from_pandas(series).cast(t)
    elif pandas_type(t) == "str":
        series = series.replace({EMPTY: ""})
    return pa.Array.from_pandas(series)


def pandas_parquet(files, _schema):
    frame = pd.concat([pd.read_parquet(file, dtype_backend="numpy_nullable") for file in files], ignore_index=True)
    return pa.Table.from_pandas(frame, preserve_index=False)


# Python's own modules, for every type there is

def python_csv(files, schema):
    rows = []
    for file in files:
        # Python's csv can't tell an empty field from "": so the empty string is given another text before.
        body = mark_empty_strings(content(file).decode("utf-8"))
        header, *data = csv.reader(io.StringIO(body, newline=""), strict=True)
        if header != schema.names or any(len(row) != len(header) for row in data):
            raise ValueError("a header or a row that is not of the table's columns")
        rows.extend(data)
    return pa.table([
        text.column([csv_value(row[i], field.type) for row in rows], field.type) for i, field in enumerate(schema)
    ], names=schema.names)


EMPTY = "\uE000empty\uE000"


def mark_empty_strings(body):
    return re.sub(r'("(?:[^"]|"")*")', lambda m: f'"{EMPTY}"' if m[0] == '""' else m[0], body)


def csv_value(cell, t):
    if cell == "":
        return None
    cell = "" if cell == EMPTY else cell
    value_type = t.value_type if pa.types.is_dictionary(t) else t
    return loads(cell) if pa.types.is_nested(value_type) else cell


def python_jsonl(files, schema):
    rows = []
    for file in files:
        *lines, rest = content(file).decode("utf-8").split("\n")
        if rest:
            raise ValueError("the last line has no end")
        rows.extend(loads(line) for line in lines)
    unknown = {key for row in rows for key in row} - set(schema.names)
    if unknown:
        raise ValueError(f"keys that are not columns: {unknown}")
    return pa.table([
        text.column([row.get(field.name) for row in rows], field.type) for field in schema
    ], names=schema.names)


def loads(document):
    """JSON with numbers left as text, and a key that comes twice refused."""
    return json.loads(
        document, parse_int=text.Number, parse_float=text.Number, parse_constant=refuse, object_pairs_hook=unique
    )


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def unique(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key comes twice")
    return dict(pairs)


READERS = {
    "csv": {
        "duckdb": duckdb_text("read_csv", "header=true, delim=',', quote='\"', escape='\"', auto_detect=false, "
                              "nullstr='', allow_quoted_nulls=false, max_line_size=100000000"),
        "pyarrow": pyarrow_csv,
        "polars": polars_csv,
        "pandas": pandas_csv,
        "python": python_csv,
    },
    "jsonl": {
        "duckdb": duckdb_text("read_json", "format='newline_delimited', maximum_object_size=100000000"),
        "pyarrow": pyarrow_jsonl,
        "polars": polars_jsonl,
        "python": python_jsonl,
    },
    "parquet": {
        "duckdb": duckdb_parquet,
        "pyarrow": pyarrow_parquet,
        "polars": polars_parquet,
        "pandas": pandas_parquet,
    },
}
