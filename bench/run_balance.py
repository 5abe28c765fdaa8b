#!/usr/bin/env python3
"""Balance and memory of a run: how much longer it takes than its work divided by its workers, and what it holds.

    bench/run_balance.py --build build/release [--files 160] [--singles 100] [--small 20000]

Balance: one dataset of many files and many datasets of one file, from a directory. The work is the processor time of a run with
one request in flight; the bound is work / cores. Memory: many small files, and one large file, under --memory 256MiB. Prints
one line of JSON a measurement. The reader of the files is the page cache: it measures scheduling, not disks.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def run(program, data, database, *more):
    """The summary of one fresh run."""
    for path in Path(database).parent.glob(Path(database).name + "*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    summary = Path(database).with_suffix(".json")
    subprocess.run([program, "index", data, "--database", database, "--quiet", "--summary", summary, *more], check=True)
    return json.loads(summary.read_text())


def copy(duck, query, path, options=""):
    sql = f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd{options})"
    subprocess.run([duck, ":memory:", "-"], input=sql.encode(), check=True, stdout=subprocess.DEVNULL)


def series(n, length, first=0):
    """Interleaved ids, so that there is something to decode."""
    return (f"SELECT 's' || ((i * 7919) % {n} + {first}) AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 MINUTE * j AS "
            f"timestamp, random() AS target FROM range({length}) b(j), range({n}) a(i)")


def balance(options, folder, program, duck):
    data = folder / "balance"
    (data / "many").mkdir(parents=True)
    copy(duck, series(200, 1500), folder / "seed.parquet")
    for i in range(options.files):
        shutil.copyfile(folder / "seed.parquet", data / "many" / f"part-{i:04}.parquet")
    for i in range(options.singles):
        (data / f"single{i:03}").mkdir()
        shutil.copyfile(folder / "seed.parquet", data / f"single{i:03}" / "part.parquet")
    cores = os.cpu_count()
    one = min((run(program, data, folder / "c.db", "--concurrency", "1") for _ in range(3)),
              key=lambda s: s["phase_seconds"]["reading"])
    for concurrency in (1, 2, 4, 8, 16):
        s = min((run(program, data, folder / "c.db", "--concurrency", str(concurrency)) for _ in range(3)),
                key=lambda s: s["phase_seconds"]["reading"])
        reading = s["phase_seconds"]["reading"]
        print(json.dumps({"what": "balance", "files": options.files + options.singles, "concurrency": concurrency,
                          "cores": cores, "reading_seconds": round(reading, 3), "seconds": round(s["seconds"], 3),
                          "cpu_seconds": round(s["cpu_seconds"], 3),
                          "of_one": round(one["phase_seconds"]["reading"] / reading, 2)}), flush=True)


def memory(options, folder, program, duck):
    small = folder / "small" / "d"
    small.mkdir(parents=True)
    copy(duck, series(3, 20), folder / "tiny.parquet")
    for i in range(options.small):
        os.link(folder / "tiny.parquet", small / f"part-{i:06}.parquet")
    large = folder / "large" / "d"
    large.mkdir(parents=True)
    copy(duck, series(1000, options.large_rows // 1000), large / "large.parquet", ", ROW_GROUP_SIZE 1000000")
    for name in ("small", "large"):
        size = sum(p.stat().st_size for p in (folder / name).rglob("*.parquet"))
        for limit in ("256MiB", "2GiB"):
            s = run(program, folder / name, folder / "m.db", "--memory", limit)
            print(json.dumps({"what": "memory", "corpus": name, "files": s["files_read"], "bytes": size, "memory": limit,
                              "peak_mib": s["peak_memory_bytes"] >> 20, "seconds": round(s["seconds"], 2)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--files", type=int, default=160)
    parser.add_argument("--singles", type=int, default=100)
    parser.add_argument("--small", type=int, default=20_000)
    parser.add_argument("--large-rows", type=int, default=50_000_000)
    options = parser.parse_args()
    program, duck = options.build.resolve() / "ts-indexer", options.build.resolve() / "tests" / "test_duck"
    folder = Path(tempfile.mkdtemp(prefix="tsi-bench-"))
    try:
        balance(options, folder, program, duck)
        memory(options, folder, program, duck)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
