"""Every figure of the catalog against DuckDB's GROUP BY over the same Parquet files."""
import corpora
from corpora import Corpus
from support import ROOT, Skip

# first and last time as the catalog keeps them: a count of the dataset's unit since 1970.
EPOCH = {
    "day": "date_diff('day', DATE '1970-01-01', {t}::DATE)",
    "ms": "epoch_ms({t}::TIMESTAMP)",
    "us": "epoch_us({t}::TIMESTAMP)",
    "ns": "epoch_ns({t}::TIMESTAMP_NS)",
    "index": "{t}::BIGINT",
}


def group_by(corpus, d):
    """The truth about the series of a dataset, as SQL."""
    parts = ", ".join(f'"{c}"::VARCHAR' for c in d.ids)
    if d.time:
        low, high = (EPOCH[d.unit].format(t=f'{f}("{d.time}")') for f in ("min", "max"))
        times = f'count("{d.time}")'
    else:
        low = high = "NULL::BIGINT"
        times = "count(*)"
    files = corpus.data / d.path / d.files
    return (f"SELECT [{parts}] AS id_parts, count(*) AS record_count, {low} AS first_time, {high} AS last_time, "
            f"count(*) - {times} AS null_times, count(DISTINCT filename) AS file_count "
            f"FROM read_parquet('{files}', filename = true, hive_partitioning = false) GROUP BY ALL")


def check_series(t, corpus, d, database):
    """No series too many, none too few, and every figure of each is right."""
    columns = ["record_count", "first_time", "last_time", "file_count"] + (["null_times"] if d.time else [])
    differs = " OR ".join(f"c.{c} IS DISTINCT FROM o.{c}" for c in columns)
    pairs = ", ".join(f"c.{c} AS catalog_{c}, o.{c} AS oracle_{c}" for c in columns)
    wrong = t.catalog(
        f"SELECT c.series_id, o.id_parts, {pairs} FROM "
        f"(FROM series_metadata WHERE dataset_id = '{d.name}') c FULL JOIN ({group_by(corpus, d)}) o "
        "ON c.id_parts IS NOT DISTINCT FROM o.id_parts "
        f"WHERE c.series_id IS NULL OR o.record_count IS NULL OR {differs} LIMIT 5", database)
    assert not wrong, f"{d.name}: {wrong}"


def check_dataset(t, corpus, d, database, quality):
    """The figures of the dataset itself."""
    (got,) = t.catalog(
        "SELECT total_series, total_records, avg_series_length, min_series_length, max_series_length, first_time, last_time, "
        f"data_file_count, quality, time_unit FROM datasets WHERE dataset_id = '{d.name}'", database)
    (want,) = t.duck.rows(
        "SELECT count(*) AS total_series, sum(record_count)::BIGINT AS total_records, avg(record_count) AS avg_series_length, "
        "min(record_count) AS min_series_length, max(record_count) AS max_series_length, "
        f"min(first_time) AS first_time, max(last_time) AS last_time FROM ({group_by(corpus, d)})")
    unit, average = got.pop("time_unit"), float(got.pop("avg_series_length"))
    files, label = int(got.pop("data_file_count")), got.pop("quality")
    wanted_average = float(want.pop("avg_series_length"))
    assert got == want, f"{d.name}: {got} wanted {want}"
    assert abs(average - wanted_average) <= 1e-9 * wanted_average, f"{d.name}: average {average}, {wanted_average}"
    assert (unit or "none") == d.unit, f"{d.name}: unit {unit}, wanted {d.unit}"
    if quality == "exact":
        assert files == len(list((corpus.data / d.path).glob(d.files))), f"{d.name}: {files} files"
    assert label == quality, f"{d.name}: labelled {label}"


def check_corpus(t, corpus, database="c.db", quality="exact"):
    """Everything that the catalog says of a corpus, and that it says nothing else."""
    names = [r["dataset_id"] for r in t.catalog("SELECT dataset_id FROM datasets ORDER BY 1", database)]
    assert names == sorted(d.name for d in corpus.datasets), names
    for d in corpus.datasets:
        check_series(t, corpus, d, database)
        check_dataset(t, corpus, d, database, quality)


def check_spans(t, corpus, database="c.db"):
    """Spans are the atom: where each says its series begins, that series is, and they add up to the file."""
    for d in corpus.datasets:
        bad = t.catalog(
            "SELECT f.key, f.rows, sum(s.rows) AS span_rows, min(s.first_row) AS first, bool_or(s.last_row - s.first_row + 1 < s.rows) AS short "
            "FROM files f LEFT JOIN spans s USING (file_id) "
            f"WHERE f.dataset_id = '{d.name}' AND f.state = 'ok' GROUP BY ALL "
            "HAVING coalesce(sum(s.rows), 0) <> f.rows OR short", database)
        assert not bad, f"{d.name}: {bad}"
    # Unbroken spans of single-column keys, checked row by row against the files.
    for d in (d for d in corpus.datasets if len(d.ids) == 1):
        for f in t.catalog(f"SELECT file_id, key FROM files WHERE dataset_id = '{d.name}' AND rows > 0", database)[:3]:
            path = corpus.data / f["key"]
            assert path.exists(), f["key"]
            wrong = t.catalog(
                "WITH groups AS (SELECT DISTINCT row_group_id, row_group_num_rows AS n "
                f"    FROM parquet_metadata('{path}')), "
                "starts AS (SELECT row_group_id, coalesce(sum(n) OVER (ORDER BY row_group_id ROWS BETWEEN UNBOUNDED "
                "    PRECEDING AND 1 PRECEDING), 0) AS start FROM groups), "
                "unbroken AS (SELECT series_id, rows, first_row + coalesce(start, 0) AS first FROM spans "
                "    LEFT JOIN starts ON row_group = row_group_id "
                f"    WHERE file_id = {f['file_id']} AND last_row - first_row + 1 = rows), "
                f"data AS (SELECT file_row_number AS at, \"{d.ids[0]}\"::VARCHAR AS id FROM read_parquet('{path}', "
                "    file_row_number = true)) "
                "SELECT u.series_id, u.first, u.rows, count(DISTINCT d.id) AS ids, count(*) AS n "
                "FROM unbroken u JOIN data d ON d.at >= u.first AND d.at < u.first + u.rows "
                "GROUP BY ALL HAVING count(*) <> u.rows OR count(DISTINCT coalesce(d.id, '<null>')) <> 1 LIMIT 3", database)
            assert not wrong, f"{d.name}: {wrong}"


def test_made_up_series(t):
    corpus = corpora.synthetic(t)
    corpus.index()
    check_corpus(t, corpus)


def test_spans_are_where_they_say(t):
    corpus = Corpus(t)
    for add in (corpora.add_clustered, corpora.add_spread, corpora.add_interleaved, corpora.add_integer_ids,
                corpora.add_many_row_groups):
        add(corpus)
    corpus.index()
    check_spans(t, corpus)


def test_other_writers(t):
    corpus = Corpus(t)
    corpora.add_arrow_variants(corpus)
    corpus.index()
    check_corpus(t, corpus)


def test_m4_long_series(t):
    corpus = Corpus(t)
    corpora.add_m4(corpus, "m4_hourly", files=3)
    corpora.add_m4(corpus, "m4_weekly")
    corpus.index()
    check_corpus(t, corpus)


def test_m4_many_series(t):
    corpus = Corpus(t)
    for name in ("m4_daily", "m4_quarterly", "m4_yearly"):
        corpora.add_m4(corpus, name)
    summary = corpus.index()
    check_corpus(t, corpus)
    assert int(summary["series"]) == 4227 + 24000 + 23000, summary


def test_ett_and_exchange(t):
    corpus = Corpus(t)
    corpora.add_ett(corpus)
    corpora.add_exchange(corpus)
    corpus.index()
    check_corpus(t, corpus)


def test_depth_series_gives_lengths_without_times(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    corpus.index(depth="series")
    (row,) = t.catalog("SELECT total_series, total_records, first_time, depth FROM datasets")
    assert row == {"total_series": "150", "total_records": row["total_records"], "first_time": None, "depth": "series"}, row
    want = t.duck.value(f"SELECT count(*) FROM '{corpus.data / d.path}/*.parquet'")
    assert row["total_records"] == want, (row, want)


def test_depth_files_counts_rows_only(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    corpus.index(depth="files")
    (row,) = t.catalog("SELECT total_series, total_records, depth FROM datasets")
    want = t.duck.value(f"SELECT count(*) FROM '{corpus.data / d.path}/*.parquet'")
    assert row == {"total_series": None, "total_records": want, "depth": "files"}, row
    corpus.index(depth="time")  # one rung up from there: the same as from nothing
    check_corpus(t, corpus)


def test_dump_says_what_the_catalog_says(t):
    corpus = Corpus(t)
    d = corpora.add_two_columns(corpus)
    corpus.index()
    lines = t.ti("dump", "--database", "c.db").ok().ndjson()
    mine = {r["series_id"]: int(r["record_count"]) for r in lines if r["table"] == "series_metadata"}
    catalog = {r["series_id"]: int(r["record_count"]) for r in t.catalog("SELECT * FROM series_metadata")}
    assert mine == catalog and len(mine) == 60, (len(mine), len(catalog))
    assert [r["dataset_id"] for r in lines if r["table"] == "datasets"] == [d.name]
    assert not [r for r in lines if r["table"] == "failures"]


def test_columns_are_found_without_metadata(t):
    corpus = Corpus(t)
    d = corpus.add(corpora.Dataset("nobody_described_me"), metadata=False)
    corpus.copy(d, corpora.series(25, "30 + i") + " ORDER BY i, j")
    t.index(corpus.data)
    check_corpus(t, corpus)
    (row,) = t.catalog("SELECT columns_origin FROM datasets")
    assert row["columns_origin"] == "detected", row


def test_folder_and_metadata_differ_in_case(t):
    corpus = Corpus(t)
    d = corpus.add(corpora.Dataset("beijing_subway_30min", folder="BEIJING_SUBWAY_30MIN"))
    corpus.copy(d, corpora.series(25, "30 + i") + " ORDER BY i, j")
    corpus.index()
    check_corpus(t, corpus)


def test_same_ids_in_two_datasets_do_not_meet(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus, "one", files=1)
    corpora.add_clustered(corpus, "two", files=2)
    corpus.index()
    check_corpus(t, corpus)


def test_demo_corpus(t):
    """The demo's real series: the figures, and what is wrong on purpose is said."""
    source = ROOT / "demo" / "corpus"
    if not source.exists():
        raise Skip("no demo corpus: make demo writes it")
    t.index(source / "data", source / "metadata", codes=(3,))
    wrong = t.catalog(
        "SELECT d.dataset_id, d.total_records, o.n FROM datasets d JOIN ("
        f"SELECT lower(split_part(replace(filename, '{source}/data/', ''), '/', 1)) AS folder, count(*) AS n "
        f"FROM read_parquet('{source}/data/*/*.parquet', filename = true, union_by_name = true) GROUP BY ALL) o "
        "ON o.folder = lower(d.dataset_id) WHERE d.total_records <> o.n OR d.quality <> 'exact'")
    assert not wrong, wrong
    codes = {r["code"] for r in t.catalog("SELECT DISTINCT code FROM failures")}
    assert {"metadata_without_data", "marker_file"} <= codes, codes
