"""Depth `values` against DuckDB and Polars: the whole job from Parquet files to a table of series and their figures.

    compare.py BUILD_DIR [--rows N] [--series N] [--files N] [--threads N] [--repeats N]

Ours is `ts-indexer index --depth values` with everything that depth gives (exact moments, flat runs, fingerprints at fourteen
resolutions, sparklines, the search index, a catalog that can be resumed). The peers compute, per series, rows, nulls, bounds,
mean, variance, skewness, kurtosis, zeros, negatives, and first and last value by time, and write them to a Parquet file. Means
are compared before times are. Every run is a process of its own; seconds are the whole process.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DUCKDB = """
import duckdb, sys
con = duckdb.connect(); con.execute(f"SET threads = {sys.argv[2]}")
con.execute(f'''COPY (SELECT id, count(*) AS rows, count(*) FILTER (v IS NULL) AS nulls, min(v) AS lo, max(v) AS hi, avg(v) AS mean,
  var_samp(v) AS variance, skewness(v) AS skewness, kurtosis(v) AS kurtosis, count(*) FILTER (v = 0) AS zeros,
  count(*) FILTER (v < 0) AS negatives, arg_min(v, ts) AS first, arg_max(v, ts) AS last
  FROM read_parquet('{sys.argv[1]}/*.parquet') GROUP BY id) TO '{sys.argv[3]}' (FORMAT parquet)''')
"""
POLARS = """
import os, sys
os.environ["POLARS_MAX_THREADS"] = sys.argv[2]
import polars as pl
v = pl.col("v")
pl.scan_parquet(sys.argv[1] + "/*.parquet").group_by("id").agg(pl.len().alias("rows"), v.null_count().alias("nulls"),
  v.min().alias("lo"), v.max().alias("hi"), v.mean().alias("mean"), v.var().alias("variance"),
  v.skew(bias=False).alias("skewness"), v.kurtosis(bias=False).alias("kurtosis"), (v == 0).sum().alias("zeros"),
  (v < 0).sum().alias("negatives"), v.sort_by("ts").first().alias("first"), v.sort_by("ts").last().alias("last")
  ).sink_parquet(sys.argv[3])
"""
SHAPES = {
    "hundredths": "round(random() * 1000, 2)",
    "whole numbers": "floor(random() * 1000)",
    "full doubles": "sqrt(-2 * ln(random() + 1e-18)) * cos(6.283185307179586 * random())",
}


def say(text):
    print(text, file=sys.stderr, flush=True)


def make(folder, value, rows, series, files):
    import duckdb
    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    length = rows // series
    con = duckdb.connect()
    con.execute("SET threads = 2; SELECT setseed(0.5)")
    for f in range(files):
        low, high = f * series // files, (f + 1) * series // files
        con.execute(f"COPY (SELECT 's' || lpad(i::VARCHAR, 8, '0') AS id, TIMESTAMP '2020-01-01' + to_hours(j::INT) AS ts, "
                    f"{value} AS v FROM range({low}, {high}) a(i), range({length}) b(j) ORDER BY i, j) "
                    f"TO '{folder}/{f:03}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    (folder / "done").touch()


def timed(command):
    """Wall seconds, processor seconds and peak memory in MiB of one process."""
    before = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - before
    assert status in (0, 3 << 8), f"{command}: {status}"
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def best(command, repeats, clean):
    runs = []
    for _ in range(repeats + 1):  # the first one warms the page cache
        for path in clean:
            subprocess.run(["rm", "-rf", path], check=True)
        runs.append(timed(command))
    return min(runs[1:])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("build", type=Path)
    p.add_argument("--rows", type=int, default=10_000_000)
    p.add_argument("--series", type=int, default=10_000)
    p.add_argument("--files", type=int, default=10)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--repeats", type=int, default=2)
    p.add_argument("--shape", action="append", choices=list(SHAPES))
    p.add_argument("--cache", type=Path, default=Path(os.environ.get("TSI_BENCH_CACHE", ".deps/bench")))
    p.add_argument("--make", action="store_true", help="only make the files")
    a = p.parse_args()
    import polars as pl
    if not a.make:
        print("| values | rows | series | ts-indexer: s wall / CPU, MiB | DuckDB | Polars | wall: DuckDB / ours, Polars / ours |")
        print("|---|---:|---:|---|---|---|---|")
    for name in a.shape or SHAPES:
        folder = a.cache / f"values-{name.replace(' ', '-')}-{a.rows}-{a.series}-{a.files}"
        make(folder, SHAPES[name], a.rows, a.series, a.files)
        if a.make:
            continue
        with tempfile.TemporaryDirectory() as work:
            say(f"{name}: {folder}")
            database = f"{work}/c.db"
            ours = best([str(a.build / "ts-indexer"), "index", str(folder), "--database", database, "--depth", "values"], a.repeats,
                        [database, f"{database}.search"])
            peers, answers = {}, {}
            for peer, script in (("duckdb", DUCKDB), ("polars", POLARS)):
                out = f"{work}/{peer}.parquet"
                peers[peer] = best([sys.executable, "-c", script, str(folder), str(a.threads), out], a.repeats, [])
                answers[peer] = pl.read_parquet(out).sort("id")
            import duckdb
            with duckdb.connect(database, read_only=True) as con:
                got = con.sql("SELECT series_id AS id, mean, rows FROM series_values WHERE target = 'v' ORDER BY id").pl()
            for peer, answer in answers.items():
                assert (answer["id"] == got["id"]).all() and (answer["rows"] == got["rows"]).all(), f"{peer} has other series"
                assert ((answer["mean"] - got["mean"]).abs() < 1e-9 * (1 + got["mean"].abs())).all(), f"{peer} has other means"
        cell = "{0[0]:.2f} / {0[1]:.2f}, {0[2]:.0f}".format
        print(f"| {name} | {a.rows / 1e6:g} M | {len(got):,} | {cell(ours)} | {cell(peers['duckdb'])} | {cell(peers['polars'])} | "
              f"{peers['duckdb'][0] / ours[0]:.2f}, {peers['polars'][0] / ours[0]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
