"""Compares exported files with the table they should hold, reader by reader.

    compare.py jobs.json

jobs.json lists comparisons: {"format", "files", "readers", "original", "table"}: `original` is the file that the
table came from and `table` its name in expected.py; without a name, `original` is an Arrow IPC file.
Prints a line for each comparison and reader; exits with 1 if any differs.
"""

import json
import sys
from pathlib import Path

from equal import Difference, compare
from expected import expected
from read import read


def main(path):
    failed = False
    cache = {}
    for job in json.loads(Path(path).read_text()):
        key = (job.get("table"), job["original"])
        table = cache[key] if key in cache else cache.setdefault(key, expected(*key))
        for reader in job["readers"]:
            failed |= not judge(job, reader, table)
    return 1 if failed else 0


def judge(job, reader, table):
    what = f"{job.get('title') or Path(job['files'][0]).name} ({reader})"
    try:
        compare(table, read(reader, job["format"], job["files"], table.schema))
    except Difference as difference:
        print(f"DIFFERENT: {what}: {difference}", flush=True)
        return False
    except Exception as error:  # whatever a reader throws, it could not read the file
        print(f"UNREADABLE: {what}: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"{table.num_rows} rows x {table.num_columns} columns equal: {what}", flush=True)
    return True


sys.exit(main(*sys.argv[1:]))
