"""Redivis's client exports a table and downloads it; prints what came of it.

Takes a JSON object: the `endpoint` of the API, a `token`, the `reference` of a table, a `format`, and a `folder` to download to.
"""

import hashlib
import json
import os
import pathlib
import sys

asked = json.loads(sys.argv[1])
# Read when the client is imported. Without a token it would log in with a browser.
os.environ["REDIVIS_API_ENDPOINT"] = asked["endpoint"]
os.environ["REDIVIS_API_TOKEN"] = asked["token"]

import redivis


def main():
    try:
        return export()
    except redivis.exceptions.RedivisError as error:
        told = {key: getattr(error, key, None) for key in ("kind", "status", "status_code", "message")}
        return {"error": {"type": type(error).__name__, **told, "text": str(error)}}


def export():
    table = redivis.table(asked["reference"]).get()
    paths = download(table)
    files = [describe(path) for path in paths]
    written = [os.stat(path).st_mtime_ns for path in paths]
    # Another export of the same bytes: files whose size and MD5 agree are left alone, and others written again.
    again = download(table)
    kept = again == paths and [os.stat(path).st_mtime_ns for path in again] == written
    damage(paths[0])
    mended = [describe(path) for path in download(table)] == files
    return {"table": table.properties, "files": files, "kept": kept, "mended": mended}


def download(table):
    folder = pathlib.Path(asked["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    return table.download(str(folder), format=asked["format"], overwrite=True, progress=False)


def describe(path):
    data = pathlib.Path(path).read_bytes()
    name = str(pathlib.Path(path).relative_to(asked["folder"]))
    return {"name": name, "size": len(data), "md5": hashlib.md5(data).hexdigest()}


def damage(path):
    with open(path, "r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 1]))


print(json.dumps(main()))
