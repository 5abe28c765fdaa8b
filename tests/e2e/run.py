#!/usr/bin/env python3
"""Run the end-to-end tests: every function test_* of every tests/e2e/test_*.py, one line each.

    run.py --build build/dev [WORD...]     WORDs choose tests whose name holds one of them

A test takes one argument, the `T` of support.py. It passes when it returns, is skipped when it raises Skip(reason), and
fails when it raises anything else. Only the standard library is needed; what a machine lacks is skipped by name.
"""
import argparse
import importlib
import signal
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import s3  # noqa: E402
from secrets_check import WATCH  # noqa: E402
from support import Skip, T  # noqa: E402

# No test of ours works longer than a few seconds; a hang must not eat the time of the others.
TIMEOUT_SECONDS = 180


class TimedOut(BaseException):
    """Not an Exception, so that no test catches it by accident."""


def on_alarm(_signal, _frame):
    raise TimedOut(f"took longer than {TIMEOUT_SECONDS} s")


def on_terminate(_signal, _frame):
    sys.exit(143)


def discover(words):
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, function in list(vars(module).items()):
            full = f"{path.stem[5:]}.{name[5:]}"
            if name.startswith("test_") and callable(function) and function.__module__ == path.stem:
                if not words or any(w in full for w in words):
                    yield full, function


def run_one(name, function, build):
    """'passed', 'failed' or 'skipped', and prints the test's line."""
    began = time.monotonic()
    verdict, remark = "passed", ""
    t = T(build, name)
    try:
        signal.alarm(getattr(function, "timeout", TIMEOUT_SECONDS))
        function(t)
    except Skip as reason:
        verdict, remark = "skipped", str(reason)
    except (Exception, TimedOut) as fault:  # pylint: disable=broad-except
        verdict = "failed"
        remark = "" if isinstance(fault, AssertionError) else f"{type(fault).__name__}: {fault}"
        traceback.print_exc(file=sys.stdout)
        t.explain(sys.stdout)
    finally:
        signal.alarm(0)
        t.close(keep=verdict == "failed")
    mark = {"passed": "ok  ", "failed": "FAIL", "skipped": "SKIP"}[verdict]
    print(f"{mark} {name} ({time.monotonic() - began:.1f} s){': ' if remark else ''}{remark}", flush=True)
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--counts", type=Path, help="write 'passed failed skipped' here")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, on_alarm)
    signal.signal(signal.SIGTERM, on_terminate)
    # A shell starts what runs in the background with SIGINT ignored, and what it starts would ignore it, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        for name, function in discover(options.words):
            counts[run_one(name, function, options.build.resolve())] += 1
        # After all others, for it looks at what they printed.
        if sum(counts.values()):
            counts[run_one("secrets.none_was_printed", lambda _t: print("     " + WATCH.verdict(options.build)),
                           options.build.resolve())] += 1
    finally:
        s3.stop_shared()
    print(f"e2e: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    if options.counts:
        options.counts.write_text(f"{counts['passed']} {counts['failed']} {counts['skipped']}\n")
    # A run of no test proves nothing.
    return 1 if counts["failed"] or not sum(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
