"""Expressions as Earth Engine's Python client writes them: golden/expressions/<case>/expression.json.

Beside each stands what the service makes of it, table.json or error.json, which is written by hand.
"""

import json
import pathlib

import ee
from ee import apitestcase, serializer

# All of Earth Engine's algorithms, of which the client has a copy.
apitestcase.ApiTestCase().InitializeApi()

flights = ee.FeatureCollection("demo/flights")
eq, delay = ee.Filter.eq, "delay"

EXPRESSIONS = {
    "all_of_it": flights.filter(ee.Filter.gt(delay, 3)).select(["origin", delay]).limit(5),
    "by_id": flights,
    "cast": ee.FeatureCollection(flights),
    "features": ee.FeatureCollection([ee.Feature(None, {"a": 1})]),
    "filter_after_limit": flights.limit(5).filter(eq(delay, 3)),
    "filter_after_select": flights.select(["origin", delay]).filter(eq(delay, 3)),
    "filter_after_select_of_others": flights.select(["origin"]).filter(eq(delay, 3)),
    "filter_and": flights.filter(ee.Filter.And(eq("a", 1), ee.Filter.And(eq("b", "x"), eq("c", True)))),
    "filter_bounds": flights.filterBounds(ee.Geometry.Point(1, 2)),
    "filter_by_a_date": flights.filter(eq("day", ee.Date("2013-01-01"))),
    "filter_by_a_large_integer": flights.filter(eq("id", 2**53 + 1)),
    "filter_by_null": flights.filter(eq("id", None)),
    "filter_comparisons": flights.filter(
        ee.Filter.And(
            ee.Filter.equals("a", 1),
            ee.Filter.notEquals("b", 2.5),
            ee.Filter.lessThan("c", 3),
            ee.Filter.lessThanOrEquals("d", 4),
            ee.Filter.greaterThan("e", 5),
            ee.Filter.greaterThanOrEquals("f", 6),
        )
    ),
    "filter_in_list": flights.filter(ee.Filter.inList("origin", ["JFK", "EWR"])),
    "filter_list_property": flights.filter(ee.Filter.listContains("origins", "JFK")),
    "filter_metadata": flights.filterMetadata(delay, "not_less_than", 3),
    "filter_not_and": flights.filter(ee.Filter.And(eq("a", 1), eq("b", 2)).Not()),
    "filter_not_not": flights.filter(eq("a", 1).Not().Not()),
    "filter_not_null": flights.filter(ee.Filter.notNull(["a", "b"])),
    "filter_null": flights.filter(ee.Filter.notNull(["a"]).Not()),
    "filter_of_two_properties": flights.filter(ee.Filter.equals(leftField="a", rightField="b")),
    "filter_or": flights.filter(ee.Filter.Or(eq("a", 1), eq("b", 2))),
    "filter_range": flights.filter(ee.Filter.rangeContains("a", 1, 2)),
    "filter_short_forms": flights.filter(ee.Filter([eq("a", 1), ee.Filter.neq("b", 2), ee.Filter.lt("c", 3)]))
    .filter(ee.Filter([ee.Filter.lte("d", 4), ee.Filter.gt("e", 5)]))
    .filter(ee.Filter.gte("f", 6)),
    "filter_string_contains": flights.filter(ee.Filter.stringContains("origin", "J")),
    "geometry_column": ee.FeatureCollection("demo/flights", "where"),
    "limit": flights.limit(5),
    "limit_of_nothing": flights.limit(0),
    "limit_sorted": flights.limit(5, delay, False),
    "limit_twice": flights.limit(5).limit(3).limit(4),
    "map_buffer": flights.map(lambda flight: flight.buffer(10)),
    "map_drop_nulls": flights.map(lambda flight: flight.select(["a"]), True),
    "map_identity": flights.map(lambda flight: flight),
    "map_of_another_select": flights.map(lambda flight: ee.Feature(flights.first()).select(["a"])),
    "merge": flights.merge(flights),
    "no_collection": ee.Number(1).add(2),
    "select": flights.select(["origin", delay]),
    "select_nothing": flights.select([]),
    "select_one": flights.select("origin"),
    "select_pattern": flights.select(["dep_.*"]),
    "select_renamed": flights.select(["origin"], ["from"]),
    "select_twice": flights.select(["a", "b", "c"]).select(["c", "a"]),
    "select_twice_of_others": flights.select(["a", "b"]).select(["c"]),
    "select_without_geometry": flights.select(["origin"], None, False),
    "sort": flights.sort(delay),
    "version": ee.FeatureCollection.loadTable("demo/flights", None, 3),
}

golden = pathlib.Path(__file__).parent / "golden" / "expressions"
for name, value in EXPRESSIONS.items():
    (golden / name).mkdir(parents=True, exist_ok=True)
    text = json.dumps(serializer.encode(value, for_cloud_api=True), indent=2)
    (golden / name / "expression.json").write_text(text + "\n")
