"""What a run costs is counted, and the counts are bounded: requests a file, bytes beside the size of the corpus."""
import corpora
from corpora import Corpus
from support import counter
from test_s3 import index_s3, uploaded


FILES = 8


def wide(t, group):
    """Files of which ids and times are a small part: 40 value columns lie between them. Row groups of `group` rows."""
    corpus = Corpus(t)
    d = corpus.add(corpora.Dataset("wide"))
    values = "".join(f", hash(i * 1000 + j + {k})::DOUBLE AS v{k}" for k in range(40))
    for f in range(FILES):
        corpus.copy(d, "SELECT * EXCLUDE (i, j, timestamp), timestamp FROM ("
                    + corpora.series(60, "200", first=60 * f, more=f", i, j{values}") + ") ORDER BY i, j", f"part-{f}.parquet",
                    f"ROW_GROUP_SIZE {group}")
    return corpus, d


def run_at(t, depth, group=12_288):
    """(summary, bytes of the corpus); with the default each file has one row group."""
    corpus, d = wide(t, group)
    server, source, metadata = uploaded(t, corpus)
    summary = index_s3(t, server, source, metadata, f"{depth}.db", depth=depth)
    return summary, sum(p.stat().st_size for p in (corpus.data / d.path).iterdir())


def check(summary, size, per_file, share):
    """`per_file` GETs for each file and one for the metadata; `share`: the part of the corpus that may be received."""
    gets = counter(summary, "requests_get")
    assert FILES <= gets <= per_file * FILES + 1, f"{gets} GETs for {FILES} files"
    assert counter(summary, "requests_other") == 0, summary  # no HEAD
    assert counter(summary, "retries") == 0, summary
    received = counter(summary, "bytes_received")
    assert 0 < received <= share * size, f"received {received} of {size} bytes"


def test_depth_files_reads_footers(t):
    check(*run_at(t, "files"), per_file=1, share=0.05)


def test_depth_series_needs_two_requests(t):
    check(*run_at(t, "series"), per_file=2, share=0.05)


def test_depth_time_needs_three_requests(t):
    check(*run_at(t, "time"), per_file=3, share=0.08)


def test_each_row_group_needs_its_own_request(t):
    """Megabytes of values lie between the ids of two row groups: they are not fetched to save a request."""
    check(*run_at(t, "series", group=4096), per_file=1 + 3, share=0.08)


def test_listings_are_not_repeated(t):
    summary, _size = run_at(t, "files")
    assert 1 <= counter(summary, "requests_list") <= 4, summary


def test_constant_ids_need_no_column(t):
    """Where statistics prove the id of a row group, the footer is all that depth `series` reads; steps need the times."""
    corpus = Corpus(t)
    d = corpus.add(corpora.Dataset("one_a_file"))
    for f in range(5):
        corpus.copy(d, corpora.series(1, "500", first=f) + " ORDER BY j", f"building-{f}.parquet")
    server, source, metadata = uploaded(t, corpus)
    summary = index_s3(t, server, source, metadata, "c.db", depth="series")
    assert counter(summary, "row_groups_proven") == 5, summary
    assert counter(summary, "requests_get") == 5 + 1, summary
    assert counter(summary, "values_decoded") == 0, summary
    summary = index_s3(t, server, source, metadata, "c.db", depth="time")
    assert counter(summary, "row_groups_proven") == 0, summary
    assert counter(summary, "values_decoded") == 5 * 500, summary
    (row,) = t.catalog("SELECT count(*) AS n FROM series_metadata WHERE frequency = 'h' AND coverage = 1")
    assert row["n"] == "5", row


def test_counters_do_not_depend_on_concurrency(t):
    corpus, _d = wide(t, 4096)
    server, source, metadata = uploaded(t, corpus)
    one = index_s3(t, server, source, metadata, "one.db", concurrency=1)
    many = index_s3(t, server, source, metadata, "many.db", concurrency=16)
    for name in ("requests_get", "bytes_received", "values_decoded", "runs_decoded", "pages_decoded"):
        assert counter(one, name) == counter(many, name), name


def test_runs_of_ids_are_counted_as_runs(t):
    """Ids in long runs: the work is the runs and not the rows."""
    corpus = Corpus(t)
    d = corpus.add(corpora.Dataset("runs"))
    corpus.copy(d, "SELECT 's' || (r // 20000) AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 SECOND * r AS timestamp, "
                   "1.0 AS target FROM range(400000) a(r) ORDER BY r")
    summary = corpus.index(depth="series")
    assert counter(summary, "values_decoded") < 4000, summary
    assert counter(summary, "runs_decoded") < 4000, summary


def test_bytes_at_depth_series_are_footer_ids_and_a_quarter_mebibyte(t):
    """The promise, file by file: footer + id chunks + 256 KiB, the sizes as DuckDB's own reader sees them."""
    corpus, d = wide(t, 12_288)
    server, source, metadata = uploaded(t, corpus)
    summary = index_s3(t, server, source, metadata, "bound.db", depth="series")
    files = f"'{corpus.data / d.path}/*.parquet'"
    duck = t.duck
    ids = duck.rows(f"SELECT sum(total_compressed_size) AS n FROM parquet_metadata({files})"
                    " WHERE path_in_schema = 'item_id'")
    footers = duck.rows(f"SELECT sum(footer_size) + 8 * count(*) AS n FROM parquet_file_metadata({files})")
    metadata_bytes = sum(p.stat().st_size for p in corpus.metadata.iterdir())
    allowed = int(ids[0]["n"]) + int(footers[0]["n"]) + FILES * 256 * 1024 + metadata_bytes
    received = counter(summary, "bytes_received")
    assert received <= allowed, f"received {received} bytes, {allowed} allowed"
