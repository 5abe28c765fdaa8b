"""A run that is killed at any moment, again and again, ends with the catalog of one that was left alone, and does little twice.

How often it is killed: TSI_KILLS (25 without it). Seeds: TSI_SEED.
"""
import os
import random
import shutil
import signal
import subprocess
import time

import corpora
from corpora import Corpus
from faults import FaultProxy
from support import Skip
from test_s3 import same, uploaded

KILLS = int(os.environ.get("TSI_KILLS", "25"))
SEED = int(os.environ.get("TSI_SEED", "1"))
# Kills come until shortly before an undisturbed run would have ended.
LATEST_SHARE = 0.9
# Each answer of the counted server comes so late: a run with one request in flight gets no more than one in that time.
ANSWER_MS = 5
# What a kill may cost there, in files: one is read and two for each processor are decoded; two times the 64 that wait for the
# writer, while it commits and when it took them at once; and what arrives in the quarter of a second of a transaction.
REDONE_MAX = 1 + 2 * os.cpu_count() + 2 * 64 + 250 // ANSWER_MS


def many_files(t, n=640):
    """A few hundred small files in three datasets, one of them found by detection, one with a file that fails."""
    corpus = Corpus(t)
    a = corpora.add_clustered(corpus, "many", files=4, per_file=20)
    b = corpora.add_spread(corpus, "spread")
    c = corpus.add(corpora.Dataset("found"), metadata=False)
    corpus.copy(c, corpora.series(10, "30") + " ORDER BY i, j", "part.parquet")
    for i in range(n // 2):
        shutil.copyfile(corpus.file(a, f"chunk_{i % 4:04}.parquet"), corpus.file(a, f"more_{i:04}.parquet"))
        shutil.copyfile(corpus.file(c, "part.parquet"), corpus.file(c, f"copy_{i:04}.parquet"))
    corpus.file(b, "broken.parquet").write_bytes(b"PAR1 and no more PAR1")
    return corpus


class Redone:
    """What the server answered to each of several runs of one corpus: files that a later run reads again were read in vain."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.kills, self.files, self.bytes, self.most, self.all_bytes = 0, 0, 0, 0, 0
        self.runs = []

    def end_run(self, killed):
        self.kills += killed
        self.runs.append({path: n_bytes for path, (_, n_bytes) in self.proxy.take_served().items()
                          if "/data/" in path and not path.endswith("/broken.parquet")})

    def end_round(self):
        """The last run was left alone; the others were killed."""
        for i, run in enumerate(self.runs[:-1]):
            later = set().union(*self.runs[i + 1:])
            again = [n_bytes for path, n_bytes in run.items() if path in later]
            assert len(again) <= REDONE_MAX, (len(again), REDONE_MAX)
            self.files += len(again)
            self.bytes += sum(again)
            self.most = max(self.most, len(again))
        self.all_bytes += sum(sum(run.values()) for run in self.runs)
        self.runs = []

    def __str__(self):
        return (f"{self.files} files ({self.bytes} of {self.all_bytes} bytes) were read again, {self.files / self.kills:.1f} a kill, "
                f"{self.most} at most")


class Killer:
    """Starts the same run again and again and kills it; counts what was read more than once."""

    def __init__(self, t, arguments, env, proxy=None):
        self.t, self.arguments, self.env = t, arguments, env
        self.random = random.Random(SEED)
        self.redone = Redone(proxy) if proxy else None

    def reach(self, process, requests):
        """Wait until the server was asked that often, and a moment."""
        proxy = self.redone.proxy
        target = proxy.requests + requests
        while process.poll() is None and proxy.requests < target:
            time.sleep(0.002)
        time.sleep(self.random.uniform(0, 0.1))

    def run(self, wait=None, requests=None):
        """One run; True where it was killed, after a time or after so many requests."""
        process = subprocess.Popen([str(self.t.program), *map(str, self.arguments)], cwd=self.t.tmp,
                                   env=self.t.environment(self.env), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if requests:
            self.reach(process, requests)
            wait = 0
        try:
            process.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert process.returncode in (0, 3, -signal.SIGKILL), process.returncode
        killed = process.returncode == -signal.SIGKILL
        if self.redone:
            self.redone.end_run(killed)
        return killed

    def run_to_kill(self, typical):
        """Three in four runs get as far as saving something, where that can be told."""
        if self.redone and self.random.random() < 0.75:
            return self.run(requests=self.random.randint(40, 160))
        return self.run(self.random.uniform(0.005, typical * LATEST_SHARE))

    def torment(self, kills, typical):
        """Kill `kills` runs at random moments; each time one finishes, the catalog is compared and thrown away."""
        fresh = self.t.dump("fresh.db")
        killed, rounds, saved, files = 0, 0, 0, self.files()
        print(f"     an undisturbed run takes {typical:.1f} s", flush=True)
        while killed < kills:
            rounds += 1
            in_round = 0
            while in_round < 8 and killed < kills:
                if not self.run_to_kill(typical):
                    break
                in_round += 1
                killed += 1
                self.check_states()
            assert not self.run(), "a run that was left alone was killed"
            same(fresh, self.t.dump("killed.db"))
            states = {row["state"] for row in self.t.catalog("SELECT state FROM runs", "killed.db")}
            assert states <= {"complete", "interrupted"}, states
            recorded, runs = self.recorded()
            # What a killed run had saved is never read again; the broken file is tried by each.
            assert recorded == files - 1, (recorded, files)
            saved += runs
            if self.redone:
                self.redone.end_round()
            self.t.remove("killed.db")
        print(f"     {killed} kills in {rounds} rounds over {files} files; {saved} killed runs had saved some; "
              "no saved file was read again", flush=True)
        if self.redone:
            print(f"     {self.redone}", flush=True)

    def recorded(self):
        """(files that all runs recorded, killed runs that recorded any)."""
        (row,) = self.t.catalog("SELECT sum(files_done - files_failed)::BIGINT AS n, count(*) FILTER (state = 'interrupted' "
                                "AND files_done > 0) AS runs FROM runs", "killed.db")
        return int(row["n"]), int(row["runs"])

    def files(self):
        return int(self.t.catalog("SELECT count(*) AS n FROM files", "fresh.db")[0]["n"])

    def check_states(self):
        """Whoever asks after a kill is told that no run is under way."""
        if not (self.t.tmp / "killed.db").exists():
            return
        result = self.t.ti("status", "--runs", "--database", "killed.db", "--format", "ndjson")
        if result.code == 1 and "holds nothing yet" in result.err:
            return
        assert result.code == 0, result
        assert not any(row["state"] == "running" for row in result.ndjson()), result


def arguments_for(source, metadata, database, *more):
    return ["index", source, "--metadata", metadata, "--database", database, *more]


def typical_seconds(t, arguments, env=None):
    began = time.monotonic()
    t.ti(*arguments, env=env).ok(0, 3)
    return time.monotonic() - began


def test_directory(t):
    corpus = many_files(t)
    typical = typical_seconds(t, arguments_for(corpus.data, corpus.metadata, "fresh.db", "--concurrency", "2"))
    Killer(t, arguments_for(corpus.data, corpus.metadata, "killed.db", "--concurrency", "2"), None).torment(KILLS, typical)


def test_s3(t):
    corpus = many_files(t, 320)
    server, source, metadata = uploaded(t, corpus)
    proxy = FaultProxy(server.port, milliseconds=ANSWER_MS)
    t.closers.append(proxy.close)
    more = ["--endpoint-url", proxy.endpoint, "--concurrency", "1"]
    typical = typical_seconds(t, arguments_for(source, metadata, "fresh.db", *more), server.env)
    proxy.take_served()
    Killer(t, arguments_for(source, metadata, "killed.db", *more), server.env, proxy).torment(KILLS, typical)


def interrupt(t, arguments, env, delay, how):
    """The exit code of a run that gets a signal after a while, and what it said."""
    process = t.start(*arguments, env=env)
    try:
        code = process.wait(timeout=delay)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
        code = process.wait(timeout=100)
    said = (t.tmp / "err.txt").read_text(errors="replace")
    assert code in (0, 3, 130, 143, -signal.SIGINT, -signal.SIGTERM), (code, said)
    return code


def test_interrupts(t):
    """SIGINT and SIGTERM at random moments of runs at depth `values`, some below a limit, over new and begun catalogs."""
    corpus = many_files(t, 120)
    server, source, metadata = uploaded(t, corpus)
    proxy = FaultProxy(server.port, milliseconds=ANSWER_MS)
    t.closers.append(proxy.close)
    draw = random.Random(SEED)
    more = ["--endpoint-url", proxy.endpoint, "--depth", "values"]
    typical = typical_seconds(t, arguments_for(source, metadata, "fresh.db", *more, "--concurrency", "4"), server.env)
    fresh = t.dump("fresh.db")
    codes = []
    for _ in range(max(2, KILLS // 8)):
        for _ in range(draw.randint(1, 4)):
            options = [*more, "--concurrency", str(draw.choice((1, 2, 4, 16)))]
            options += ["--max-bytes", str(draw.randint(20_000, 400_000))] if draw.random() < 0.4 else []
            arguments = arguments_for(source, metadata, "stopped.db", *options)
            codes.append(interrupt(t, arguments, server.env, draw.uniform(0.02, typical / 2),
                                   draw.choice((signal.SIGINT, signal.SIGTERM))))
        t.ti(*arguments_for(source, metadata, "stopped.db", *more), env=server.env).ok(0, 3)
        same(fresh, t.dump("stopped.db"))
        t.remove("stopped.db")
    print(f"     {len(codes)} runs, {sum(code in (130, 143) for code in codes)} of them interrupted", flush=True)
    assert {130, 143} & set(codes), codes


def journal(t, database, **faults):
    """The environment under which a run meets a fault at a step of its journal."""
    library = t.build / "tests" / "libtest_journal_fault.so"
    if not library.exists():
        raise Skip("the library of journal faults is not built")
    env = {"LD_PRELOAD": str(library), "TSI_FAULT_PATH": database, "ASAN_OPTIONS": "verify_asan_link_order=0"}
    env.update({f"TSI_FAULT_{name.upper()}": str(value) for name, value in faults.items()})
    return env


def small_corpus(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus, "many", files=6, per_file=20)
    corpora.add_two_columns(corpus)
    return corpus


def test_each_step_of_the_journal(t):
    """Killed instead of each write, fsync, truncate, rename and unlink of the catalog's files, the write half done."""
    corpus = small_corpus(t)
    corpus.index("fresh.db")
    fresh = t.dump("fresh.db")
    corpus.index("count.db", env=journal(t, "count.db", count=t.tmp / "steps"))
    steps = int((t.tmp / "steps").read_text())
    assert steps > 20, steps
    every = max(1, steps // max(KILLS, 40))
    arguments = arguments_for(corpus.data, corpus.metadata, "j.db")
    killed = 0
    for step in range(1, steps + 1, every):
        t.remove("j.db")
        killed += t.ti(*arguments, env=journal(t, "j.db", kill=step)).code == -signal.SIGKILL
        corpus.index("j.db")
        same(fresh, t.dump("j.db"))
    print(f"     {killed} kills at {steps} steps", flush=True)
    assert killed > 20, killed


def test_disk_full_at_each_step(t):
    """From some step on nothing can be written: a clear end, an intact catalog, and the next run goes on."""
    corpus = small_corpus(t)
    corpus.index("fresh.db")
    fresh = t.dump("fresh.db")
    corpus.index("count.db", env=journal(t, "count.db", count=t.tmp / "steps"))
    steps = int((t.tmp / "steps").read_text())
    every = max(1, steps // max(KILLS, 20))
    arguments = arguments_for(corpus.data, corpus.metadata, "f.db")
    said = 0
    for step in range(1, steps + 1, every):
        t.remove("f.db")
        result = t.ti(*arguments, env=journal(t, "f.db", full=step))
        assert result.code in (0, 1), result
        said += result.code == 1
        assert result.code == 0 or "space" in result.err, result
        corpus.index("f.db")
        same(fresh, t.dump("f.db"))
    assert said > 5, said


test_each_step_of_the_journal.timeout = 180 + 4 * KILLS
test_disk_full_at_each_step.timeout = 180 + 4 * KILLS
test_directory.timeout = 120 + 6 * KILLS
test_interrupts.timeout = 180 + 10 * KILLS
test_s3.timeout = 180 + 12 * KILLS
