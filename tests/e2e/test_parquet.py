"""Random Parquet files of four writers, read by us as pyarrow and DuckDB read them (tests/conformance/parquet_diff.py).

TSI_PARQUET_FILES is their number (default 2,000), TSI_SEED chooses others.
"""
import os
import subprocess
import sys

from support import ROOT, Skip

# One process each: as many as the machines that run this have processors.
PARTS = 2


def test_random_files_are_read_alike(t):
    files = int(os.environ.get("TSI_PARQUET_FILES", "2000"))
    seed = os.environ.get("TSI_SEED", "1")
    env = dict(os.environ)
    arrow_rs = ROOT / ".deps" / "arrow_rs"
    if (arrow_rs / "node_modules").exists():
        env["PARQUET_DIFF_ARROW_RS"] = str(arrow_rs)
    command = [sys.executable, str(ROOT / "tests/conformance/parquet_diff.py"),
               str(t.build / "tests" / "test_parquet_dump"), str(files // PARTS)]
    parts = [subprocess.Popen([*command, f"{seed}-{part}"], cwd=t.tmp, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) for part in range(PARTS)]
    said = [part.communicate()[0] for part in parts]
    if all(part.returncode == 77 for part in parts):
        raise Skip(said[0].strip().removeprefix("skipped: "))
    for part, text in zip(parts, said):
        assert part.returncode == 0, text
    if "PARQUET_DIFF_ARROW_RS" in env:
        assert all("'arrow_rs'" in text for text in said), said


test_random_files_are_read_alike.timeout = 900
