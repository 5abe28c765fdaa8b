#!/usr/bin/env python3
"""Write tests/unit/parquet/corpus_expected.h: what pyarrow reads from the Apache Parquet conformance corpus.

    parquet_expected.py CORPUS_FOLDER > corpus_expected.h

One line a leaf: its entries over all row groups (values, nulls, empty lists), those without a value, the CRC-32 of the
values (each as one byte 1, its length in four bytes and its PLAIN bytes; no value as one byte 0) and the CRC-32 of the
levels of repeated columns (repetition and definition level, two bytes each). Columns that pyarrow gives in another form
than the file's are left out.
"""
import glob
import os
import struct
import sys

from parquet_diff import summed, value_parts
from parquet_oracle import read_leaves


def main():
    folder = sys.argv[1]
    print("/* Written by tests/conformance/parquet_expected.py from what pyarrow reads: do not edit. */")
    print("static const struct expected expected[] = {")
    for path in sorted(glob.glob(os.path.join(folder, "data", "**", "*.parquet"), recursive=True)):
        name = os.path.relpath(path, folder)
        if name == "data/int96_from_spark.parquet":
            continue  # years that nanoseconds cannot hold: pyarrow gives wrapped values
        try:
            for c, column, leaf in read_leaves(path):
                entries = leaf.entries(column)
                if entries is None:
                    continue
                levels = zip(leaf.reps, leaf.defs) if column.max_repetition_level else []
                crc, n = summed(value_parts(entries))
                levels_crc, _ = summed([struct.pack("<HH", r, d) for r, d in levels])
                print(f'    {{"{name}", {c}, {n}, {entries.count(None)}, 0x{crc:08x}, 0x{levels_crc:08x}}},')
        except Exception as e:
            print(f"{name}: {e}", file=sys.stderr)
    print("};")


if __name__ == "__main__":
    main()
