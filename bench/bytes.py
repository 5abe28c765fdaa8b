#!/usr/bin/env python3
"""What is asked for of a file, by us and by DuckDB, for the shapes that id columns have.

    bench/bytes.py BUILD_DIR [--rows N]     (needs the Python packages of the tests)

One file a shape. Ours are the requests and bytes that the run itself counts, without its metadata file; DuckDB's are
those of its log of file systems. The answers are compared: the number of series, at depth `series`; with first and last
time at depth `time`, where we read steps and gaps as well.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

SQL = {"series": "SELECT count(*) FROM (SELECT {k} FROM '{f}' GROUP BY {k})",
       "time": "SELECT count(*), min(a), max(b) FROM (SELECT {k}, min(t) a, max(t) b FROM '{f}' GROUP BY {k})"}
# Of series in lists: how long each is, and from when to when.
LISTS_SQL = {"series": "SELECT count(*), max(n) FROM (SELECT {k}, sum(len(t)) n FROM '{f}' GROUP BY {k})",
             "time": "SELECT count(*), min(a), max(b) FROM (SELECT {k}, min(list_min(t)) a, max(list_max(t)) b FROM '{f}' GROUP BY {k})"}
PER_LIST = 100


def shapes(rows):
    series = 1000
    per = rows // series
    time = pa.array(range(1_600_000_000_000, 1_600_000_000_000 + rows * 60_000, 60_000)).cast(pa.timestamp("ms"))
    values = {f"v{i}": pa.array([(j * (i + 7919)) % 104729 / 7 for j in range(rows)]) for i in range(8)}
    clustered = pa.array([f"series_{i // per:05d}" for i in range(rows)])
    interleaved = pa.array([f"series_{i % series:05d}" for i in range(rows)])
    unique = pa.array([f"{i * 2654435761 % 2**32:08x}-{i:04x}-4000-8000-{i:012x}" for i in range(rows)])
    site = pa.array([f"site_{i // per // 40}" for i in range(rows)])
    meter = pa.array([f"meter_{i // per % 40}" for i in range(rows)])
    plain = {"use_dictionary": False, "column_encoding": {"id": "DELTA_BYTE_ARRAY"}}
    flat = {
        "clustered": (["id"], {"id": clustered}, {}),
        "interleaved": (["id"], {"id": interleaved}, {}),
        "unique, PLAIN": (["id"], {"id": unique}, {"use_dictionary": False}),
        "delta-encoded": (["id"], {"id": clustered}, plain),
        "composite": (["site", "meter"], {"site": site, "meter": meter}, {}),
        "one series a row group": (["id"], {"id": clustered}, {"row_group_size": per}),
    }
    flat = {name: (keys, {**ids, "t": time, **values}, write, SQL) for name, (keys, ids, write) in flat.items()}
    offsets = pa.array(range(0, rows + 1, PER_LIST), pa.int32())
    lists = {name: pa.ListArray.from_arrays(offsets, c) for name, c in {"t": time, **values}.items()}
    ids = {"id": pa.array([f"series_{i:07d}" for i in range(rows // PER_LIST)])}
    return {**flat, "one series a row, in lists": (["id"], {**ids, **lists}, {}, LISTS_SQL)}


def ours(program, folder, depth):
    subprocess.run([program, "index", folder + "/data", "--metadata", folder + "/meta", "--database", folder + "/c.db",
                    "--depth", depth, "--summary", folder + "/s.json"], check=True, capture_output=True,
                   env=dict(os.environ, HOME=folder))
    with open(folder + "/s.json") as f:
        return json.load(f)


def by_duckdb(path, sql):
    """Its answer, the reads of the file and their bytes, by its own log."""
    c = duckdb.connect(config={"threads": 1})
    c.execute("CALL enable_logging('FileSystem')")
    answer = c.execute(sql).fetchone()[0]
    reads = c.execute("SELECT count(*), sum(bytes) FROM duckdb_logs_parsed('FileSystem') "
                      "WHERE op = 'READ' AND path = ?", [path]).fetchone()
    return int(answer), reads[0], int(reads[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    made = shapes(options.rows)
    print(f"{'shape':28} {'depth':7} {'file':>11} {'our requests':>13} {'our bytes':>11} {'DuckDB reads':>13} "
          f"{'its bytes':>11}")
    for name, (keys, columns, write, sql) in made.items():
        for depth in ("series", "time"):
            with tempfile.TemporaryDirectory() as folder:
                os.makedirs(folder + "/data/d")
                os.makedirs(folder + "/meta")
                path = folder + "/data/d/f.parquet"
                pq.write_table(pa.table(columns), path, **{"row_group_size": 2**20, **write})
                meta = "name: d\nts_id:\n" + "".join(f"  - name: {k}\n    type: str\n" for k in keys)
                with open(folder + "/meta/d.yaml", "w") as f:
                    f.write(meta)
                summary = ours(options.build + "/ts-indexer", folder, depth)
                n, reads, got = by_duckdb(path, sql[depth].format(k=", ".join(keys), f=path))
                counters = summary.get("counters", summary)
                if summary["series"] != n:
                    sys.exit(f"{name}: {summary['series']} series, DuckDB has {n}")
                print(f"{name:28} {depth:7} {os.path.getsize(path):11,} {counters['requests_get'] - 1:13} "
                      f"{counters['bytes_wanted'] - len(meta):11,} {reads:13} {got:11,}", flush=True)


if __name__ == "__main__":
    main()
