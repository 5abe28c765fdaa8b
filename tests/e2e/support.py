"""What every end-to-end test needs: the program, the oracle, a place to write, and servers that end with the test."""
import csv
import io
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from secrets_check import WATCH

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"

# How the oracle prints NULL, so that it differs from an empty text.
NULL_TEXT = "\x01NULL"


# Variables whose values are secrets.
SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "TS_INDEXER_METRICS_TOKEN")


class Skip(Exception):
    """Raised by a test, with the reason, where this machine cannot run it."""


class Result:
    """What a command said: exit code, stdout, stderr."""

    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def json(self):
        return json.loads(self.out)

    def ndjson(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def ok(self, *codes):
        """The result itself, where the exit code is one of `codes` (default 0)."""
        assert self.code in (codes or (0,)), f"exit code {self.code}, wanted {codes or (0,)}\n{self}"
        return self

    def __str__(self):
        def tail(text):
            return text if len(text) < 4000 else "[...]" + text[-4000:]

        return (f"$ {' '.join(map(str, self.command))}\nexit code {self.code}\n"
                f"--- stdout\n{tail(self.out)}\n--- stderr\n{tail(self.err)}")


class Duck:
    """DuckDB, by its own shell program: the oracle. It shares no code with ts-indexer but libduckdb."""

    def __init__(self, program):
        self.program = program

    def execute(self, sql, database=":memory:", readonly=False):
        command = [str(self.program), str(database), "--null", NULL_TEXT] + ["--readonly"] * readonly
        done = subprocess.run(command + ["-"], input=sql.encode(), capture_output=True, check=False, timeout=150)
        assert done.returncode == 0, f"{done.stderr.decode(errors='replace')}\nin: {sql[:2000]}"
        return done.stdout.decode("utf-8", "surrogateescape")

    def rows(self, query, database=":memory:", setup=""):
        """The rows of one query as dicts of text or None."""
        # Times with a zone and nested values have no text in the C API: SQL makes it.
        text = self.execute(f"SET TimeZone = 'UTC';{setup};\nSELECT COLUMNS(*)::VARCHAR FROM ({query})",
                            database, readonly=str(database) != ":memory:")
        # The oracle ends lines with \n only, and quotes those inside a value.
        rows = csv.DictReader(io.StringIO(text, newline=""), lineterminator="\n")
        return [{k: None if v == NULL_TEXT else v for k, v in row.items()} for row in rows]

    def value(self, query, database=":memory:", setup=""):
        rows = self.rows(query, database, setup)
        assert len(rows) == 1 and len(rows[0]) == 1, f"not one value: {rows[:3]}"
        return next(iter(rows[0].values()))


class T:
    """One test: its folder, its commands. Closed by the runner."""

    def __init__(self, build, name):
        self.build, self.name = build, name
        self.tmp = Path(tempfile.mkdtemp(prefix=f"tsi-{name.replace('.', '-')}-"))
        self.program = build / "ts-indexer"
        self.duck = Duck(build / "tests" / "test_duck")
        self.last = None
        self.closers = []

    # ---- the program ----

    def environment(self, extra=None):
        """A clean one: nothing of the developer's AWS or ts-indexer settings reaches a test."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TS_INDEXER_"))}
        env.update(HOME=str(self.tmp), XDG_CONFIG_HOME=str(self.tmp / "config"), LC_ALL="C.UTF-8", TZ="UTC",
                   AWS_EC2_METADATA_DISABLED="true", NO_COLOR="1")
        env.update(extra or {})
        for name in SECRETS:
            WATCH.plant(env.get(name))
        return env

    def ti(self, *arguments, env=None, timeout=120):
        """Run ts-indexer in the test's folder."""
        command = [str(self.program), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.tmp, env=self.environment(env), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=timeout, check=False)
        self.last = Result(command, done.returncode, done.stdout.decode("utf-8", "surrogateescape"),
                           done.stderr.decode("utf-8", "surrogateescape"))
        self.check_secrets(env or {})
        WATCH.look(done.stdout + b"\n" + done.stderr, f"{self.name}: {' '.join(command[:2])}")
        return self.last

    def check_secrets(self, env):
        """What a test planted must not come out again, whatever it was that the test was about."""
        for name in SECRETS:
            value = env.get(name, "")
            if len(value) >= 8:
                assert value not in self.last.out + self.last.err, f"{name} was printed\n{self.last}"

    def start(self, *arguments, env=None):
        """Start ts-indexer and return the process; its stderr goes to err.txt in the test's folder."""
        with open(self.tmp / "err.txt", "wb") as err:
            process = subprocess.Popen([str(self.program), *map(str, arguments)], cwd=self.tmp,
                                       env=self.environment(env), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=err)
        self.closers.append(lambda: (process.poll() is None and process.kill(), process.wait()))
        return process

    def mount(self, folder, options):
        """A disk of its own, in memory, until the test ends; root alone may do that."""
        if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False,
                                          capture_output=True).returncode:
            raise Skip("mounting a disk needs root")
        self.closers.append(lambda: subprocess.run(["umount", folder], check=False))

    def small_disk(self):
        """A disk of 12 MB."""
        disk = self.tmp / "disk"
        disk.mkdir()
        self.mount(disk, "size=12m")
        return disk

    def make_room(self, disk):
        subprocess.run(["mount", "-o", "remount,size=400m", disk], check=True)

    def index(self, source, metadata=None, database="c.db", codes=(0,), env=None, **options):
        """Index a source; the summary. Options: depth="series", concurrency=16, endpoint_url=..., force=True."""
        arguments = ["index", source, "--database", database, "--format", "ndjson"]
        if metadata:
            arguments += ["--metadata", metadata]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            arguments += [flag] if value is True else [flag, value]
        return self.ti(*arguments, env=env).ok(*codes).json()

    def dump(self, database="c.db"):
        return self.ti("dump", "--database", database).ok().out

    def remove(self, database):
        """Take a catalog away, with all that stands beside it."""
        for path in self.tmp.glob(database + "*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def catalog(self, query, database="c.db"):
        """Rows of a query over the catalog, by the oracle and not by us."""
        return self.duck.rows(query, self.tmp / database)

    # ---- help for the runner ----

    def explain(self, out):
        if self.last:
            print(f"the last command in {self.tmp}:\n{self.last}", file=out)

    def close(self, keep=False):
        for closer in reversed(self.closers):
            closer()
        WATCH.look_at_folder(self.tmp)
        if not (keep and os.environ.get("TSI_KEEP")):
            shutil.rmtree(self.tmp, ignore_errors=True)


def counter(summary, name):
    """A cost counter out of the summary of `index --format ndjson`."""
    assert name in summary, f"no counter {name} in {summary}"
    return int(summary[name])
