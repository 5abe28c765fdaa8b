"""Files of one dataset that do not agree: nothing is decided by the first of them, and the report names the others."""
import corpora
from corpora import Corpus, Dataset
from support import counter
from test_bad_input import failures
from test_oracle import check_corpus


def part(corpus, d, name, first, columns="1.0::DOUBLE AS target", id_type="VARCHAR", time="TIMESTAMP '2024-01-01' + INTERVAL 1 HOUR * j",
         id_name="item_id", time_name="timestamp"):
    """A file of three series with ten rows each."""
    times = f", {time} AS {time_name}" if time else ""
    corpus.copy(d, f"SELECT ({first} + i)::{id_type} AS {id_name}{times}, {columns} FROM range(3) a(i), range(10) b(j) ORDER BY i, j", name)


def drift(t, dataset=None):
    rows = t.ti("drift", *([dataset] if dataset else []), "--database", "c.db", "--format", "json").ok().json()["items"]
    return {(r["column_name"], r["change"], r["variant"]): (r["files"], r["of_files"], r["first_file"].rsplit("/", 1)[-1],
                                                          (r["without_file"] or "").rsplit("/", 1)[-1]) for r in rows}


def test_every_kind_of_drift_is_named_with_its_files(t):
    corpus = Corpus(t)
    d = corpus.add(Dataset("drifting"))
    part(corpus, d, "a.parquet", 0, "1.0::FLOAT AS target, 1 AS old, 1 AS Some, 'x' AS Load")
    part(corpus, d, "b.parquet", 3, "1.0::DOUBLE AS target, 1 AS old, 'x' AS load")
    part(corpus, d, "c.parquet", 6, "1.0::DOUBLE AS target, 2 AS Some, 3 AS fresh, 'x' AS load")
    part(corpus, d, "d.parquet", 9, "1.0::DOUBLE AS target, 4 AS fresh, 'x' AS load")
    same = corpus.add(Dataset("same"))
    part(corpus, same, "a.parquet", 0)
    part(corpus, same, "b.parquet", 3)
    corpus.index()
    found = drift(t)
    assert found == {
        ("target", "type", "double"): (3, 4, "b.parquet", ""), ("target", "type", "float"): (1, 4, "a.parquet", ""),
        ("old", "lost", "int32"): (2, 4, "a.parquet", "c.parquet"), ("Some", "missing", "int32"): (2, 4, "a.parquet", "b.parquet"),
        ("fresh", "added", "int32"): (2, 4, "c.parquet", "b.parquet"),
        ("Load", "case", "load"): (3, 4, "b.parquet", ""), ("Load", "case", "Load"): (1, 4, "a.parquet", ""),
    }, found
    assert drift(t, "same") == {}
    # As a table of the catalog, as a note of the dataset, and as a figure.
    assert int(t.duck.value("SELECT count(*) FROM drift", t.tmp / "c.db")) == len(found)
    assert failures(t, "note") == {("drifting", ""): "schema_drift"}
    reason = t.catalog("SELECT reason FROM failures")[0]["reason"]
    assert "a.parquet" in reason or "b.parquet" in reason or "c.parquet" in reason, reason
    assert {r["dataset_id"]: r["drifting_columns"] for r in t.catalog("SELECT * FROM datasets")} == {"drifting": "5", "same": "0"}
    check_corpus(t, corpus)


def test_drift_is_forgotten_when_it_is_mended(t):
    corpus = Corpus(t)
    d = corpus.add(Dataset("mended"))
    part(corpus, d, "a.parquet", 0)
    part(corpus, d, "b.parquet", 3, "1 AS other")
    corpus.index()
    assert drift(t) and failures(t, "note")
    part(corpus, d, "b.parquet", 3)
    corpus.index()
    assert drift(t) == {} and failures(t, "note") == {}


def test_ids_of_different_widths_are_the_same_ids(t):
    corpus = Corpus(t)
    d = corpus.add(Dataset("widths"))
    for i, id_type in enumerate(("INTEGER", "BIGINT", "SMALLINT", "UBIGINT", "VARCHAR", "HUGEINT::VARCHAR")):
        part(corpus, d, f"part_{i}.parquet", 0, id_type=id_type, time=f"TIMESTAMP '2024-01-0{i + 1}' + INTERVAL 1 HOUR * j")
    corpus.index()
    (row,) = t.catalog("SELECT total_series, total_records, min_series_length, quality FROM datasets")
    assert row == {"total_series": "3", "total_records": "180", "min_series_length": "60", "quality": "exact"}, row
    assert {k[1] for k in drift(t)} == {"type"}


def test_times_of_different_units_meet(t):
    corpus = Corpus(t)
    d = corpus.add(Dataset("units", unit="ns"))
    for i, kind in enumerate(("TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS", "DATE")):
        part(corpus, d, f"part_{i}.parquet", 0, time=f"(TIMESTAMP '2024-0{i + 1}-01' + INTERVAL 1 DAY * j)::{kind}")
    corpus.index()
    rows = t.catalog("SELECT first_timestamp, last_timestamp, record_count, frequency, duplicate_times FROM series_metadata")
    want = {"first_timestamp": "2024-01-01 00:00:00", "last_timestamp": "2024-04-10 00:00:00", "record_count": "40", "frequency": "D",
            "duplicate_times": "0"}
    assert rows == [want] * 3, rows


def test_a_time_column_that_fails_fails_alone(t):
    """Missing, of a type without times, or text that is none: series, lengths and all other files are as they are."""
    corpus = Corpus(t)
    d = corpus.add(Dataset("times"))
    part(corpus, d, "good.parquet", 0)
    part(corpus, d, "missing.parquet", 3, time=None)
    part(corpus, d, "boolean.parquet", 6, time="j % 2 = 0")
    part(corpus, d, "text.parquet", 9, time="CASE WHEN j = 7 THEN 'not a time' ELSE '2024-01-02' END")
    for _again in range(2):  # what cannot be read stays said, run after run
        summary = corpus.index(codes=(3,))
        assert counter(summary, "files_failed") == 0, summary
        assert failures(t) == {("times", "missing.parquet"): "column_missing", ("times", "boolean.parquet"): "unsupported",
                               ("times", "text.parquet"): "unsupported"}, failures(t)
        (row,) = t.catalog("SELECT total_series, total_records, files_failed, files_without_time, first_timestamp, quality, "
                           "indexing_status, quality_note FROM datasets")
        note = row.pop("quality_note")
        assert row == {"total_series": "12", "total_records": "120", "files_failed": "0", "files_without_time": "3",
                       "first_timestamp": "2024-01-01 00:00:00", "quality": "partial", "indexing_status": "partial"}, row
        assert note.startswith("3 of 4 files have no times"), note
        timed = {r["series_id"]: r["n"] for r in t.catalog("SELECT series_id, null_times AS n FROM series_metadata")}
        assert timed == {str(i): "0" if i < 3 else None for i in range(12)}, timed
    for name in ("missing", "boolean", "text"):
        corpus.file(d, f"{name}.parquet").unlink()
    corpus.index()
    assert failures(t) == {}
    check_corpus(t, corpus)


def test_the_first_file_decides_nothing(t):
    """The same files in every order of their names give the same figures."""
    figures = []
    for order in ("abc", "cab", "bca"):
        corpus = Corpus(t, f"corpus_{order}")
        d = corpus.add(Dataset("order"))
        for i, which in enumerate(order):
            name = f"part_{i}.parquet"
            if which == "a":
                part(corpus, d, name, 0, "1.0 AS target, 1 AS extra", id_type="INTEGER")
            elif which == "b":
                part(corpus, d, name, 3, "'x' AS target", id_type="BIGINT", time="(TIMESTAMP '2024-02-01' + INTERVAL 1 HOUR * j)::TIMESTAMP_MS")
            else:
                part(corpus, d, name, 6, "1 AS target", id_name="ITEM_ID", time="(TIMESTAMP '2024-03-01' + INTERVAL 1 HOUR * j)::TIMESTAMP_NS")
        corpus.index(f"{order}.db")
        figures.append((t.catalog("SELECT total_series, total_records, first_time, last_time, time_unit, gaps, drifting_columns FROM datasets",
                                  f"{order}.db"),
                        t.catalog("SELECT series_id, record_count, first_time, last_time, frequency FROM series_metadata ORDER BY 1",
                                  f"{order}.db")))
    assert figures[0] == figures[1] == figures[2], figures
    assert figures[0][0][0]["total_series"] == "9" and figures[0][0][0]["drifting_columns"] == "4", figures[0]


# ---- bad files ----

def with_one_bad_file(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus, "mixed")
    good = corpus.file(d, "chunk_0000.parquet").read_bytes()
    torn = bytearray(good)
    torn[4:len(torn) // 4] = b"\xff" * (len(torn) // 4 - 4)  # the footer is whole, pages are not
    corpus.file(d, "torn.parquet").write_bytes(bytes(torn))
    rows = int(t.duck.value(f"SELECT count(*) FROM '{corpus.file(d, 'chunk_0000.parquet')}'"))
    return corpus, d, rows, len(torn)


def test_a_bad_file_is_counted_by_files_rows_and_bytes(t):
    corpus, d, rows, size = with_one_bad_file(t)
    for what, code in (("warn", 3), ("skip", 0)):
        corpus.index(f"{what}.db", codes=(code,), on_bad_file=what)
        (row,) = t.catalog("SELECT files_failed, rows_failed, bytes_failed, quality, indexing_status, quality_note FROM datasets", f"{what}.db")
        assert row == {"files_failed": "1", "rows_failed": str(rows), "bytes_failed": str(size), "quality": "partial",
                       "indexing_status": "partial",
                       "quality_note": f"1 of 4 files failed: {size} bytes and {rows} rows missing"}, row
        assert len(t.catalog("SELECT * FROM failures", f"{what}.db")) == 1, what
        assert ("torn.parquet" in t.last.err) == (what == "warn"), t.last
    assert t.dump("warn.db") == t.dump("skip.db")
    # The next run completes it.
    corpus.copy(d, corpora.series(5, "11", first=900) + " ORDER BY i, j", "torn.parquet")
    summary = corpus.index("skip.db")
    assert counter(summary, "files_read") == 1, summary
    check_corpus(t, corpus, "skip.db")
    (row,) = t.catalog("SELECT rows_failed, quality_note FROM datasets", "skip.db")
    assert row == {"rows_failed": "0", "quality_note": None}, row


def test_on_bad_file_error_ends_the_run_and_keeps_what_is_done(t):
    corpus, d, _rows, _size = with_one_bad_file(t)
    result = t.ti("index", corpus.data, "--metadata", corpus.metadata, "--database", "c.db", "--on-bad-file", "error")
    assert result.code == 1 and "torn.parquet" in result.err and "--on-bad-file" in result.err, result
    assert ("mixed", "torn.parquet") in failures(t), failures(t)
    (run,) = t.catalog("SELECT state FROM runs")
    assert run["state"] == "failed", run
    corpus.file(d, "torn.parquet").unlink()
    corpus.index()
    check_corpus(t, corpus)
