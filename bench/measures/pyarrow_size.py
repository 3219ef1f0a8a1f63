"""Prints the bytes of the Parquet file that pyarrow makes of an Arrow IPC stream, settings left alone (snappy)."""

import sys

import pyarrow as pa
import pyarrow.parquet as pq

with pa.ipc.open_stream(sys.argv[1]) as stream:
    table = stream.read_all()
sink = pa.BufferOutputStream()
pq.write_table(table, sink)
print(sink.getvalue().size)
