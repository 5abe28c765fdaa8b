#!/usr/bin/env python3
"""Balance and memory of a run: how much longer it takes than its work divided by its workers, and what it holds.

    bench/run_balance.py --build build/release [--only balance|memory|latency|ids] [--files 160] [--singles 100] [--small 20000] [--data DIR]

Balance: one dataset of many files, many datasets of one file, and one large file, from a directory. Measured is the time from
the first file to the last thing recorded; the work is the processor time of all threads in it, the bound work / cores. Memory: many small files, and one large file, under --memory 256MiB. Latency: files of three
requests each behind a server whose answers come 50 ms late, for 1 to 128 requests in flight and for as many as the program
chooses; so many files that each place in flight reads about as many. Ids (only where asked for): as many series of one row in ten
files, within --ids-memory. Prints one line of JSON a
measurement. The reader of the files is the page cache: it measures scheduling, not disks. With --data what lies in DIR is measured
and stays there (and is made where it is missing): making a large file takes longer than reading it, and need not be waited for
on a machine that is to be quiet.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


# Names that a file may have: ext4 takes 65,000.
LINKS_MAX = 50_000
IN_FLIGHT = (1, 2, 4, 8, 16, 32, 64, 128)


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


def wide(n, length, columns=9):
    """The same with columns that nobody reads, each value another one: what makes files large."""
    more = "".join(f", hash(i * {k} + j * 1000003)::DOUBLE / 3 AS v{k}" for k in range(1, columns + 1))
    return (f"SELECT 's' || ((i * 7919) % {n}) AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 MINUTE * j AS timestamp{more} "
            f"FROM range({length}) b(j), range({n}) a(i)")


def series(n, length, first=0):
    """Interleaved ids, so that there is something to decode."""
    return (f"SELECT 's' || ((i * 7919) % {n} + {first}) AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 MINUTE * j AS "
            f"timestamp, random() AS target FROM range({length}) b(j), range({n}) a(i)")


def make_balance(options, folder, data, duck):
    (data / "many").mkdir(parents=True)
    copy(duck, series(200, 1500), folder / "seed.parquet")
    for i in range(options.files):
        shutil.copyfile(folder / "seed.parquet", data / "many" / f"part-{i:04}.parquet")
    for i in range(options.singles):
        (data / f"single{i:03}").mkdir()
        shutil.copyfile(folder / "seed.parquet", data / f"single{i:03}" / "part.parquet")
    if options.large_rows:
        (data / "large").mkdir()
        copy(duck, wide(1000, options.large_rows // 1000), data / "large" / "large.parquet", ", ROW_GROUP_SIZE 500000")


def balance(options, folder, program, duck):
    data = folder / "balance"
    if not data.exists():
        make_balance(options, folder, data, duck)
    if not options.rounds:
        return
    files = sorted(data.rglob("*.parquet"))
    cores = os.cpu_count()

    def both(phases):
        return phases["reading"] + phases["recording"]

    def reading(summary):
        return both(summary["phase_seconds"])

    def best(concurrency):
        return min((run(program, data, folder / "c.db", "--concurrency", concurrency) for _ in range(options.rounds)),
                   key=reading)

    one = best("1")
    for concurrency in options.concurrency:
        s = one if concurrency == "1" else best(concurrency)
        work = both(s["phase_cpu_seconds"])
        print(json.dumps({"what": "balance", "files": len(files), "largest_bytes": max(p.stat().st_size for p in files),
                          "concurrency": concurrency, "cores": cores, "reading_seconds": round(reading(s), 3),
                          "seconds": round(s["seconds"], 3), "cpu_seconds": round(s["cpu_seconds"], 3),
                          "work_over_cores": round(work / cores, 3), "of_bound": round(reading(s) / (work / cores), 3),
                          "of_one": round(reading(one) / reading(s), 2)}), flush=True)


def memory(options, folder, program, duck):
    small = folder / "small" / "d"
    small.mkdir(parents=True)
    for i in range(options.small):
        seed = folder / f"tiny{i // LINKS_MAX}.parquet"
        if i % LINKS_MAX == 0:
            copy(duck, series(3, 20), seed)
        os.link(seed, small / f"part-{i:06}.parquet")
    large = folder / "large" / "d"
    large.mkdir(parents=True)
    copy(duck, wide(1000, options.large_rows // 1000), large / "large.parquet", ", ROW_GROUP_SIZE 500000")
    for name in ("small", "large"):
        size = sum(p.stat().st_size for p in (folder / name).rglob("*.parquet"))
        for limit in ("256MiB", "2GiB"):
            s = run(program, folder / name, folder / "m.db", "--memory", limit)
            print(json.dumps({"what": "memory", "corpus": name, "files": s["files_read"], "bytes": size, "memory": limit,
                              "peak_mib": s["peak_memory_bytes"] >> 20, "seconds": round(s["seconds"], 2)}), flush=True)


def ids(options, folder, program, duck):
    data = folder / "ids" / "d"
    data.mkdir(parents=True, exist_ok=True)
    # A key that no two rows share is not taken for one unless metadata say so.
    (data / "d_metadata.yaml").write_text("name: d\nts_id:\n  - name: item_id\n    type: str\ntime_column: timestamp\n")
    each = options.ids // 10
    for i in range(10):
        if not (path := data / f"part-{i}.parquet").exists():
            copy(duck, f"SELECT 's' || substr(md5(i::VARCHAR), 1, 16) AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 MINUTE * i "
                 f"AS timestamp, i::DOUBLE AS target FROM range({i * each}, {(i + 1) * each}) t(i)", path)
    for depth in ("series", "time"):
        s = run(program, folder / "ids", folder / "i.db", "--memory", options.ids_memory, "--depth", depth)
        print(json.dumps({"what": "ids", "series": s["series"], "depth": depth, "memory": options.ids_memory, "peak_mib": s["peak_memory_bytes"] >> 20,
                          "seconds": round(s["seconds"], 1), "cpu_seconds": round(s["cpu_seconds"], 1)}), flush=True)


def latency(options, folder, program, duck):
    data = folder / "latency" / "d"
    data.mkdir(parents=True, exist_ok=True)
    copy(duck, wide(20, 1000), folder / "medium.parquet", ", ROW_GROUP_SIZE 20480")
    for i in range(options.latency_files * IN_FLIGHT[-1]):
        if not (data / f"part-{i:04}.parquet").exists():
            os.link(folder / "medium.parquet", data / f"part-{i:04}.parquet")
    command = [sys.executable, Path(__file__).with_name("latency_server.py"), folder / "latency"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            for in_flight in IN_FLIGHT:
                one_latency(options.latency_files * in_flight, folder, program, address, in_flight)
            one_latency(options.latency_files * IN_FLIGHT[-1], folder, program, address, 0)
        finally:
            server.terminate()  # leaving `with` waits for it


def one_latency(files, folder, program, address, in_flight):
    more = ["--concurrency", str(in_flight)] if in_flight else []
    s = run(program, "s3://bench/", folder / "l.db", "--endpoint-url", address, "--no-sign-request", "--max-files", str(files), *more)
    reading, requests = s["phase_seconds"]["reading"], s["counters"]["requests_get"]
    busy = requests * 0.05 / (reading * in_flight) if in_flight else None
    print(json.dumps({"what": "latency", "files": files, "in_flight": in_flight or "auto",
                      "requests": requests, "reading_seconds": round(reading, 2),
                      "requests_per_second": round(requests / reading, 1),
                      "utilisation": busy and round(busy, 3), "cpu_seconds": round(s["cpu_seconds"], 2)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--files", type=int, default=160)
    parser.add_argument("--singles", type=int, default=100)
    parser.add_argument("--small", type=int, default=20_000)
    parser.add_argument("--large-rows", type=int, default=30_000_000, help="of the large file: 72 bytes each")
    parser.add_argument("--latency-files", type=int, default=30, help="for each request in flight")
    parser.add_argument("--concurrency", nargs="+", default=("1", "2", "4", "8", "16", "auto"))
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement of balance; 0 with --data only makes it")
    parser.add_argument("--data", type=Path, help="a folder to measure in, kept")
    parser.add_argument("--ids", type=int, default=50_000_000)
    parser.add_argument("--ids-memory", default="1GiB")
    parser.add_argument("--only", choices=("balance", "memory", "latency", "ids"))
    options = parser.parse_args()
    program, duck = options.build.resolve() / "ts-indexer", options.build.resolve() / "tests" / "test_duck"
    folder = options.data or Path(tempfile.mkdtemp(prefix="tsi-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for part in (balance, memory, latency, ids):
            if options.only == part.__name__ or (not options.only and part is not ids):
                part(options, folder, program, duck)
    finally:
        if not options.data:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
