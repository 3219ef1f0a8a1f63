"""Says whether a file holds the table of an Arrow IPC stream: every cell, row by row, as DuckDB reads it.

    check.py reference.arrow csv|jsonl|parquet|gzip file

Prints `{"rows": ..., "differing": {column: cells}}`; differing is empty where all is equal. In csv an empty field is
null and an empty string alike, since not every writer keeps them apart.
"""

import json
import sys

import duckdb
import pyarrow as pa

TYPES = {"int32": "INTEGER", "double": "DOUBLE", "bool": "BOOLEAN", "string": "VARCHAR"}


def scan(kind: str, path: str, types: dict[str, str]) -> str:
    columns = json.dumps(types).replace('"', "'")
    if kind == "parquet":
        return f"read_parquet('{path}')"
    if kind == "jsonl":
        return f"read_json('{path}', format = 'newline_delimited', columns = {columns})"
    compression = "gzip" if kind == "gzip" else "none"
    return f"read_csv('{path}', header = true, delim = ',', quote = '\"', compression = '{compression}', columns = {columns})"


def main(reference: str, kind: str, path: str) -> None:
    with pa.ipc.open_stream(reference) as stream:
        table = stream.read_all()
    names = table.column_names
    types = {field.name: TYPES.get(str(field.type), "TIMESTAMPTZ") for field in table.schema}
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.register("wanted", table)
    database.execute(f"CREATE TABLE found AS FROM {scan(kind, path, types)}")
    rows = database.execute("SELECT count(*) FROM found").fetchone()[0]
    if rows != table.num_rows:
        raise SystemExit(f"{rows} rows, not {table.num_rows}")
    if kind == "parquet" and [column[0] for column in database.execute("DESCRIBE found").fetchall()] != names:
        raise SystemExit("the columns have other names")

    def cell(side: str, name: str) -> str:
        text = f'{side}."{name}"'
        return f"nullif({text}, '')" if types[name] == "VARCHAR" and kind in ("csv", "gzip") else text

    counts = ", ".join(f"count(*) FILTER ({cell('w', n)} IS DISTINCT FROM {cell('f', n)})" for n in names)
    differing = database.execute(f"SELECT {counts} FROM wanted w POSITIONAL JOIN found f").fetchone()
    print(json.dumps({"rows": rows, "differing": {n: c for n, c in zip(names, differing) if c}}))


main(*sys.argv[1:])
