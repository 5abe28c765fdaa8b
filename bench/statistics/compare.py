"""The depths of a run against DuckDB and Polars: the whole job, from Parquet files to a table of figures on disk.

    compare.py BUILD_DIR [--depth D]... [--rows N]... [--series N]... [--values SHAPE]... [--repeats N] [--make]

Ours is `ts-indexer index --depth D` with everything that depth gives: the catalog with its spans and states, the search index;
at depth `values` exact moments, flat runs, fingerprints at fourteen resolutions and sparklines too. What the peers compute
stands in peers.py: at each depth the figures that both sides have. DuckDB writes a table of a database file, Polars a Parquet file.

The figures are compared before the times are taken. Every run is a process of its own, warm; the best of the repeats counts.
Seconds, processor seconds and peak memory are of the whole process; MB is what it read by calls, less what the peer reads by
merely starting (the modules of Python); what is mapped is not seen in it.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import answers

DEPTHS = ["files", "series", "time", "values"]
PEERS = ["duckdb", "polars"]
SHAPES = {
    "hundredths": "round(random() * 1000, 2)",
    "whole": "floor(random() * 1000)",
    "doubles": "sqrt(-2 * ln(random() + 1e-18)) * cos(6.283185307179586 * random())",
}


def say(text):
    print(text, file=sys.stderr, flush=True)


def make(folder, value, rows, series, files):
    import duckdb
    done = folder.with_suffix(".done")
    if done.exists():
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
    done.touch()


def bytes_read():
    """By this process and the children that it has waited for."""
    with open("/proc/self/io") as f:
        return int(f.readline().split()[1])


def timed(command):
    """Wall seconds, processor seconds, peak memory in MiB and MB read of one process."""
    read, before = bytes_read(), time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    talk = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - before
    if status:
        sys.exit(f"{command}: {status}\n{talk.decode()}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, (bytes_read() - read - len(talk)) / 1e6


def once(command, clean):
    for path in clean:
        subprocess.run(["rm", "-rf", path], check=True)
    return timed(command)


def cell(t):
    return f"{t[0]:.2f} / {t[1]:.2f}, {t[2]:.0f}, {t[3]:.1f}"


def peer_command(a, peer, depth, folder, out):
    return [sys.executable, str(Path(__file__).with_name("peers.py")), peer, depth, str(folder), str(a.threads), out]


def compare(a, folder, depth, work):
    """The best run of each side, after their answers were found to be the same ones."""
    database = f"{work}/c.db"
    runs = {"ours": ([str(a.build / "ts-indexer"), "index", str(folder), "--database", database, "--depth", depth],
                     [database, f"{database}.search"])}
    for peer in PEERS:
        out = f"{work}/{peer}"
        runs[peer] = (peer_command(a, peer, depth, folder, out), [out])
    first = {who: once(command, clean) for who, (command, clean) in runs.items()}
    answers.check(depth, database, {peer: f"{work}/{peer}" for peer in PEERS})
    best = {}
    for who, (command, clean) in runs.items():
        best[who] = min((once(command, clean) for _ in range(a.repeats)), default=first[who])
    for peer in PEERS:
        start = once(peer_command(a, peer, "start", folder, "-"), [])
        best[peer] = (*best[peer][:3], max(0, best[peer][3] - start[3]))
    return best


def row(a, shape, rows, series, depth):
    folder = a.cache / f"statistics-{shape}-{rows}-{series}-{a.files}"
    make(folder, SHAPES[shape], rows, series, a.files)
    if a.make:
        return
    say(f"{depth}: {folder}")
    with tempfile.TemporaryDirectory(dir=a.work) as work:
        t = compare(a, folder, depth, work)
    ratios = " | ".join(f"{t[p][0] / t['ours'][0]:.2f} / {t[p][1] / t['ours'][1]:.2f}" for p in PEERS)
    print(f"| {depth} | {shape} | {rows / 1e6:g} M | {series:,} | {cell(t['ours'])} | {cell(t['duckdb'])} | {cell(t['polars'])} | "
          f"{ratios} |", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("build", type=Path)
    p.add_argument("--depth", action="append", choices=DEPTHS)
    p.add_argument("--rows", action="append", type=int)
    p.add_argument("--series", action="append", type=int)
    p.add_argument("--values", action="append", choices=list(SHAPES))
    p.add_argument("--files", type=int, default=10)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--cache", type=Path, default=Path(os.environ.get("TSI_BENCH_CACHE", ".deps/bench")))
    p.add_argument("--work", help="where the results are written (default: the temporary folder)")
    p.add_argument("--make", action="store_true", help="only make the files")
    a = p.parse_args()
    if not a.make:
        print("| depth | values | rows | series | ts-indexer: s wall / CPU, MiB, MB | DuckDB | Polars | DuckDB / ours | Polars / ours |")
        print("|---|---|---:|---:|---|---|---|---:|---:|")
    for rows in a.rows or [1_000_000, 10_000_000]:
        for series in a.series or [10_000, 1_000_000]:
            if series >= rows:
                say(f"{series} series of {rows} rows: an id has to repeat to be found without metadata")
                continue
            for shape in a.values or ["hundredths"]:
                for depth in a.depth or DEPTHS if not a.make else ["files"]:
                    row(a, shape, rows, series, depth)


if __name__ == "__main__":
    main()
