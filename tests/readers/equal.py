"""Whether two Arrow tables hold the same table, value by value."""

import pyarrow as pa
import pyarrow.compute as pc

UNITS = ["s", "ms", "us", "ns"]


class Difference(Exception):
    """Where two tables differ first."""


def compare(expected, actual):
    """Raises the first Difference. Types must name the same values: widths, signs, scales and zones alike; only
    Arrow's layouts of one type (large, view, dictionary) and units of time are free, and times are compared exactly."""
    if expected.column_names != actual.column_names:
        raise Difference(f"columns {expected.column_names} became {actual.column_names}")
    if expected.num_rows != actual.num_rows:
        raise Difference(f"{expected.num_rows} rows became {actual.num_rows}")
    for name in expected.column_names:
        before, after = (flat(table.column(name)) for table in (expected, actual))
        row = first_difference(before, after, name)
        if row is not None:
            values = " became ".join(repr(scalar(column, row))[:200] for column in (before, after))
            raise Difference(f"row {row}, column {name!r}: {values}")


def flat(column):
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return column.chunk(0) if isinstance(column, pa.ChunkedArray) else column


def scalar(column, row):
    try:
        return column[row].as_py()
    except (ValueError, OverflowError):  # a time that Python's types can't hold
        return column.cast(pa.int64())[row].as_py()


def first_difference(before, after, path):
    """The first row where two arrays differ, or None. Raises where they are of different types."""
    before, after = plain(before), plain(after)
    if kind(before.type) != kind(after.type):
        raise Difference(f"column {path!r} of type {before.type} became {after.type}")
    row = first_true(pc.not_equal(before.is_valid(), after.is_valid()))
    if row is not None:
        return row
    if pa.types.is_struct(before.type):
        rows = [child_difference(before, after, i, path) for i in range(before.type.num_fields)]
        return min((row for row in rows if row is not None), default=None)
    if pa.types.is_large_list(before.type):
        return list_difference(before, after, path)
    if pa.types.is_null(before.type):
        return None
    return first_true(pc.not_equal(*comparable(before, after)))


def child_difference(before, after, index, path):
    name = before.type.field(index).name
    # flatten() gives a child the nulls of its parent, so that what lies under a null is not compared.
    return first_difference(before.flatten()[index], after.flatten()[index], f"{path}.{name}")


def list_difference(before, after, path):
    row = first_true(pc.not_equal(pc.list_value_length(before), pc.list_value_length(after)))
    if row is not None:
        return row
    item = first_difference(before.flatten(), after.flatten(), f"{path}[]")
    return None if item is None else pc.list_parent_indices(before)[item].as_py()


def first_true(mask):
    row = pc.index(mask, pa.scalar(True)).as_py()
    return None if row < 0 else row


def plain(array):
    """The array in the one layout of its type that is compared."""
    t = array.type
    if pa.types.is_dictionary(t):
        return plain(array.dictionary_decode())
    if pa.types.is_string(t) or pa.types.is_string_view(t):
        return array.cast(pa.large_string())
    if pa.types.is_binary(t) or pa.types.is_binary_view(t) or pa.types.is_fixed_size_binary(t):
        return array.cast(pa.large_binary())
    if pa.types.is_map(t):
        return plain(array.cast(pa.list_(pa.struct([("key", t.key_type), ("value", t.item_type)]))))
    if pa.types.is_list(t) or pa.types.is_fixed_size_list(t):
        return array.cast(pa.large_list(t.value_type))
    if pa.types.is_date64(t):
        return array.cast(pa.date32())
    return array


def kind(t):
    """What the values of a type are; the parts of nested types are judged when they are reached."""
    if pa.types.is_timestamp(t):
        return "timestamp", t.tz is not None
    if pa.types.is_time(t):
        return "time"
    if pa.types.is_duration(t):
        return "duration"
    if pa.types.is_decimal(t):
        return "decimal", t.precision, t.scale
    if pa.types.is_struct(t):
        return "struct", [field.name for field in t]
    if pa.types.is_large_list(t):
        return "list"
    return str(t)


def comparable(before, after):
    """Two arrays of one kind as arrays whose equality is the equality of values, floats by their bits."""
    t = before.type
    if pa.types.is_floating(t):
        return float_bits(before), float_bits(after)
    if pa.types.is_decimal(t):
        wide = pa.decimal256(t.precision, t.scale)
        return before.cast(wide), after.cast(wide)
    if pa.types.is_timestamp(t) or pa.types.is_time(t) or pa.types.is_duration(t):
        unit = max(t.unit, after.type.unit, key=UNITS.index)
        return in_unit(before, unit), in_unit(after, unit)
    if pa.types.is_interval(t):
        return before.view(pa.binary(16)), after.view(pa.binary(16))
    return before, after


def in_unit(array, unit):
    t = array.type
    if pa.types.is_timestamp(t):
        array = array.cast(pa.timestamp(unit, t.tz))
    elif pa.types.is_duration(t):
        array = array.cast(pa.duration(unit))
    else:
        array = array.cast(pa.time64(unit) if unit in ("us", "ns") else pa.time32(unit))
        return array.cast(pa.int64() if unit in ("us", "ns") else pa.int32())
    return array.cast(pa.int64())


def float_bits(array):
    """Bits of floats, with -0 apart from 0, and every NaN the same."""
    t = array.type
    bits = array.view({16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[t.bit_width])
    nan = pc.is_nan(array.cast(pa.float32()) if t.bit_width == 16 else array)
    return pc.if_else(nan, pa.scalar(-1, bits.type), bits)
