"""One engine in one process: python engines.py ENGINE < request.json > answer.json

The request names the files, the key columns, the time column or null, the threads, the repeats, and where to put the
result as Parquet. A process of its own, because thread counts are set at start and allocators remember.
"""

import json
import os
import sys
import time


def polars_query(q):
    os.environ["POLARS_MAX_THREADS"] = str(q["threads"])
    import polars as pl

    assert pl.thread_pool_size() == q["threads"]
    aggregates = [pl.len().alias("rows")]
    if q["time"]:
        aggregates += [pl.col(q["time"]).min().alias("lo"), pl.col(q["time"]).max().alias("hi")]

    def run(engine):
        plan = pl.scan_parquet(q["files"]).group_by(q["ids"]).agg(aggregates)
        return plan.collect(engine=engine).to_arrow()

    # Polars has two engines, and which of them is faster depends on the shape: the faster one counts.
    took = {e: timed(lambda e=e: run(e))[1]["wall"] for e in ("streaming", "in-memory")}
    best = min(took, key=took.get)
    return lambda: run(best)


def duckdb_query(q):
    import duckdb

    con = duckdb.connect()
    con.execute(f"SET threads = {q['threads']}")
    key = ", ".join(f'"{c}"' for c in q["ids"])
    bounds = f', min("{q["time"]}") AS lo, max("{q["time"]}") AS hi' if q["time"] else ""
    sql = f"SELECT {key}, count(*) AS rows{bounds} FROM read_parquet(?) GROUP BY ALL"
    return lambda: con.sql(sql, params=[q["files"]]).to_arrow_table()


def pyarrow_query(q):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds
    from pyarrow import acero

    pa.set_cpu_count(q["threads"])
    pa.set_io_thread_count(q["threads"])
    dataset = ds.dataset(q["files"], format="parquet")
    aggregates = [([], "hash_count_all", None, "rows")]
    if q["time"]:
        aggregates += [(q["time"], "hash_min", None, "lo"), (q["time"], "hash_max", None, "hi")]
    columns = q["ids"] + ([q["time"]] if q["time"] else [])
    plan = acero.Declaration.from_sequence([
        acero.Declaration("scan", acero.ScanNodeOptions(
            dataset, columns={c: pc.field(c) for c in columns})),
        acero.Declaration("project", acero.ProjectNodeOptions(
            [pc.field(c) for c in columns], columns)),
        acero.Declaration("aggregate", acero.AggregateNodeOptions(aggregates, keys=q["ids"])),
    ])
    return lambda: plan.to_table(use_threads=q["threads"] > 1)


def clickhouse_query(q):
    from chdb.session import Session

    session = Session()
    session.query(f"SET max_threads = {q['threads']}")
    key = ", ".join(f'"{c}"' for c in q["ids"])
    bounds = f', min("{q["time"]}") AS lo, max("{q["time"]}") AS hi' if q["time"] else ""
    # One directory holds the files of a shape and nothing else.
    files = os.path.join(os.path.dirname(os.path.abspath(q["files"][0])), "*.parquet")
    sql = f"SELECT {key}, count() AS rows{bounds} FROM file('{files}', Parquet) GROUP BY {key}"
    import pyarrow as pa

    def run():
        reader = pa.ipc.open_file(pa.BufferReader(session.query(sql, "Arrow").bytes()))
        return reader.read_all()

    return run


def bytes_read():
    """What this process asked read and pread for; nothing where a file is mapped."""
    with open("/proc/self/io", encoding="ascii") as f:
        return int(f.readline().split()[1])


def timed(run):
    before, wall, cpu = bytes_read(), time.perf_counter(), time.process_time()
    table = run()
    return table, {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu,
                   "bytes": bytes_read() - before}


def write_result(table, q):
    """Key columns, rows, and the bounds as microseconds."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {c: table[c].cast(pa.string()) for c in q["ids"]}
    columns["rows"] = table["rows"].cast(pa.int64())
    if q["time"]:
        for c in ("lo", "hi"):
            columns[c] = table[c].cast(pa.timestamp("us")).cast(pa.int64())
    pq.write_table(pa.table(columns), q["result"])


def main():
    q = json.load(sys.stdin)
    make = {"polars": polars_query, "duckdb": duckdb_query, "pyarrow": pyarrow_query,
            "clickhouse": clickhouse_query}[sys.argv[1]]
    run = make(q)
    table, first = timed(run)  # warms the page cache up; its bytes count, its time does not
    write_result(table, q)
    del table
    best = None
    for _ in range(q["repeats"]):
        table, t = timed(run)
        best = t if best is None else {k: min(best[k], t[k]) for k in t}
        del table
    json.dump({**best, "bytes": first["bytes"]}, sys.stdout)


if __name__ == "__main__":
    main()
