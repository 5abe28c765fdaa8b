#!/usr/bin/env python3
"""Compare our Parquet reader with pyarrow, over random files of several writers.

    parquet_diff.py DUMP [N [SEED]]      write N random files (default 200) by pyarrow, Polars, DuckDB and, where
                                         PARQUET_DIFF_ARROW_RS names a folder with its node_modules, arrow-rs; compare
    parquet_diff.py DUMP --files F...    compare the given files

DUMP is the test_parquet_dump program (with -v it prints what it reads). Every leaf must have the same entries (values, nulls, empty lists), read as runs, as
entries with levels and, for integers and times, as 64-bit integers; and every list the same length.
Exit code: 0 all equal, 1 a difference, 77 a writer is not installed.
"""
import collections
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    from parquet_oracle import ints_of, read_leaves
    from parquet_writers import ArrowRs, write_duckdb, write_polars, write_pyarrow
except ImportError as e:
    print(f"skipped: {e.name} is not installed")
    sys.exit(77)

# Files that one process writes, or one process reads.
BATCH = 60


# ---- what we say ----

def parse_file(lines):
    """{(column, way): (CRC-32, entries)}, and the errors."""
    sums, errors = {}, []
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind == "C":
            column, way, crc, n = rest.split(" ")
            sums[int(column), way] = (int(crc), int(n))
        elif kind == "E":
            errors.append(rest)
    return sums, errors


def dump_files(dump, paths):
    """{path: (sums, errors)}"""
    p = subprocess.run([dump] + paths, capture_output=True, text=True)
    if p.returncode not in (0, 1):
        raise RuntimeError(f"the program ended with {p.returncode}: {p.stderr[-2000:]}")
    out = {}
    for part in ("\n" + p.stdout).split("\nF ")[1:]:
        path, _, text = part.partition("\n")
        out[path] = parse_file(text.split("\n"))
    return out


# ---- comparison ----

def summed(parts):
    return zlib.crc32(b"".join(parts)), len(parts)


def value_parts(entries):
    return [b"\0" if v is None else b"\1" + struct.pack("<I", len(v)) + v for v in entries]


def number_parts(numbers):
    return [b"\0" if v is None else struct.pack("<Bq", 1, v) for v in numbers]


def expected_sums(column, leaf):
    """{way: (CRC-32, entries)}; ways without an expectation are left out."""
    out = {}
    entries = leaf.entries(column)
    if entries is not None:
        out["runs"] = out["entries"] = out["rows"] = summed(value_parts(entries))
        if column.physical_type in ("INT32", "INT64", "INT96"):
            out["ints"] = summed(number_parts(ints_of(entries, column)))
    if column.max_repetition_level:
        out["levels"] = summed([struct.pack("<HH", r, d) for r, d in zip(leaf.reps, leaf.defs)])
        out["lists"] = summed(number_parts(leaf.lists))
    return out


def compare(path, sums, errors):
    """A list of differences, and how many columns were compared."""
    wrong, compared = list(errors), 0
    for c, column, leaf in read_leaves(path):
        expected = expected_sums(column, leaf)
        compared += bool(expected)
        for way, want in expected.items():
            if sums.get((c, way)) != want:
                wrong.append(f"{column.path} ({column.physical_type}): {way}: pyarrow {want}, we {sums.get((c, way))}")
    return wrong, compared


# ---- many files ----

class Tally:
    def __init__(self):
        self.writers, self.columns, self.failed = collections.Counter(), 0, 0

    def report(self, name, options, wrong, path):
        self.failed += 1
        print(f"{name} {options}:")
        for w in wrong[:5]:
            print(f"    {w[:600]}")
        keep = os.environ.get("PARQUET_DIFF_KEEP")
        if keep:
            os.replace(path, os.path.join(keep, os.path.basename(path)))


def write_batch(folder, seed, numbers, arrow_rs, tally):
    """{path: (writer, options)}"""
    writers = [write_pyarrow, write_pyarrow, write_polars, write_duckdb] + ([arrow_rs.add] if arrow_rs else [])
    written = {}
    for i in numbers:
        rng = random.Random(f"{seed}/{i}")
        writer = rng.choice(writers)
        name = "arrow_rs" if writer not in (write_pyarrow, write_polars, write_duckdb) else writer.__name__[6:]
        path = os.path.join(folder, f"{seed}_{i}.parquet")
        try:
            written[path] = (name, writer(rng, path))
        except Exception as e:  # a combination that the writer refuses
            refuse(tally, name, path, e)
    for path, why in (arrow_rs.write() if arrow_rs else {}).items():
        refuse(tally, "arrow_rs", path, why)
        del written[path]
    return written


def refuse(tally, name, path, why):
    tally.writers[f"{name} refused"] += 1
    if os.environ.get("PARQUET_DIFF_VERBOSE"):
        print(f"{os.path.basename(path)}: {name}: {why}", file=sys.stderr)


def run_batch(dump, seed, numbers, arrow_rs, tally):
    with tempfile.TemporaryDirectory() as folder:
        written = write_batch(folder, seed, numbers, arrow_rs, tally)
        dumped = dump_files(dump, list(written))
        for path, (name, options) in written.items():
            try:
                wrong, compared = compare(path, *dumped[path])
            except Exception as e:
                wrong, compared = [f"pyarrow: {type(e).__name__}: {e}"], 0
            tally.columns += compared
            tally.writers[name] += 1
            if wrong:
                tally.report(f"{os.path.basename(path)} of {name}", options, wrong, path)


def run_random(dump, n, seed):
    modules = os.environ.get("PARQUET_DIFF_ARROW_RS")
    arrow_rs = ArrowRs(modules) if modules else None
    tally = Tally()
    for first in range(0, n, BATCH):
        run_batch(dump, seed, range(first, min(first + BATCH, n)), arrow_rs, tally)
    written = dict(sorted(tally.writers.items()))
    print(f"{n} files, {tally.columns} columns compared, {tally.failed} files differ; {written}")
    return 1 if tally.failed or tally.columns == 0 else 0


def run_files(dump, paths):
    failed = 0
    for path in paths:
        try:
            wrong, compared = compare(path, *dump_files(dump, [path])[path])
        except Exception as e:
            wrong, compared = [f"pyarrow: {type(e).__name__}: {e}"], 0
        print(f"{os.path.basename(path)}: {compared} columns compared")
        for w in wrong:
            print(f"    {w[:600]}")
        failed += bool(wrong)
    return 1 if failed else 0


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    if len(sys.argv) > 3 and sys.argv[2] == "--files":
        return run_files(sys.argv[1], sys.argv[3:])
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seed = sys.argv[3] if len(sys.argv) > 3 else "1"
    return run_random(sys.argv[1], n, seed)


if __name__ == "__main__":
    sys.exit(main())
