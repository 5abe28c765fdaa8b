"""A second run reads only what changed, and a run that was killed goes on: the catalog is that of one fresh run."""
import shutil
import signal
import time

import corpora
from corpora import Corpus
from test_oracle import check_corpus
from test_s3 import index_s3, same, uploaded


def test_second_run_reads_nothing(t):
    corpus = corpora.synthetic(t)
    first = corpus.index()
    before = t.dump()
    second = corpus.index()
    assert int(second["files_read"]) == 0, second
    assert int(second["files_unchanged"]) == int(first["files_read"]) > 0, (first, second)
    assert int(second["series"]) == int(first["series"]), (first, second)
    same(before, t.dump())


def test_a_run_without_changes_leaves_the_index_as_young_as_the_catalog(t):
    """Else every search would open the catalog, to find that nothing has changed."""
    corpus = Corpus(t)
    corpora.add_clustered(corpus, files=2)
    corpus.index()
    segments = sorted(p.name for p in (t.tmp / "c.db.search").glob("seg-*"))
    for _ in range(2):
        time.sleep(0.02)
        corpus.index()
        catalog, index = (t.tmp / name for name in ("c.db", "c.db.search/MANIFEST"))
        assert index.stat().st_mtime_ns >= catalog.stat().st_mtime_ns
        assert sorted(p.name for p in (t.tmp / "c.db.search").glob("seg-*")) == segments, "the index was built anew"
    # It does not get there by not being looked at.
    corpora.add_spread(corpus)
    corpus.index()
    assert sorted(p.name for p in (t.tmp / "c.db.search").glob("seg-*")) != segments


def test_changes_give_the_catalog_of_a_fresh_run(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus, files=4)
    spread = corpora.add_spread(corpus)
    corpus.index()
    corpus.file(d, "chunk_0001.parquet").unlink()
    corpus.copy(d, corpora.series(7, "13", first=2) + " ORDER BY i, j", "chunk_0002.parquet")
    corpus.copy(d, corpora.series(9, "5", first=10_000) + " ORDER BY i, j", "new.parquet")
    corpus.file(spread, "early.parquet").unlink()
    spread.unit = "ms"  # the file of microseconds is gone
    summary = corpus.index()
    assert (int(summary["files_read"]), int(summary["files_gone"])) == (2, 2), summary
    check_corpus(t, corpus)
    corpus.index("fresh.db")
    same(t.dump("fresh.db"), t.dump())


def test_force_reads_everything_again(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus)
    corpus.index()
    before = t.dump()
    summary = corpus.index(force=True)
    assert int(summary["files_read"]) == 3, summary
    same(before, t.dump())


def test_a_dataset_that_is_gone_is_taken_out(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus, "stays")
    gone = corpora.add_clustered(corpus, "goes")
    corpus.index()
    shutil.rmtree(corpus.data / gone.path)
    (corpus.metadata / f"{gone.name}_metadata.yaml").unlink()
    corpus.datasets = [d]
    corpus.index()
    check_corpus(t, corpus)
    corpus.index("fresh.db")
    same(t.dump("fresh.db"), t.dump())


def test_a_dataset_whose_data_come_back_is_complete(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus, "stays")
    back = corpora.add_clustered(corpus, "back")
    corpus.index()
    away = t.tmp / "away"
    shutil.move(corpus.data / back.path, away)
    corpus.index(codes=(3,))  # metadata without data
    shutil.move(away, corpus.data / back.path)
    corpus.index()
    corpus.index("fresh.db")
    same(t.dump("fresh.db"), t.dump())


def test_other_id_columns_mean_other_series(t):
    """The metadata changed: no file did, but every figure of the dataset does."""
    corpus = Corpus(t)
    d = corpora.add_two_columns(corpus)
    corpus.index()
    d.ids = ["dataset_name"]
    (corpus.metadata / f"{d.name}_metadata.yaml").write_text(corpora.metadata_yaml(d))
    corpus.index()
    check_corpus(t, corpus)


def test_s3_second_run_fetches_no_data(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus)
    server, source, metadata = uploaded(t, corpus)
    index_s3(t, server, source, metadata, "c.db")
    bucket = source.split("/")[2]
    summary = index_s3(t, server, source, metadata, "c.db")
    assert int(summary["files_read"]) == 0 and int(summary["files_unchanged"]) == 3, summary
    # The same bytes put again are the same file, by their ETag.
    body = server.client.must("GET", bucket, "data/clustered/chunk_0000.parquet")[1]
    server.client.put(bucket, "data/clustered/chunk_0000.parquet", body)
    summary = index_s3(t, server, source, metadata, "c.db")
    assert int(summary["files_read"]) == 0, summary


def large(t):
    """Enough files that a run can be met in the middle."""
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus, "many", files=4, per_file=200)
    for copy_number in range(150):
        for f in range(4):
            shutil.copyfile(corpus.file(d, f"chunk_{f:04}.parquet"), corpus.file(d, f"more_{copy_number:03}_{f}.parquet"))
    return corpus


def run_and_stop(t, corpus, delay, with_signal):
    """Start a run, stop it after `delay` seconds; its exit code."""
    process = t.start("index", corpus.data, "--metadata", corpus.metadata, "--database", "c.db", "--concurrency", "2")
    try:
        return process.wait(timeout=delay)
    except Exception:  # pylint: disable=broad-except
        process.send_signal(with_signal)
        return process.wait(timeout=60)


def test_killed_again_and_again(t):
    corpus = large(t)
    corpus.index("fresh.db")
    killed = 0
    for delay in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
        killed += run_and_stop(t, corpus, delay, signal.SIGKILL) == -signal.SIGKILL
    assert killed, "no run lived long enough to be killed"
    corpus.index()
    same(t.dump("fresh.db"), t.dump())


def test_interrupted_and_continued(t):
    corpus = large(t)
    corpus.index("fresh.db")
    codes = [run_and_stop(t, corpus, delay, s)
             for delay, s in ((0.05, signal.SIGINT), (0.1, signal.SIGTERM), (0.2, signal.SIGINT))]
    assert set(codes) <= {0, 130, 143, -signal.SIGINT, -signal.SIGTERM}, codes
    assert {130, 143} & set(codes), f"no run was interrupted: {codes}"
    corpus.index()
    same(t.dump("fresh.db"), t.dump())


def test_questions_are_answered_while_a_run_writes(t):
    corpus = large(t)
    corpus.index()
    process = t.start("index", corpus.data, "--metadata", corpus.metadata, "--database", "c.db", "--force",
                      "--concurrency", "1")
    asked = 0
    while process.poll() is None:
        result = t.ti("datasets", "--database", "c.db", "--format", "json")
        assert result.code == 0, result
        (row,) = result.json()["items"]
        assert int(row["series"]) == 800, row
        asked += 1
        time.sleep(0.01)
    assert process.returncode == 0 and asked, (process.returncode, asked)


def test_two_writers_do_not_meet(t):
    corpus = large(t)
    process = t.start("index", corpus.data, "--metadata", corpus.metadata, "--database", "c.db", "--concurrency", "1")
    deadline = time.monotonic() + 30
    second = None
    while process.poll() is None and time.monotonic() < deadline:
        if (t.tmp / "c.db").exists():
            second = t.ti("index", corpus.data, "--metadata", corpus.metadata, "--database", "c.db")
            if second.code == 7:
                break
    assert second is not None and second.code == 7, second
    assert str(process.pid) in second.err or "c.db" in second.err, second
    assert process.wait(timeout=120) == 0
    corpus.index("fresh.db")
    same(t.dump("fresh.db"), t.dump())
