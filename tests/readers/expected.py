"""What a real table holds, read from its original file by pyarrow or Python, with the type of every column stated."""

import gzip
import io
import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet


def types(**groups):
    """`int32="a b"` reads: the columns a and b are int32."""
    named = {"int32": pa.int32(), "int64": pa.int64(), "float64": pa.float64(), "string": pa.string(),
             "millis": pa.timestamp("ms", "UTC")}
    return {name: named[group] for group, names in groups.items() for name in names.split()}


def from_csv(columns, nulls=("",)):
    def read(file):
        data = Path(file).read_bytes()
        data = gzip.decompress(data) if file.endswith(".gz") else data
        table = pa.csv.read_csv(
            io.BytesIO(data),
            pa.csv.ReadOptions(block_size=64 << 20),
            pa.csv.ParseOptions(newlines_in_values=True),
            pa.csv.ConvertOptions(column_types=columns, null_values=list(nulls), strings_can_be_null=True,
                                  quoted_strings_can_be_null=False),
        )
        stated = pa.schema([(name, columns[name]) for name in table.column_names])
        if table.schema != stated:
            raise ValueError(f"the original has {table.schema}")
        return table

    return read


def movies(file):
    rows = json.loads(Path(file).read_text("utf-8"))
    names = list(dict.fromkeys(key for row in rows for key in row))
    texts = {"Title", "Release Date", "MPAA Rating", "Distributor", "Source", "Major Genre", "Creative Type",
             "Director"}
    wide = {"Worldwide Gross"}

    def column(name):
        values = [row.get(name) for row in rows]
        if name in texts:
            return pa.array([None if value is None else str(value) for value in values], pa.string())
        if name == "IMDB Rating":
            return pa.array([None if value is None else float(value) for value in values], pa.float64())
        return pa.array(values, pa.int64() if name in wide else pa.int32())

    return pa.table([column(name) for name in names], names=names)


FLIGHTS = dict(
    int32="year month day dep_time sched_dep_time dep_delay arr_time sched_arr_time arr_delay flight air_time "
          "distance hour minute",
    string="carrier tailnum origin dest",
)

# In the file, NA is text like any other, and the columns that have it are text with it.
AS_TEXT = "dep_time dep_delay arr_time arr_delay air_time"
FLIGHTS_FILE = dict(
    int64="year month day sched_dep_time sched_arr_time flight distance hour minute",
    string=f"{FLIGHTS['string']} {AS_TEXT}",
)

TABLES = {
    "flights.csv": from_csv(types(**FLIGHTS_FILE, millis="time_hour")),
    # Row objects: numbers and Dates.
    "flights": from_csv(types(**FLIGHTS, millis="time_hour"), nulls=("NA",)),
    "population.csv.gz": from_csv(types(int64="LocID Year AgeGrpStart Value", string="Location Sex AgeGrp")),
    "airports.csv": from_csv(
        types(string="icao iata name city subd country tz lid", float64="elevation lat lon")
    ),
    "zipcodes.csv": from_csv(types(string="zip_code city state county", float64="latitude longitude")),
    "flights-3m.parquet": pa.parquet.read_table,
    "movies.json": movies,
}


def expected(name, original):
    """The table `name`; without a name, the one in the Arrow IPC file `original`."""
    if name:
        return TABLES[name](original)
    return pa.ipc.open_file(original).read_all()


if __name__ == "__main__":
    # expected.py table original out.arrow
    name, original, out = sys.argv[1:]
    table = expected(name, original)
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)
