"""Datasets of one series a row, whose lists hold the records, against the same records as rows.

The truth is in the rows: DuckDB unnests the lists into a long file, of which test_oracle.py and test_values.py say that its
figures are right. What the catalog says of the lists must be the same in every figure, and record counts, bounds and nulls
are DuckDB's own.
"""
import corpora
from corpora import Corpus, Dataset

SERIES_FIGURES = ("record_count, null_times, first_time, last_time, frequency, frequency_share, step, step_share, distinct_steps, "
                  "gaps, missing_times, longest_gap, coverage, duplicate_times, out_of_order_times, steps_quality, quality")

# Rows of one series: id, times, values. Lengths differ, and some lists are long enough for several pages.
ROWS = """
SELECT 's' || i AS item_id,
       list_transform(range(n), lambda j: TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j + INTERVAL 1 DAY * i) AS timestamp,
       list_transform(range(n), lambda j: CASE WHEN (i + j) % 11 = 0 THEN NULL ELSE (i * 7 + j) % 13 / 4.0 END) AS sales,
       list_transform(range(n), lambda j: (i * j) % 5) AS other
FROM (SELECT i, 1 + i * i * {scale} % 97 AS n FROM range({n}) r(i))
"""


def index(corpus, database="c.db", codes=(0,), **options):
    """Where no dataset has metadata there is no folder of it."""
    metadata = corpus.metadata if any(corpus.metadata.iterdir()) else None
    return corpus.t.index(corpus.data, metadata, database, codes, **options)


def add_lists(corpus, name, rows, options="", metadata=False):
    d = corpus.add(Dataset(name), metadata=metadata)
    corpus.copy(d, rows, options=options)
    return d


def add_long(corpus, name, source, columns="unnest(timestamp) AS timestamp, unnest(sales) AS sales, unnest(other) AS other"):
    """The records of a dataset of lists, as rows."""
    d = corpus.add(Dataset(name), metadata=False)
    corpus.copy(d, f"SELECT item_id, {columns} FROM '{corpus.file(source, '*.parquet')}'")
    return d


def differences(t, table, one, other, columns):
    """Rows that one of the two datasets has and the other has not."""
    sides = [f"SELECT {columns} FROM {table} WHERE dataset_id = '{d.name}'" for d in (one, other)]
    return t.catalog(f"(({sides[0]}) EXCEPT ALL ({sides[1]})) UNION ALL (({sides[1]}) EXCEPT ALL ({sides[0]})) LIMIT 4")


def check_alike(t, lists, rows):
    wrong = differences(t, "series_metadata", lists, rows, "series_id, " + SERIES_FIGURES)
    assert not wrong, f"{lists.name}: {wrong}"
    wrong = differences(t, "series_values", lists, rows, "* EXCLUDE (dataset_id)")
    assert not wrong, f"{lists.name}: {wrong}"


def check_counts(t, corpus, d, unit="us"):
    """Counts, bounds and nulls are those that DuckDB's unnest gives."""
    wrong = t.catalog(
        "SELECT * FROM (SELECT series_id, record_count, first_time, last_time FROM series_metadata "
        f"WHERE dataset_id = '{d.name}' AND record_count > 0) c FULL JOIN (SELECT item_id, count(*) AS n, "
        f"epoch_{unit}(min(t)) AS low, epoch_{unit}(max(t)) AS high FROM (SELECT item_id, unnest(timestamp) AS t "
        f"FROM '{corpus.file(d, '*.parquet')}') GROUP BY ALL) o ON c.series_id = o.item_id "
        "WHERE (record_count, first_time, last_time) IS DISTINCT FROM (n, low, high) LIMIT 4")
    assert not wrong, f"{d.name}: {wrong}"


def facts(t, name, what="files.elements, files.rows, datasets.total_records, datasets.total_series"):
    (row,) = t.catalog(f"SELECT {what} FROM datasets JOIN files USING (dataset_id) WHERE dataset_id = '{name}'")
    return list(row.values())


def test_times_in_lists(t):
    """A list of times and lists of values: every figure of every series is that of the same records as rows."""
    corpus = Corpus(t)
    few = add_lists(corpus, "few", ROWS.format(n=40, scale=1))
    many = add_lists(corpus, "many", ROWS.format(n=3000, scale=3), "ROW_GROUP_SIZE 2048, COMPRESSION zstd")
    pairs = [(d, add_long(corpus, d.name + "_rows", d)) for d in (few, many)]
    index(corpus, depth="values")
    for lists, rows in pairs:
        check_alike(t, lists, rows)
        check_counts(t, corpus, lists)
    elements, rows, records, series = facts(t, "many")
    assert [rows, series] == ["3000", "3000"] and elements == records and int(records) > 100000, (elements, rows, records, series)
    (span,) = t.ti("show", "many:s7", "--database", "c.db", "--spans", "--format", "json").ok().json()["items"][0]["spans"]
    assert (span["first_row"], span["last_row"], span["rows"], span["unbroken"]) == (7, 7, 1 + 7 * 7 * 3 % 97, True), span


def test_length_without_values(t):
    """Lengths need the levels of one column: no element is decoded, and no other list is fetched."""
    corpus = Corpus(t)
    d = add_lists(corpus, "lists", ROWS.format(n=3000, scale=3).replace("(i * 7 + j) % 13 / 4.0", "hash(i * 1000 + j) / 7.0"),
                  "ROW_GROUP_SIZE 100000")
    summary = index(corpus, depth="series")
    (size,) = t.duck.rows("SELECT sum(total_compressed_size) FILTER (path_in_schema LIKE 'timestamp%' OR path_in_schema = 'item_id')"
                          f"::BIGINT AS wanted, sum(total_compressed_size)::BIGINT AS whole FROM parquet_metadata('{corpus.file(d, '*.parquet')}')")
    assert facts(t, "lists", "total_records > 100000, series_id_columns, time_column") == ["true", '["item_id"]', "timestamp"]
    assert summary["values_decoded"] <= 2 * 3000, summary
    assert summary["bytes_wanted"] <= int(size["wanted"]) + 2 * 65536 < int(size["whole"]), (summary, size)


def arrow_lists(pa, prefix="p", count=220):
    """Null lists, empty lists, null elements, and series that go on in another row."""
    start = 1_577_836_800_000_000
    lengths = [i * 31 % 113 for i in range(count)]
    times = [None if i % 17 == 3 else [start + 3_600_000_000 * (j + i // (count - 2) * 200) for j in range(n)] for i, n in enumerate(lengths)]
    values = [None if i % 17 in (3, 5) else [None if (i + j) % 7 == 0 else (i * j) % 100 / 8 for j in range(n)] for i, n in enumerate(lengths)]
    other = [None if i % 17 == 3 else [(i + j) % 50 for j in range(n)] for i, n in enumerate(lengths)]
    return pa.table({"item_id": pa.array([f"{prefix}{i % (count - 2):03}" for i in range(count)]),
                     "timestamp": pa.array(times, pa.list_(pa.timestamp("us"))),
                     "sales": pa.array(values, pa.list_(pa.float64())), "other": pa.array(other, pa.list_(pa.int32()))})


def check_empty(t, lists, rows):
    """Series whose lists are all empty or null have no rows to compare with: they are there, with zero records."""
    empty = t.catalog(f"SELECT series_id FROM series_metadata WHERE dataset_id = '{lists.name}' AND record_count = 0 ORDER BY 1")
    wanted = t.duck.rows(f"SELECT item_id AS series_id FROM '{rows}' GROUP BY 1 HAVING sum(coalesce(len(timestamp), 0)) = 0 ORDER BY 1")
    assert empty == wanted and wanted, f"{lists.name}: {len(empty)} empty series, {len(wanted)} wanted"
    wrong = t.catalog(f"SELECT * FROM series_values JOIN series_metadata USING (dataset_id, series_id) WHERE dataset_id = '{lists.name}' "
                      "AND record_count = 0 AND (rows <> 0 OR values_quality <> 'exact')")
    assert not wrong, wrong


def check_alike_but_for_empty(t, lists, rows):
    """Sparklines that were merged from several spans are pictures of another grain (docs/STATISTICS.md, section 13)."""
    for table, count in (("series_metadata", "record_count"), ("series_values", "rows")):
        columns = "series_id, " + SERIES_FIGURES if table == "series_metadata" else "* EXCLUDE (dataset_id, sparkline)"
        wrong = differences(t, f"(FROM {table} WHERE {count} > 0)", lists, rows, columns)
        assert not wrong, f"{lists.name}: {wrong}"


def test_nulls_and_pages(t):
    """Null and empty lists, null elements, lists cut over pages of both versions, many row groups in several slices."""
    pa = corpora.pyarrow()
    corpus = Corpus(t)
    table, made = arrow_lists(pa), []
    variants = {"v1": {"data_page_size": 512, "compression": "snappy"}, "v2": {"data_page_version": "2.0", "data_page_size": 512},
                "plain": {"use_dictionary": False, "compression": "gzip"}, "groups": {"row_group_size": 7},
                "delta": {"use_dictionary": False, "data_page_version": "2.0", "compression": "zstd", "row_group_size": 100,
                          "column_encoding": {"timestamp.list.element": "DELTA_BINARY_PACKED", "sales.list.element": "BYTE_STREAM_SPLIT"}},
                "item": {"use_compliant_nested_type": False}}
    for name, options in variants.items():
        d = corpus.add(Dataset(name), metadata=False)
        pa.parquet.write_table(table, corpus.file(d, "a.parquet"), **options)
        made.append((d, add_long(corpus, name + "_rows", d)))
    big = corpus.add(Dataset("slices"), metadata=False)
    pa.parquet.write_table(pa.concat_tables([arrow_lists(pa, prefix) for prefix in "abcde"]), corpus.file(big, "a.parquet"), row_group_size=1)
    made.append((big, add_long(corpus, "slices_rows", big)))
    index(corpus, depth="values")
    for lists, rows in made:
        check_alike_but_for_empty(t, lists, rows)
        check_empty(t, lists, corpus.file(lists, "a.parquet"))
    spans = t.catalog("SELECT count(*) AS n FROM spans JOIN files USING (file_id) WHERE dataset_id = 'groups'")
    assert int(spans[0]["n"]) == table.num_rows, spans


def test_uneven_lists(t):
    """A list that is not as long as the row has records is no target, and says so; the others are as they were."""
    corpus = Corpus(t)
    rows = ROWS.format(n=300, scale=1)
    even = add_lists(corpus, "even", f"SELECT * EXCLUDE (other) FROM ({rows})")
    longer = add_lists(corpus, "longer", f"SELECT * REPLACE (CASE WHEN item_id = 's250' THEN list_append(other, 1) ELSE other END AS other) FROM ({rows})",
                       "ROW_GROUP_SIZE 100")
    shorter = add_lists(corpus, "shorter", f"SELECT * REPLACE (CASE WHEN item_id = 's3' THEN other[2:] ELSE other END AS other) FROM ({rows})")
    index(corpus, depth="values")
    for d in (longer, shorter):
        check_alike(t, d, even)
        notes = t.catalog(f"SELECT field, target, target_note FROM columns JOIN files USING (file_id) WHERE dataset_id = '{d.name}' AND field IS NOT NULL ORDER BY 1")
        assert [(r["field"], r["target"], bool(r["target_note"])) for r in notes] == [
            ("other", None, True), ("sales", "1", False), ("timestamp", None, False)], notes


FREQUENCIES = {"h": "1 HOUR", "15min": "15 MINUTE", "30T": "30 MINUTE", "D": "1 DAY", "W-SUN": "7 DAY", "MS": "1 MONTH", "QS": "3 MONTH",
               "Y": "1 YEAR", "10_minutes": "10 MINUTE", "half_hourly": "30 MINUTE", "4 seconds": "4 SECOND"}


def started(frequencies, columns="start, freq, target"):
    """Rows of a start, a period and values; the records as rows beside them."""
    values = ", ".join(f"({i}, '{f}', INTERVAL {step})" for i, (f, step) in enumerate(frequencies.items()))
    base = ("SELECT 's' || i AS item_id, TIMESTAMP '2019-03-01' + INTERVAL 1 DAY * (i % 2) AS start, freq, "
            "list_transform(range(40 + i), lambda j: (i * j) % 9 / 2.0) AS target, step, i "
            f"FROM (VALUES {values}) v(i, freq, step)")
    return (f"SELECT item_id, {columns} FROM ({base})",
            f"SELECT item_id, start + step * unnest(range(len(target))) AS timestamp, unnest(target) AS target FROM ({base})")


def test_start_and_frequency(t):
    """Times that are a start and a period are those of the records as rows."""
    corpus = Corpus(t)
    lists, rows = started(FREQUENCIES)
    one, many = add_lists(corpus, "started", lists), corpus.add(Dataset("started_rows"), metadata=False)
    corpus.copy(many, rows)
    lists, rows = started({"whatever": "1 HOUR"}, "start, target")
    named_one, named_many = add_lists(corpus, "named", lists, metadata=True), corpus.add(Dataset("named_rows"), metadata=False)
    corpus.copy(named_many, rows)
    file = corpus.metadata / "named_metadata.yaml"
    text = file.read_text().replace("time_column: timestamp", "time_column: start")
    file.write_text(text + "frequency: hourly\n")
    index(corpus, depth="values")
    check_alike(t, one, many)
    check_alike(t, named_one, named_many)
    file.write_text(text + "frequency: daily\n")  # other times: what the first run made is not kept
    summary = index(corpus, depth="values")
    assert summary["files_read"] == 1, summary
    assert t.catalog("SELECT DISTINCT frequency FROM series_metadata WHERE dataset_id = 'named'") == [{"frequency": "D"}]


def test_no_times_are_made_up(t):
    """Without a period, or from a start that it does not fit, series have lengths and no times, and the reason is told."""
    corpus = Corpus(t)
    rows = "SELECT 's' || i AS item_id, TIMESTAMP '{start}' AS start, {freq} list_transform(range(20), lambda j: j * 1.0) AS target FROM range(5) r(i)"
    cases = {"no_period": ("2020-01-01", "", "no period"), "unknown": ("2020-01-01", "'m' AS freq,", "'m' in column 'freq'"),
             "last_days": ("2020-01-30", "'MS' AS freq,", "not in every month"), "weekend": ("2020-01-04", "'B' AS freq,", "no business day")}
    for name, (start, freq, _) in cases.items():
        add_lists(corpus, name, rows.format(start=start, freq=freq))
    add_lists(corpus, "too_fine", rows.format(start="2020-01-01", freq="'h' AS freq,").replace("TIMESTAMP '2020-01-01'", "DATE '2020-01-01'"))
    cases["too_fine"] = ("", "", "too coarse")
    index(corpus, depth="values", codes=(3,))
    for name, (_, _, why) in cases.items():
        assert facts(t, name, "total_records, total_series, first_time, files_without_time") == ["100", "5", None, "1"], name
        (failure,) = t.catalog(f"SELECT reason FROM failures WHERE dataset_id = '{name}' AND code = 'unsupported'")
        assert why in failure["reason"], failure
        assert t.catalog(f"SELECT DISTINCT rows FROM series_values WHERE dataset_id = '{name}'") == [{"rows": "20"}]


def test_rows_stay_rows(t):
    """A list beside a time that is one value is a value of the record; lists of lists hold several series, and are refused."""
    corpus = Corpus(t)
    plain = "SELECT 's' || i AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j AS timestamp, [1.0, 2.0] AS target FROM range(4) a(i), range(9) b(j)"
    add_lists(corpus, "records", plain)
    add_lists(corpus, "variates", "SELECT 's' || i AS item_id, TIMESTAMP '2020-01-01' AS start, 'h' AS freq, [[1.0, 2.0], [3.0, 4.0]] AS target FROM range(4) a(i)")
    index(corpus, depth="values", codes=(3,))
    assert facts(t, "records", "total_records, total_series, elements") == ["36", "4", None]
    assert facts(t, "variates", "state, total_series") == ["failed", None]
    (failure,) = t.catalog("SELECT reason FROM failures WHERE dataset_id = 'variates' AND code = 'unsupported'")
    assert "several variates" in failure["reason"], failure


def test_samples_of_lists(t):
    """Rows of files that were not read are series, not records: the number of records is not known, and is not said."""
    corpus = Corpus(t)
    d = corpus.add(Dataset("lists"), metadata=False)
    for f in range(8):
        corpus.copy(d, f"SELECT * REPLACE (item_id || '_{f}' AS item_id) FROM (" + ROWS.format(n=50, scale=f + 1) + ")", f"{f}.parquet")
    index(corpus, depth="time", sample=3)
    (got,) = t.catalog("SELECT total_records, avg_series_length, quality FROM datasets")
    assert got == {"total_records": None, "avg_series_length": None, "quality": "sampled"}, got
    index(corpus, depth="time")
    (got,) = t.catalog("SELECT total_records, (SELECT sum(record_count)::BIGINT FROM series_metadata) AS records, quality FROM datasets")
    assert got["total_records"] == got["records"] and got["quality"] == "exact", got
