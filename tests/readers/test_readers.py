"""The comparison itself: files by writers that are not ours pass, and each kind of damage is found."""

import gzip
import json
import struct
import tempfile
import unittest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from equal import Difference, compare
from read import READERS, read

ROWS = {
    "flag": pa.array([True, None, False]),
    "small": pa.array([1, None, -(2**31)], pa.int32()),
    "big": pa.array([2**53 + 1, None, -(2**63)], pa.int64()),
    "float": pa.array([0.1, None, -0.0]),
    "text": pa.array(["", None, 'a "quoted", 😀\nline']),
    "na": pa.array(["NA", None, "null"]),
    "at": pa.array([0, None, 1_357_034_400_123], pa.timestamp("ms", "UTC")),
    "day": pa.array([0, None, 15706], pa.date32()),
}
TABLE = pa.table(ROWS)


def texts(row):
    at, day, real = row["at"], row["day"], row["float"]
    return {
        **row,
        "at": at and at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z",
        "day": day and day.isoformat(),
        "float": real,
    }


def csv_field(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return str(value)


def write(form, table, path):
    rows = [texts(row) for row in table.to_pylist()]
    if form == "parquet":
        pa.parquet.write_table(table, path)
    elif form == "csv":
        lines = [",".join(table.column_names), *(",".join(map(csv_field, row.values())) for row in rows)]
        path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))
    else:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


class Readers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def round_trip(self, form, reader, table):
        path = Path(self.folder.name) / {"csv": "t.csv.gz", "jsonl": "t.jsonl", "parquet": "t.parquet"}[form]
        write(form, table, path)
        compare(TABLE, read(reader, form, [path], TABLE.schema))

    def test_the_table_itself(self):
        for form, readers in READERS.items():
            for reader in readers:
                with self.subTest(form=form, reader=reader):
                    self.round_trip(form, reader, TABLE)

    def test_damage(self):
        damages = {
            "flag": pa.array([True, None, True]),
            "small": pa.array([1, 0, -(2**31)], pa.int32()),
            "big": pa.array([2**53, None, -(2**63)], pa.int64()),
            "float": pa.array([struct.unpack("<d", struct.pack("<q", 0x3FB999999999999B))[0], None, -0.0]),
            "text": pa.array([None, None, 'a "quoted", 😀\nline']),
            "na": pa.array([None, None, "null"]),
            "at": pa.array([0, None, 1_357_034_400_124], pa.timestamp("ms", "UTC")),
            "day": pa.array([0, None, 15707], pa.date32()),
        }
        for column, values in damages.items():
            damaged = TABLE.set_column(TABLE.column_names.index(column), column, values)
            for form, readers in READERS.items():
                for reader in readers:
                    with self.subTest(column=column, form=form, reader=reader):
                        with self.assertRaisesRegex(Difference, f"row \\d, column '{column}'"):
                            self.round_trip(form, reader, damaged)

    def test_a_sign_of_zero_lost(self):
        with self.assertRaises(Difference):
            compare(pa.table({"x": [-0.0]}), pa.table({"x": [0.0]}))

    def test_rows_columns_and_types(self):
        for other in (
            TABLE.slice(0, 2),
            TABLE.select(reversed(TABLE.column_names)),
            TABLE.set_column(1, "small", pa.array([1, None, -(2**31)], pa.int64())),
            TABLE.set_column(6, "at", pa.array([0, None, 1_357_034_400_123], pa.timestamp("ms"))),
        ):
            with self.assertRaises(Difference):
                compare(TABLE, other)

    def test_nested_values(self):
        rows = [{"a": [1, None]}, {"a": None}, None, {"a": []}]
        kind = pa.struct([("a", pa.list_(pa.int32()))])
        before = pa.table({"x": pa.array(rows, kind)})
        compare(before, pa.table({"x": pa.array(rows, pa.struct([("a", pa.large_list(pa.int32()))]))}))
        for at, damage in enumerate([{"a": [1, 2]}, {"a": []}, {"a": None}, None]):
            after = pa.table({"x": pa.array([*rows[:at], damage, *rows[at + 1 :]], kind)})
            with self.assertRaises(Difference):
                compare(before, after)


if __name__ == "__main__":
    unittest.main()
