"""Compare bench_ids with Polars, DuckDB, pyarrow and ClickHouse (chdb): SELECT id, count(*)[, min(ts), max(ts)] GROUP BY id.

    compare.py BUILD_DIR [--rows N] [--files N] [--full] [--threads N] [--shape NAME] [--callgrind]

Every engine runs in a process of its own on the same files with the same threads; the results are compared row by row
before any time is printed. The table goes to stdout as Markdown, progress to stderr.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import polars as pl

import shapes

HERE = Path(__file__).resolve().parent
# ClickHouse where chdb is installed: it is not part of the set-up, because it is larger than all the others together.
PEERS = ["polars", "duckdb", "pyarrow"] + (["clickhouse"] if find_spec("chdb") else [])
# The collection that the shapes come from: 59 files of 1.63 million rows.
FULL_FILES, FULL_ROWS = 59, 59 * 1_630_000


def say(text):
    print(text, file=sys.stderr, flush=True)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("build", type=Path, help="build directory that has bench/bench_ids")
    p.add_argument("--rows", type=int, default=16_000_000, help="of the largest shapes")
    p.add_argument("--files", type=int, default=10)
    p.add_argument("--full", action="store_true", help="59 files of 1.63 M rows")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--shape", action="append", help="only this one; may be repeated")
    p.add_argument("--peer", action="append", help="only this one; may be repeated")
    p.add_argument("--cache", default=os.environ.get("TSI_BENCH_CACHE", ".deps/bench"))
    p.add_argument("--callgrind", action="store_true", help="also count instructions, of one small file a shape")
    a = p.parse_args()
    if a.full:
        a.files, a.rows = FULL_FILES, FULL_ROWS
    return a


def our_command(build, shape, time, threads, repeats):
    ids = [x for c in shape.ids for x in ("-i", c)]
    when = ["-t", "ts"] if time else []
    return [str(build / "bench" / "bench_ids"), "-n", str(threads), "-r", str(repeats), *ids, *when]


def run_ours(a, shape, files, time, work):
    dump = work / "ours.tsv"
    command = our_command(a.build, shape, time, a.threads, a.repeats) + ["-d", str(dump), *files]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    names = ["key", "rows"] + (["lo", "hi"] if time else [])
    schema = {n: pl.String if n == "key" else pl.Int64 for n in names}
    result = pl.read_csv(dump, separator="\t", has_header=False, schema=schema, quote_char=None)
    return answer, result.sort("key")


def run_peer(a, name, shape, files, time, work):
    request = {"files": files, "ids": list(shape.ids), "time": "ts" if time else None,
               "threads": a.threads, "repeats": a.repeats, "result": str(work / "peer.parquet")}
    out = subprocess.run([sys.executable, str(HERE / "engines.py"), name], check=True,
                         input=json.dumps(request).encode(), stdout=subprocess.PIPE).stdout
    # The shapes' ids hold no '|' and no backslash, so that joined they are the text that we give a key.
    key = pl.concat_str(list(shape.ids), separator="|").alias("key")
    result = pl.read_parquet(request["result"]).select(key, pl.all().exclude(shape.ids))
    return json.loads(out), result.sort("key")


def megabytes(n):
    return f"{n / 1e6:,.1f}"


def compare(a, shape, time, files, work):
    """One line of the table."""
    ours, expected = run_ours(a, shape, files, time, work)
    label = f"{shape.text}{'; + time' if time else ''}"
    cells = [label, f"{ours['rows'] / 1e6:.1f} M", f"{ours['series']:,}",
             f"{ours['wall'] * 1e3:,.0f} / {ours['cpu'] * 1e3:,.0f}", megabytes(ours["bytes"])]
    for name in a.peer or PEERS:
        peer, result = run_peer(a, name, shape, files, time, work)
        if not result.equals(expected):
            sys.exit(f"{name} and bench_ids disagree on {label}")
        ratios = [f"{peer[t] / ours[t]:.2f}" for t in ("wall", "cpu")]
        # Where a file is mapped into memory, no read call tells how much of it was used.
        cells += [" / ".join(ratios),
                  megabytes(peer["bytes"]) if peer["bytes"] > ours["bytes"] / 4 else "mapped"]
    say(" | ".join(cells))
    return cells


def table(a, lines):
    head = ["shape", "rows", "series", "ms (wall / CPU)", "MB"]
    for name in a.peer or PEERS:
        head += [name, "MB"]
    for cells in [head, ["---", *["---:"] * (len(head) - 1)], *lines]:
        print("| " + " | ".join(cells) + " |")


def instructions(build, shape, files, time):
    """Instructions of one warm-less round, all of bench_ids included."""
    with tempfile.NamedTemporaryFile() as out:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}"]
        command += our_command(build, shape, time, 1, 0) + files
        err = subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
    return int(re.search(rb"Collected : (\d+)", err)[1])


def callgrind(a):
    print("\n| shape, 1 file of 400,000 rows, or of its share of them | instructions | a row |\n|---|---:|---:|")
    for shape in shapes.SHAPES:
        if a.shape and shape.name not in a.shape:
            continue
        files = shapes.generate(shape, a.cache, 400_000, 1)
        for time in [False, True] if shape.timed else [False]:
            n = instructions(a.build, shape, files, time)
            label = f"{shape.text}{'; + time' if time else ''}"
            print(f"| {label} | {n / 1e6:,.1f} M | {n / (400_000 * shape.share):,.1f} |")


def main():
    a = arguments()
    lines = []
    with tempfile.TemporaryDirectory(prefix="bench-ids-") as d:
        for shape in shapes.SHAPES:
            if a.shape and shape.name not in a.shape:
                continue
            say(f"{shape.name}: files")
            files = shapes.generate(shape, a.cache, a.rows, a.files)
            depths = [False, True] if shape.timed else [False]
            lines += [compare(a, shape, time, files, Path(d)) for time in depths]
    print(f"Threads: {a.threads}. "
          "Ratios (wall / CPU): the engine's time over ours; above 1 it takes longer.\n")
    table(a, lines)
    if a.callgrind:
        callgrind(a)


if __name__ == "__main__":
    main()
