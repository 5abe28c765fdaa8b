"""Files that are not what their name says: each is named with its code, and every other figure stays right."""
import corpora
from corpora import Corpus, Dataset
from test_oracle import check_corpus


def failures(t, severity="error"):
    return {(r["dataset_id"], r["key"].rsplit("/", 1)[-1]): r["code"]
            for r in t.catalog(f"SELECT dataset_id, key, code FROM failures WHERE severity = '{severity}'")}


def with_bad_files(t):
    """A dataset of three good files and one of each kind of bad ones."""
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus, "mixed")
    bad = corpora.bad_files(corpus.file(d, "chunk_0000.parquet").read_bytes())
    corpora.write_all(corpus.data / d.path, bad)
    d.files = "chunk_*.parquet"
    return corpus, d, bad


def test_each_bad_file_has_its_code(t):
    corpus, d, bad = with_bad_files(t)
    corpora.add_two_columns(corpus)
    summary = corpus.index(codes=(3,))
    assert failures(t) == {(d.name, name): code for name, (_content, code) in bad.items()}, failures(t)
    assert int(summary["files_failed"]) == len(bad), summary
    corpus.datasets, others = [d], corpus.datasets[1:]
    (row,) = t.catalog("SELECT total_series, files_failed, quality, indexing_status FROM datasets "
                       "WHERE dataset_id = 'mixed'")
    assert row == {"total_series": "150", "files_failed": str(len(bad)), "quality": "partial",
                   "indexing_status": "partial"}, row
    # The neighbour is not touched by it.
    (row,) = t.catalog(f"SELECT total_series, quality FROM datasets WHERE dataset_id = '{others[0].name}'")
    assert row == {"total_series": "60", "quality": "exact"}, row


def test_figures_count_the_good_files_only(t):
    corpus, _d, _bad = with_bad_files(t)
    corpus.index(codes=(3,))
    check_corpus(t, corpus, quality="partial")


def test_failures_command_names_them(t):
    corpus, d, bad = with_bad_files(t)
    corpus.index(codes=(3,))
    listed = t.ti("failures", d.name, "--database", "c.db", "--format", "json").ok().json()["items"]
    assert {r["key"].rsplit("/", 1)[-1] for r in listed if r["severity"] == "error"} == set(bad), listed
    assert all(r["reason"] for r in listed), listed


def test_a_mended_file_counts_and_is_forgotten_as_a_failure(t):
    corpus, d, bad = with_bad_files(t)
    corpus.index(codes=(3,))
    for name in bad:
        corpus.file(d, name).unlink()
    corpus.copy(d, corpora.series(5, "11", first=900) + " ORDER BY i, j", "zero.parquet")
    d.files = "*.parquet"
    corpus.index()
    assert failures(t) == {}
    check_corpus(t, corpus)


def test_missing_id_column(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    corpus.copy(d, "SELECT 1 AS other, TIMESTAMP '2020-01-01' AS timestamp, 1.0 AS target", "drifted.parquet")
    d.files = "chunk_*.parquet"
    corpus.index(codes=(3,))
    assert failures(t) == {(d.name, "drifted.parquet"): "column_missing"}
    check_corpus(t, corpus, quality="partial")


def test_bad_metadata_and_metadata_without_data(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    (corpus.metadata / "broken_metadata.yaml").write_text("name: [unclosed\n  ts_id: {")
    (corpus.metadata / "odd_metadata.yaml").write_text("name: odd\nts_id: {a: {b: 1}}\n")
    (corpus.metadata / "lonely_metadata.yaml").write_text(corpora.metadata_yaml(Dataset("lonely")))
    corpus.index(codes=(3,))
    codes = {r["code"] for r in t.catalog("SELECT code FROM failures")}
    assert codes == {"metadata_syntax", "metadata_invalid", "metadata_without_data"}, codes
    (row,) = t.catalog(f"SELECT total_series, quality FROM datasets WHERE dataset_id = '{d.name}'")
    assert row == {"total_series": "150", "quality": "exact"}, row


def test_markers_are_notes(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    for name in ("_SUCCESS", "_metadata", ".part.crc"):
        corpus.file(d, name).write_bytes(b"")
    corpus.index()
    check_corpus(t, corpus)
    assert failures(t) == {}
    assert (d.name, "_SUCCESS") in failures(t, "note"), failures(t, "note")


def test_empty_source(t):
    (t.tmp / "nothing").mkdir()
    result = t.ti("index", t.tmp / "nothing", "--database", "c.db")
    assert result.code == 4, result


def test_no_such_source(t):
    result = t.ti("index", t.tmp / "nowhere", "--database", "c.db")
    assert result.code == 1 and "nowhere" in result.err, result


def test_catalog_that_is_none(t):
    (t.tmp / "c.db").write_bytes(b"this is no catalog" * 300)
    for command in (["status"], ["index", str(t.tmp)]):
        result = t.ti(*command, "--database", "c.db")
        assert result.code == 7, result
    assert (t.tmp / "c.db").read_bytes() == b"this is no catalog" * 300, "the file was touched"


def test_no_catalog_names_the_command_that_makes_one(t):
    result = t.ti("status", "--database", "none.db")
    assert result.code == 1 and "ts-indexer index" in result.err, result
    assert not (t.tmp / "none.db").exists(), "a question made a file"
