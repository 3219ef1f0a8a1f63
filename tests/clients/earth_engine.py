"""Earth Engine's client exports a table to Cloud Storage; prints what came of it.

Takes a JSON object: the `url` of the API, a `token`, a `project`, a `bucket` and a `prefix` in it, the id of a `table`,
`properties` of it to select, and a `limit` of rows. `cancels` may be another table, of which an export is cancelled.
"""

import json
import os
import sys
import time

# What the client asks of other hosts, it does without.
os.environ.update(HTTP_PROXY="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1")

import ee
from google.auth.exceptions import GoogleAuthError
from google.oauth2.credentials import Credentials

asked = json.loads(sys.argv[1])
DEADLINE_SECONDS = 120


def main():
    try:
        ee.Initialize(Credentials(asked["token"]), url=asked["url"], project=asked["project"])
    except (ee.EEException, GoogleAuthError) as error:
        return {"error": {"type": type(error).__name__, "text": str(error)}}
    # An answer of 5xx is what it is; by default it would be asked for again for half a minute.
    ee.data.setMaxRetries(0)
    table = ee.FeatureCollection(asked["table"])
    some = table.filter(ee.Filter.notNull(asked["properties"][:1]))
    first = task(some.select(asked["properties"]).limit(asked["limit"]), "first")
    first.start()
    started = first.status()
    second = task(ee.FeatureCollection(asked.get("cancels", asked["table"])), "second")
    second.start()
    second.cancel()
    return {
        "started": started,
        "again": start_again(first),
        "cancelled": ended(second),
        "finished": ended(first),
        "listed": [operation["name"] for operation in ee.data.listOperations()],
        "tasks": [[listed.id, listed.state] for listed in ee.batch.Task.list()],
        "refused": refused(),
        "missing": failure(lambda: ee.data.getOperation(f"projects/{asked['project']}/operations/none")),
    }


def task(collection, name):
    return ee.batch.Export.table.toCloudStorage(
        collection,
        description=name,
        bucket=asked["bucket"],
        fileNamePrefix=f"{asked['prefix']}/{name}",
        fileFormat="CSV",
        priority=200,
    )


def start_again(first):
    """The operation that the same request with the same requestId gives."""
    return ee.data.exportTable(first._request_id, first.config)["name"]


def ended(one):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while one.active():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{one.id} is still {one.status()['state']}")
        time.sleep(0.2)
    return one.status()


def refused():
    """What is said of an algorithm that the client was not told of."""
    request = task(ee.FeatureCollection(asked["table"]), "refused").config
    invocation = {"functionName": "Collection.merge", "arguments": {}}
    request["expression"] = {"result": "0", "values": {"0": {"functionInvocationValue": invocation}}}
    return failure(lambda: ee.data.exportTable(ee.data.newTaskId()[0], request))


def failure(call):
    try:
        return {"answer": call()}
    except ee.EEException as error:
        return str(error)


print(json.dumps(main()))
