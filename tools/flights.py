"""Compares the Parquet file of `make demo` with the csv that it came from, value by value.

    flights.py <csv> <parquet>

Neither is read with tableport: pyarrow reads the csv, DuckDB the Parquet file.
"""

import sys

import duckdb
import pyarrow.csv


def compare(csv, parquet):
    # R wrote the csv, and writes a missing value as NA.
    missing = pyarrow.csv.ConvertOptions(null_values=["NA"], strings_can_be_null=True)
    expected = pyarrow.csv.read_csv(csv, convert_options=missing)
    exported = duckdb.read_parquet(parquet).to_arrow_table()
    if exported.column_names != expected.column_names:
        sys.exit(f"the columns differ: {exported.column_names}")
    if exported.num_rows != expected.num_rows:
        sys.exit(f"{exported.num_rows:,} rows came back of {expected.num_rows:,}")
    for name in expected.column_names:
        column = exported.column(name)
        if not column.cast(expected.column(name).type).equals(expected.column(name)):
            sys.exit(f"column {name} differs")
        print(f"    {name:15} {str(column.type):25} {column.null_count:6,} null")
    print(f"\n{exported.num_rows:,} rows are equal")


compare(*sys.argv[1:])
