#!/usr/bin/env python3
"""Write tests/unit/parquet/corpus_expected.h: what pyarrow reads from the Apache Parquet conformance corpus.

    parquet_expected.py CORPUS_FOLDER > corpus_expected.h

One line a flat column chunk: rows, nulls, and the CRC-32 of its values, each as one byte 1, its length in four bytes and
its PLAIN bytes; a null as one byte 0. Columns that pyarrow gives in another form than the file's are left out.
"""
import glob
import os
import struct
import sys
import zlib

from parquet_diff import arrow_columns, plain_bytes


def checksum(values):
    parts = []
    for v in values:
        parts.append(b"\0" if v is None else b"\1" + struct.pack("<I", len(v)) + v)
    return zlib.crc32(b"".join(parts))


def main():
    folder = sys.argv[1]
    print("/* Written by tests/conformance/parquet_expected.py from what pyarrow reads: do not edit. */")
    print("static const struct expected expected[] = {")
    for path in sorted(glob.glob(os.path.join(folder, "data", "**", "*.parquet"), recursive=True)):
        name = os.path.relpath(path, folder)
        if name == "data/int96_from_spark.parquet":
            continue  # years that nanoseconds cannot hold: pyarrow gives wrapped values
        try:
            for g, c, column, arr in arrow_columns(path):
                values = plain_bytes(arr, column)
                if values is not None:
                    print(f'    {{"{name}", {g}, {c}, {len(values)}, {values.count(None)}, 0x{checksum(values):08x}}},')
        except Exception as e:
            print(f"{name}: {e}", file=sys.stderr)
    print("};")


if __name__ == "__main__":
    main()
