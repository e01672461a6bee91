"""Reads a Parquet file with Arrow's own reader and prints what it found.

usage: parquet.py FILE.parquet

The first line is an object of column names and types, then a row a line.
"""

import json
import sys

import pyarrow.parquet

table = pyarrow.parquet.read_table(sys.argv[1])
print(json.dumps({field.name: str(field.type) for field in table.schema}))
for row in table.to_pylist():
    print(json.dumps(row))
