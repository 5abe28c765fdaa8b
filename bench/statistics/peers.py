"""One run of a peer: peers.py duckdb|polars start|files|series|time|values FOLDER THREADS OUT."""
import os
import sys

# Steps are taken in order of time, as ours are; DuckDB's spelling of that is a window.
STEPS = "SELECT *, epoch_us(ts - lag(ts) OVER (PARTITION BY id ORDER BY ts)) AS step FROM read_parquet($files)"
TIME = "min(ts) AS first, max(ts) AS last, mode(step) AS step, max(step) AS longest, count(*) FILTER (step = 0) AS duplicates"
VALUES = """count(*) FILTER (v IS NULL) AS nulls, min(v) AS lo, max(v) AS hi, avg(v) AS mean, var_samp(v) AS variance,
  skewness(v) AS skewness, kurtosis(v) AS kurtosis, count(*) FILTER (v = 0) AS zeros, count(*) FILTER (v < 0) AS negatives,
  arg_min(v, ts) AS first_value, arg_max(v, ts) AS last_value"""
SQL = {
    "files": "SELECT file_name, num_rows AS rows, num_row_groups FROM parquet_file_metadata($files)",
    "series": "SELECT id, count(*) AS rows FROM read_parquet($files) GROUP BY id",
    "time": f"SELECT id, count(*) AS rows, {TIME} FROM ({STEPS}) GROUP BY id",
    "values": f"SELECT id, count(*) AS rows, {TIME}, {VALUES} FROM ({STEPS}) GROUP BY id",
}


def run_duckdb(depth, folder, threads, out):
    import duckdb
    if depth == "start":
        return
    with duckdb.connect(out) as con:
        con.execute(f"SET threads = {threads}; SET preserve_insertion_order = false")
        con.execute("CREATE TABLE figures AS " + SQL[depth].replace("$files", f"'{folder}/*.parquet'"))


def figures(pl, depth):
    wanted = [pl.len().alias("rows")]
    if depth in ("time", "values"):
        ts, step = pl.col("ts"), pl.col("ts").sort().diff().drop_nulls().dt.total_microseconds()
        wanted += [ts.min().alias("first"), ts.max().alias("last"), step.mode().first().alias("step"),
                   step.max().alias("longest"), (step == 0).sum().alias("duplicates")]
    if depth == "values":
        v, by_time = pl.col("v"), pl.col("v").sort_by("ts")
        wanted += [v.null_count().alias("nulls"), v.min().alias("lo"), v.max().alias("hi"), v.mean().alias("mean"),
                   v.var().alias("variance"), v.skew(bias=False).alias("skewness"), v.kurtosis(bias=False).alias("kurtosis"),
                   (v == 0).sum().alias("zeros"), (v < 0).sum().alias("negatives"), by_time.first().alias("first_value"),
                   by_time.last().alias("last_value")]
    return wanted


def run_polars(depth, folder, threads, out):
    os.environ["POLARS_MAX_THREADS"] = threads
    import polars as pl
    if depth == "start":
        return
    rows = pl.scan_parquet(f"{folder}/*.parquet", include_file_paths="file_name" if depth == "files" else None)
    by = "file_name" if depth == "files" else "id"
    rows.group_by(by).agg(figures(pl, depth)).sink_parquet(out)


if __name__ == "__main__":
    {"duckdb": run_duckdb, "polars": run_polars}[sys.argv[1]](*sys.argv[2:])
