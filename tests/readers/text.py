"""The values that the texts of csv and jsonl stand for, by type, with Python's own means only."""

import base64
import re
from decimal import Decimal

import pyarrow as pa

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
DATE = re.compile(r"(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)")
TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?")
DURATION = re.compile(r"(-?)PT(?:(\d+)(?:\.(\d+))?)S")
INTERVAL = re.compile(r"P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(-?)(\d+)(?:\.(\d+))?S)?")


class Number(str):
    """The text of a JSON number, exact until its type is known."""


def column(values, t):
    """Decoded values (None for null) of type `t` as an Arrow array."""
    decoded = [None if value is None else decode(value, t) for value in values]
    return array(decoded, t)


def array(values, t):
    """Times are integers in `values`, since Python's own types can't hold all of them."""
    if pa.types.is_struct(t):
        children = [array([None if v is None else v[f.name] for v in values], f.type) for f in t]
        mask = pa.array([v is None for v in values], pa.bool_())
        return pa.StructArray.from_arrays(children, fields=list(t), mask=mask)
    if pa.types.is_map(t):
        entries = [entry for v in values if v is not None for entry in v]
        keys, items = ([entry[part] for entry in entries] for part in ("key", "value"))
        return pa.MapArray.from_arrays(offsets(values, pa.int32()), array(keys, t.key_type), array(items, t.item_type), t)
    if pa.types.is_dictionary(t):
        return array(values, t.value_type)
    if pa.types.is_interval(t):
        return pa.array(values, t)
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        items = array([item for v in values if v is not None for item in v], t.value_type)
        return pa.LargeListArray.from_arrays(offsets(values, pa.int64()), items).cast(t)
    if pa.types.is_temporal(t):
        width = pa.int32() if t.bit_width == 32 else pa.int64()
        return pa.array(values, width).cast(t)
    return pa.array(values, t)


def offsets(values, t):
    """Where the items of each list begin: null of a list that is."""
    starts, end = [], 0
    for v in values:
        starts.append(None if v is None else end)
        end += len(v or ())
    return pa.array([*starts, end], t)


def decode(value, t):
    if pa.types.is_dictionary(t):
        return decode(value, t.value_type)
    if pa.types.is_boolean(t):
        return {"true": True, "false": False, True: True, False: False}[value]
    if pa.types.is_integer(t):
        return int(value)
    if pa.types.is_floating(t):
        return float(value)
    if pa.types.is_decimal(t):
        return Decimal(value)
    if pa.types.is_struct(t):
        return {f.name: None if value.get(f.name) is None else decode(value[f.name], f.type) for f in t}
    if pa.types.is_map(t):
        pairs = value.items() if isinstance(value, dict) else value
        return [{"key": decode(key, t.key_type), "value": None if item is None else decode(item, t.item_type)}
                for key, item in pairs]
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        return [None if item is None else decode(item, t.value_type) for item in value]
    if isinstance(value, Number) or not isinstance(value, str):
        raise ValueError(f"{t} from {type(value).__name__}")
    if (pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_fixed_size_binary(t)
            or pa.types.is_binary_view(t)):
        return base64.b64decode(value, validate=True)
    if pa.types.is_date32(t):
        return days(value)
    if pa.types.is_date64(t):
        return days(value) * 86_400_000
    if pa.types.is_timestamp(t):
        return instant(value, t)
    if pa.types.is_time(t):
        return clock(value, t.unit)
    if pa.types.is_duration(t):
        sign, seconds, fraction = DURATION.fullmatch(value).groups()
        units = int(seconds) * PER_SECOND[t.unit] + in_units(fraction, t.unit)
        return -units if sign else units
    if pa.types.is_interval(t):
        return interval(value)
    if pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t):
        return value
    raise ValueError(f"no rule for {t}")


def interval(text):
    """Months, days and nanoseconds, of an interval of any kind."""
    years, months, days, sign, seconds, fraction = INTERVAL.fullmatch(text).groups()
    if text.endswith(("P", "T")):
        raise ValueError("an interval without parts")
    nanoseconds = int(seconds or 0) * 10**9 + int((fraction or "0").ljust(9, "0"))
    return (int(years or 0) * 12 + int(months or 0), int(days or 0), -nanoseconds if sign else nanoseconds)


def instant(text, t):
    date, time = text.split("T")
    if time.endswith("Z") != (t.tz is not None):
        raise ValueError(f"a zone where {t} has none, or none where it has")
    return days(date) * 86_400 * PER_SECOND[t.unit] + clock(time.removesuffix("Z"), t.unit)


def clock(text, unit):
    hours, minutes, seconds, fraction = TIME.fullmatch(text).groups()
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * PER_SECOND[unit] + in_units(fraction, unit)


def in_units(fraction, unit):
    digits = len(str(PER_SECOND[unit])) - 1
    if len(fraction or "") != digits:
        raise ValueError(f"{len(fraction or '')} digits after the point, in {unit}")
    return int(fraction or 0)


def days(text):
    """Days since 1970-01-01 in the proleptic Gregorian calendar, of any year."""
    year, month, day = map(int, DATE.fullmatch(text).groups())
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    era, of_era = divmod(year, 400)
    of_year = (153 * month + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
