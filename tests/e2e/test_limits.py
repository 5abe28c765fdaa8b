"""What is looked at and how much of it: filters, limits, dry runs. What a run leaves out stays, and the next one goes on."""
import os
import time

import corpora
from corpora import Corpus
from support import counter
from test_s3 import index_s3, same, uploaded


def three(t):
    corpus = Corpus(t)
    for i, name in enumerate(("solar_a", "solar_b", "wind")):
        corpora.add_clustered(corpus, name, files=2 + i, per_file=10)
    return corpus


def states(t):
    return {r["dataset_id"]: r["indexing_status"] for r in t.catalog("SELECT dataset_id, indexing_status FROM datasets")}


def test_filter_looks_at_some_and_keeps_the_others(t):
    corpus = three(t)
    corpus.index("fresh.db")
    corpus.index(filter="SOLAR*")
    assert states(t) == {"solar_a": "complete", "solar_b": "complete"}
    corpus.index(filter="wind, nothing")
    assert set(states(t)) == {"solar_a", "solar_b", "wind"}
    same(t.dump("fresh.db"), t.dump())
    several = ("index", corpus.data, "--metadata", corpus.metadata, "--database", "several.db", "--filter", "wind",
               "--filter", "solar_b", "--exclude", "nothing", "--exclude", "*/no")
    t.ti(*several).ok()
    assert {r["dataset_id"] for r in t.catalog("SELECT dataset_id FROM datasets", "several.db")} == {"solar_b", "wind"}
    # A dataset that is gone is taken out by a run that looks for it, and by no other.
    for path in (corpus.data / "solar_a").iterdir():
        path.unlink()
    (corpus.metadata / "solar_a_metadata.yaml").unlink()
    corpus.index(filter="wind")
    assert "solar_a" in states(t)
    corpus.index(filter="solar_?")
    assert set(states(t)) == {"solar_b", "wind"}


def test_excluded_objects_count_in_no_figure(t):
    corpus = three(t)
    summary = corpus.index(exclude="wind/chunk_0000*,wind/chunk_0001*")
    (row,) = t.catalog("SELECT data_file_count, total_series, quality FROM datasets WHERE dataset_id = 'wind'")
    assert row == {"data_file_count": "2", "total_series": "20", "quality": "exact"}, row
    assert "2 excluded" in t.last.err, t.last.err
    # A dataset that is hidden as a whole is not gone.
    summary = corpus.index(exclude="wind/*", codes=(0, 3))
    assert "wind" in states(t) and int(summary["files_gone"]) == 0, summary


def test_limits_of_datasets_and_files_go_on_run_by_run(t):
    corpus = three(t)
    corpus.index("fresh.db")
    fresh = t.dump("fresh.db")
    seen = []
    for _ in range(3):
        summary = corpus.index(max_datasets=1)
        seen.append((int(summary["files_read"]), int(summary["files_left"]), summary["limited"]))
    assert seen == [(2, 7, "--max-datasets"), (3, 4, "--max-datasets"), (4, 0, None)], seen
    same(fresh, t.dump())
    t.remove("c.db")
    first = corpus.index(max_files=3)
    assert (int(first["files_read"]), int(first["files_left"])) == (3, 6), first
    assert "ended at --max-files" in t.last.err, t.last.err
    # The small one is complete, what was begun is not called complete.
    assert states(t)["solar_a"] == "complete" and states(t)["solar_b"] == "pending", states(t)
    (run,) = t.catalog("SELECT state, limited FROM runs")
    assert run == {"state": "limited", "limited": "--max-files"}, run
    for _ in range(2):
        corpus.index(max_files=3)
    same(fresh, t.dump())


def test_figures_stay_until_the_rest_is_read(t):
    corpus = three(t)
    corpus.index()
    d = corpus.datasets[2]
    for f in range(4):
        corpus.copy(d, corpora.series(3, "7", first=50 * f) + " ORDER BY i, j", f"chunk_{f:04}.parquet")
    corpus.index(max_files=2)
    (row,) = t.catalog("SELECT total_series, indexing_status FROM datasets WHERE dataset_id = 'wind'")
    assert row == {"total_series": "40", "indexing_status": "pending"}, row
    corpus.index()
    corpus.index("fresh.db")
    same(t.dump("fresh.db"), t.dump())


def test_since_reads_what_changed_since(t):
    corpus = three(t)
    old = time.mktime((2020, 1, 1, 0, 0, 0, 0, 0, 0))
    for path in corpus.data.rglob("*.parquet"):
        if path.parent.name != "wind":
            os.utime(path, (old, old))
    summary = corpus.index(since="2021-01-01")
    assert (int(summary["files_read"]), int(summary["files_left"])) == (4, 5), summary
    assert states(t).get("wind") == "complete" and "complete" not in (states(t).get("solar_a"), ), states(t)
    corpus.index()
    corpus.index("fresh.db")
    same(t.dump("fresh.db"), t.dump())
    assert t.ti("index", corpus.data, "--since", "yesterday", "--database", "x.db").code == 2


def test_requests_bytes_and_cost_are_hard_stops(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus, "many", files=30, per_file=10)
    server, source, metadata = uploaded(t, corpus)
    whole = index_s3(t, server, source, metadata, "fresh.db")
    requests = sum(counter(whole, f"requests_{k}") for k in ("list", "get", "other"))
    received = counter(whole, "bytes_received")
    prices = t.tmp / "prices.ini"
    prices.write_text("[prices]\nlist_per_1000 = 0\nget_per_1000 = 1000\negress_per_gib = 0\ncurrency = EUR\n")
    for limits, name, most in (({"max_requests": requests // 2}, "--max-requests", requests // 2),
                               ({"max_bytes": received // 2}, "--max-bytes", received // 2),
                               ({"max_cost": "12.5", "prices": prices}, "--max-cost", 12.5)):
        t.remove("c.db")
        summary = index_s3(t, server, source, metadata, "c.db", **limits)
        spent = {"--max-requests": sum(counter(summary, f"requests_{k}") for k in ("list", "get", "other")),
                 "--max-bytes": counter(summary, "bytes_received"), "--max-cost": counter(summary, "requests_get")}[name]
        assert summary["limited"] == name and 0 < spent <= most, (name, spent, most, summary)
        assert int(summary["files_read"]) >= 5 and int(summary["files_left"]) > 0, summary
        assert states(t) == {"many": "pending"}, states(t)
        index_s3(t, server, source, metadata, "c.db")
        same(t.dump("fresh.db"), t.dump())


def test_dry_run_reads_and_writes_nothing(t):
    corpus = three(t)
    server, source, metadata = uploaded(t, corpus)
    arguments = ["index", source, "--metadata", metadata, "--endpoint-url", server.endpoint, "--format", "ndjson"]
    result = t.ti(*arguments, "--database", "c.db", "--dry-run", env=server.env).ok()
    *rows, total = result.ndjson()
    assert [r["files"] for r in rows] == [2, 3, 4] and total["files"] == 9 and total["dataset_id"] is None, result
    size = sum(p.stat().st_size for p in corpus.data.rglob("*.parquet"))
    assert total["bytes_files"] == size and 0 < total["cost_estimated"] < 0.01, total
    assert not list(t.tmp.glob("c.db*")), "a dry run made a catalog"
    spent = index_s3(t, server, source, metadata, "c.db")
    gets = counter(spent, "requests_get") + counter(spent, "requests_list")
    # Small files are read whole: the estimate is exact but for the metadata, which the dry run has read.
    assert total["requests_estimated"] == gets - 3, (total, spent)
    before = (t.tmp / "c.db").read_bytes()
    *rows, total = t.ti(*arguments, "--database", "c.db", "--dry-run", env=server.env).ok().ndjson()
    assert total["files"] == 0 and total["files_unchanged"] == 9, total
    assert (t.tmp / "c.db").read_bytes() == before
