"""How the times of series follow one another, against SQL over the same files: steps, gaps, duplicates, disorder."""
import corpora
from corpora import Corpus, Dataset

DATASETS = 120

# A quarter of the series has a time that repeats, some are jittered, some have calendars, some lie at the ends of what
# timestamps are for. `h` is a number drawn for the row.
TIMES = [
    "TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j",
    "TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * (j - j % 5 // 4)",
    "TIMESTAMP '2019-12-31 23:59:59' + INTERVAL 1 SECOND * j + INTERVAL 1 MILLISECOND * (h % 40)",
    "TIMESTAMP '0001-01-01' + INTERVAL 1 DAY * j",
    "TIMESTAMP '9998-01-01' + INTERVAL 15 MINUTE * j",
    "TIMESTAMP '1969-11-03' + INTERVAL 7 DAY * j",
    "TIMESTAMP '1990-03-01' + INTERVAL 1 MONTH * j",
    "TIMESTAMP '2000-01-01' + INTERVAL 1 MICROSECOND * (h % 1000000)",
]

# How files are cut: by time, by series, anyhow.
CUTS = ["j * {files} // 200", "i % {files}", "h % {files}"]
ORDERS = ["i, j", "j, i", "h", "i, j"]


def add_random(corpus, k):
    """One dataset of a dozen series, another for each k: gaps, nulls, repeats, disorder, several files and row groups."""
    d = corpus.add(Dataset(f"random_{k:03}"))
    files = 1 + k % 4
    times = " ".join(f"WHEN {n} THEN {t}" for n, t in enumerate(TIMES))
    rows = (f"SELECT i, j, hash(i * 100003 + j * 17 + {k} * 7919) % 1000003 AS h FROM range(12) a(i), range(200) b(j)")
    query = (f"SELECT * FROM (SELECT 's' || i AS item_id, CASE WHEN h % {11 + k % 50} = 0 THEN NULL ELSE "
             f"CASE (i + {k}) % {len(TIMES)} {times} END END AS timestamp, j * 1.0 AS target, i, j, h FROM ({rows}) "
             f"WHERE h % 100 >= {k % 30}) WHERE {CUTS[k % 3].format(files=files)} = {{f}} ORDER BY {ORDERS[k % 4]}")
    script = [f"COPY (SELECT item_id, timestamp, target FROM ({query.format(f=f)})) TO '{corpus.file(d, f'{f}.parquet')}' "
              "(FORMAT parquet, ROW_GROUP_SIZE 512);" for f in range(files)]
    return "\n".join(script)


def oracle(corpus, d, unit="us"):
    """Steps of each series of a dataset from its rows, as SQL."""
    ids = ", ".join(f'"{c}"::VARCHAR' for c in d.ids)
    time = {"us": 'epoch_us("{t}"::TIMESTAMP)', "day": "date_diff('day', DATE '1970-01-01', \"{t}\"::DATE)",
            "index": '"{t}"::BIGINT', "ms": 'epoch_ms("{t}"::TIMESTAMP)', "ns": 'epoch_ns("{t}"::TIMESTAMP_NS)'}[unit]
    files = corpus.data / d.path / d.files
    return f"""
        WITH points AS (SELECT [{ids}] AS id_parts, {time.format(t=d.time)} AS t, filename, file_row_number AS place
                      FROM read_parquet('{files}', filename = true, file_row_number = true, hive_partitioning = false)
                      WHERE "{d.time}" IS NOT NULL),
        steps AS (SELECT id_parts, t - lag(t) OVER (PARTITION BY id_parts ORDER BY t) AS d,
                         t < lag(t) OVER (PARTITION BY id_parts, filename ORDER BY place) AS back FROM points),
        modes AS (SELECT id_parts, d AS step, count(*) AS n FROM steps WHERE d > 0 GROUP BY id_parts, d
                  QUALIFY row_number() OVER (PARTITION BY id_parts ORDER BY count(*) DESC, d) = 1),
        longer AS (SELECT x.id_parts, count(*) AS longer FROM steps x JOIN modes m
                   ON m.id_parts IS NOT DISTINCT FROM x.id_parts WHERE x.d > m.step GROUP BY ALL),
        sums AS (SELECT id_parts, count(*) AS n, count(*) FILTER (d = 0) AS duplicate_times,
                        count(*) FILTER (back) AS out_of_order_times, count(*) FILTER (d > 0) AS n_steps,
                        count(DISTINCT d) FILTER (d > 0) AS all_steps, coalesce(sum(d), 0) AS span,
                        coalesce(max(d), 0) AS longest FROM steps GROUP BY ALL)
        SELECT s.*, least(all_steps, 17) AS distinct_steps, m.step, m.n / n_steps AS step_share,
               coalesce(l.longer, 0) AS longer, span // m.step + 1 AS expected
        FROM sums s LEFT JOIN modes m ON m.id_parts IS NOT DISTINCT FROM s.id_parts
        LEFT JOIN longer l ON l.id_parts IS NOT DISTINCT FROM s.id_parts"""


CALENDAR = "frequency IS NOT NULL AND regexp_matches(frequency, '^[0-9]*(B|B?M[SE]|B?Q[SE]-.*|B?Y[SE]-.*)$')"


def check(t, corpus, d, database="c.db"):
    """Every figure that is there is right, and what is not there is not there for the reason that stands beside it."""
    wrong = t.catalog(f"""
        SELECT c.series_id, c.frequency, c.step AS c_step, o.step AS o_step, c.gaps, o.longer, c.missing_times, o.expected,
               o.n, o.duplicate_times, c.duplicate_times AS c_duplicates, c.out_of_order_times AS c_back,
               o.out_of_order_times AS o_back, c.distinct_steps AS c_distinct, o.all_steps, o.step_share, c.steps_quality
        FROM (SELECT *, {CALENDAR} AS calendar FROM series_metadata WHERE dataset_id = '{d.name}') c
        LEFT JOIN ({oracle(corpus, d, d.unit)}) o ON c.id_parts IS NOT DISTINCT FROM o.id_parts
        WHERE coalesce(c.out_of_order_times, -1) <> coalesce(o.out_of_order_times, -1)
           OR CASE WHEN o.n IS NULL THEN c.steps_quality IS NOT NULL OR c.duplicate_times IS NOT NULL
              WHEN c.steps_quality = 'unordered' THEN c.duplicate_times IS NOT NULL OR c.step IS NOT NULL
                   OR c.frequency IS NOT NULL OR c.gaps IS NOT NULL OR c.distinct_steps IS NOT NULL
              WHEN c.steps_quality <> 'exact' THEN true
              ELSE c.duplicate_times <> o.duplicate_times OR c.distinct_steps <> o.distinct_steps
                   OR (c.step IS NULL AND o.n_steps > 0 AND o.all_steps <= 16)
                   OR (c.step IS NOT NULL AND (c.step <> o.step OR abs(c.step_share - o.step_share) > 1e-12))
                   OR (o.n_steps < 2) <> (c.frequency IS NULL AND '{d.unit}' <> 'index' OR o.n_steps < 2)
                   OR (NOT coalesce(c.calendar, false) AND o.n_steps >= 2
                       AND (coalesce(c.frequency, '') = 'irregular') <> (o.step_share <= 0.5))
                   OR (o.step_share > 0.5 AND o.n_steps >= 2 AND NOT coalesce(c.calendar, false) AND (
                       c.gaps IS DISTINCT FROM o.longer
                       OR c.missing_times IS DISTINCT FROM greatest(0, o.expected - o.n_steps - 1)
                       OR c.longest_gap IS DISTINCT FROM CASE WHEN o.longer > 0 THEN o.longest ELSE 0 END
                       OR abs(c.coverage - least(1, (o.n_steps + 1) / o.expected)) > 1e-12)) END
        LIMIT 5""", database)
    assert not wrong, f"{d.name}: {wrong}"


def check_labels(t, database="c.db"):
    """'unordered' exactly where the spans of a series overlap in time."""
    wrong = t.catalog("""
        WITH s AS (SELECT dataset_id, series_id, t_min < max(t_max) OVER (PARTITION BY dataset_id, series_id ORDER BY t_min, t_max, key, row_group
                                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS crossed
                   FROM spans JOIN files USING (file_id) WHERE times > 0)
        SELECT c.series_id, c.steps_quality FROM (SELECT dataset_id, series_id, bool_or(coalesce(crossed, false)) AS crossed
                                                  FROM s GROUP BY ALL) o
        JOIN series_metadata c USING (dataset_id, series_id)
        WHERE (c.steps_quality = 'unordered') <> o.crossed LIMIT 5""", database)
    assert not wrong, wrong


def check_sums(t, database="c.db"):
    """The figures of datasets are those of their series."""
    wrong = t.catalog("""
        SELECT d.dataset_id FROM datasets d JOIN (
            SELECT dataset_id, sum(gaps) AS gaps, sum(missing_times) AS missing, sum(duplicate_times) AS duplicates,
                   sum(out_of_order_times) AS back, count(*) FILTER (gaps > 0) AS with_gaps,
                   count(*) FILTER (duplicate_times > 0) AS with_duplicates,
                   count(*) FILTER (out_of_order_times > 0) AS disordered,
                   count(*) FILTER (frequency = 'irregular') AS irregular,
                   count(*) FILTER (steps_quality = 'unordered') AS unordered
            FROM series_metadata GROUP BY ALL) s USING (dataset_id)
        WHERE d.gaps IS DISTINCT FROM s.gaps OR d.missing_times IS DISTINCT FROM s.missing
           OR d.duplicate_times IS DISTINCT FROM s.duplicates OR d.out_of_order_times IS DISTINCT FROM s.back
           OR d.series_with_gaps <> s.with_gaps OR d.series_with_duplicates <> s.with_duplicates
           OR d.series_out_of_order <> s.disordered OR d.series_irregular <> s.irregular
           OR d.series_unordered <> s.unordered""", database)
    assert not wrong, wrong


def test_random_corpora(t):
    """120 datasets of twelve series each; the same catalog for one worker and for sixteen."""
    corpus = Corpus(t)
    script = [add_random(corpus, k) for k in range(DATASETS)]
    t.duck.execute("SET threads = 1;\n" + "\n".join(script))
    corpus.index()
    for d in corpus.datasets:
        check(t, corpus, d)
    check_labels(t)
    check_sums(t)
    (row,) = t.catalog("SELECT count(DISTINCT frequency) AS names, count(*) FILTER (steps_quality = 'unordered') AS unordered, "
                       "count(*) FILTER (gaps > 0) AS gaps FROM series_metadata")
    assert int(row["names"]) >= 6 and int(row["unordered"]) > 50 and int(row["gaps"]) > 200, row
    corpus.index("sixteen.db", concurrency=16)
    assert t.dump("sixteen.db") == t.dump()


test_random_corpora.timeout = 300


def test_made_up_series(t):
    corpus = corpora.synthetic(t)
    corpus.index()
    for d in corpus.datasets:
        if d.time and d.name != "spread":
            check(t, corpus, d)
    rows = {r["dataset_id"]: r for r in t.catalog("SELECT dataset_id, detected_frequency AS f, time_kind FROM datasets")}
    assert (rows["clustered"]["f"], rows["clustered"]["time_kind"]) == ("h", "timestamp"), rows["clustered"]
    assert (rows["unit_day"]["f"], rows["unit_day"]["time_kind"]) == ("D", "date"), rows["unit_day"]
    assert (rows["index_time"]["f"], rows["index_time"]["time_kind"]) == (None, "integer"), rows["index_time"]
    assert rows["no_time"]["time_kind"] == "none", rows["no_time"]


def test_real_series(t):
    corpus = Corpus(t)
    for name in ("m4_weekly", "m4_quarterly", "m4_yearly"):
        corpora.add_m4(corpus, name)
    corpora.add_m4(corpus, "m4_hourly", files=3)
    corpora.add_ett(corpus)
    corpora.add_exchange(corpus)
    corpus.index()
    for d in corpus.datasets:
        check(t, corpus, d)
    check_labels(t)
    got = {r["dataset_id"]: r["f"] for r in t.catalog("SELECT dataset_id, detected_frequency AS f FROM datasets")}
    assert got == {"m4_weekly": "W-SAT", "m4_quarterly": "QS-JAN", "m4_yearly": "YS-JAN", "m4_hourly": "h",
                   "ett_hourly": "h", "exchange_rate": None}, got
    whole = t.catalog("SELECT DISTINCT coverage, gaps FROM series_metadata")
    assert whole == [{"coverage": "1.0", "gaps": "0"}], whole


def test_more_series_than_fit_in_memory_at_once(t):
    """Spans are read and series are written by turns, in batches: none is lost where one ends."""
    corpus = Corpus(t)
    d = corpus.add(Dataset("many"))
    for f in range(2):
        corpus.copy(d, f"SELECT 'series ' || i AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * (j + 2 * {f}) AS timestamp, "
                       "1.0 AS target FROM range(230000) a(i), range(2) b(j) ORDER BY i, j", f"{f}.parquet")
    corpus.index()
    (row,) = t.catalog("SELECT count(*) AS n, count(DISTINCT series_id) AS ids, min(record_count) AS rows, max(file_count) AS files, "
                       "min(coverage) AS coverage, count(DISTINCT frequency) AS names, min(id_parts[1]) AS part FROM series_metadata")
    assert row == {"n": "230000", "ids": "230000", "rows": "4", "files": "2", "coverage": "1.0", "names": "1",
                   "part": "series 0"}, row


def test_calendar_names_with_gaps(t):
    """Month ends, business days and quarters, a few points left out: gaps and missing points by hand."""
    corpus = Corpus(t)
    cases = {
        "ME": "last_day(DATE '2001-01-01' + INTERVAL 1 MONTH * j)",
        "MS": "DATE '1995-05-01' + INTERVAL 1 MONTH * j",
        "QE-NOV": "last_day(DATE '1999-02-01' + INTERVAL 3 MONTH * j)",
        "YE-JUN": "last_day(DATE '1901-06-01' + INTERVAL 1 YEAR * j)",
        "B": "DATE '2024-01-01' + (j // 5 * 7 + j % 5)::INTEGER",
        "W-WED": "DATE '2024-01-03' + (j * 7)::INTEGER",
        "2D": "DATE '2024-01-03' + (j * 2)::INTEGER",
    }
    d = corpus.add(Dataset("calendars", unit="us"))
    parts = [f"SELECT '{name}' AS item_id, ({time})::TIMESTAMP AS timestamp, 1.0 AS target "
             "FROM range(60) b(j) WHERE j NOT IN (7, 8, 9, 30)" for name, time in cases.items()]
    corpus.copy(d, " UNION ALL ".join(parts) + " ORDER BY 1, 2")
    corpus.index()
    for row in t.catalog("SELECT series_id, frequency, gaps, missing_times, coverage FROM series_metadata"):
        name = row.pop("series_id")
        assert row == {"frequency": name, "gaps": "2", "missing_times": "4", "coverage": str(56 / 60)}, (name, row)


def test_show_tells_the_steps(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus, files=1, per_file=2)
    corpus.index()
    row = t.ti("show", f"{d.name}:s1", "--database", "c.db", "--format", "ndjson").ok().json()
    assert (row["frequency"], row["gaps"], row["coverage"], row["steps_quality"]) == ("h", 0, 1, "exact"), row
    row = t.ti("show", d.name, "--database", "c.db", "--format", "ndjson").ok().json()
    assert (row["detected_frequency"], row["series_irregular"], row["time_kind"]) == ("h", 0, "timestamp"), row


def test_text_times(t):
    """ISO 8601 in every form: dates, minutes, fractions, offsets, months, quarters, years; empty text is no time."""
    corpus = Corpus(t)
    forms = {
        "days": ("strftime(DATE '0001-01-01' + j::INTEGER, '%Y-%m-%d')", "us", "D", False),
        "blanks": ("CASE WHEN j % 10 = 3 THEN '' ELSE strftime(TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j, '%Y-%m-%d %H:%M:%S') END",
                   "us", "h", False),
        "zoned": ("strftime(TIMESTAMP '2020-01-01' + INTERVAL 15 MINUTE * j, '%Y-%m-%dT%H:%M:%S.%f') || '+02:00'", "us", "15min", True),
        "fine": ("strftime(TIMESTAMP '2020-01-01' + INTERVAL 1 SECOND * j, '%Y-%m-%dT%H:%M:%S') || '.000000007Z'", "ns", "s", True),
        "months": ("strftime(DATE '1960-01-01' + INTERVAL 1 MONTH * j, '%Y-%m')", "us", "MS", False),
        "quarters": ("(1900 + j // 4) || '-Q' || (1 + j % 4)", "us", "QS-JAN", False),
        "years": ("(1900 + j)::VARCHAR", "us", "YS-JAN", False),
    }
    for name, (text, unit, _frequency, _utc) in forms.items():
        d = corpus.add(Dataset(name, time="date", unit=unit))
        corpus.copy(d, f"SELECT 's' || i AS item_id, {text} AS date, 1.0 AS target FROM range(3) a(i), range(90) b(j) "
                       "WHERE j < 80 + i ORDER BY i, j")
    corpus.index()
    for row in t.catalog("SELECT dataset_id, time_kind, time_unit, time_utc, detected_frequency AS f, null_times, gaps "
                         "FROM datasets"):
        _text, unit, frequency, utc = forms[row["dataset_id"]]
        want = {"dataset_id": row["dataset_id"], "time_kind": "string", "time_unit": unit, "time_utc": str(utc).lower(),
                "f": frequency, "null_times": "24" if row["dataset_id"] == "blanks" else "0",
                "gaps": "24" if row["dataset_id"] == "blanks" else "0"}
        assert row == want, (row, want)
    (row,) = t.catalog("SELECT first_timestamp, last_timestamp FROM series_metadata WHERE dataset_id = 'zoned' AND series_id = 's0'")
    assert row == {"first_timestamp": "2019-12-31 22:00:00", "last_timestamp": "2020-01-01 17:45:00"}, row
    (row,) = t.catalog("SELECT first_timestamp FROM series_metadata WHERE dataset_id = 'days' AND series_id = 's0'")
    assert row["first_timestamp"].startswith("0001-01-01"), row


def test_texts_without_a_time_have_no_zone(t):
    """A file whose time texts are all empty neither agrees nor disagrees with the offsets of the others."""
    corpus = Corpus(t)
    d = corpus.add(Dataset("zoned", time="date"))
    for f, text in enumerate(("''", "strftime(TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j, '%Y-%m-%dT%H:%M:%SZ')", "NULL::VARCHAR")):
        corpus.copy(d, f"SELECT 's' AS item_id, {text} AS date, 1.0 AS target FROM range(20) b(j) ORDER BY j", f"{f}.parquet")
    corpus.index()
    (row,) = t.catalog("SELECT time_utc, quality, null_times, detected_frequency AS f FROM datasets")
    assert row == {"time_utc": "true", "quality": "exact", "null_times": "40", "f": "h"}, row


def test_text_times_are_found_and_other_text_is_not(t):
    """Without metadata: a text column called date is the time where its bounds are times, and is not where they are not."""
    corpus = Corpus(t)
    for name, text in (("iso", "strftime(DATE '2020-01-01' + j::INTEGER, '%Y-%m-%d')"),
                       ("other", "strftime(DATE '2020-01-01' + j::INTEGER, '%d.%m.%Y')")):
        d = corpus.add(Dataset(name, time="date"), metadata=False)
        corpus.copy(d, f"SELECT 's' || i AS item_id, {text} AS date, 1.0 AS target FROM range(5) a(i), range(50) b(j) ORDER BY i, j")
    t.index(corpus.data)
    rows = t.catalog("SELECT dataset_id, time_column, total_series, detected_frequency AS f FROM datasets ORDER BY 1")
    assert rows == [{"dataset_id": "iso", "time_column": "date", "total_series": "5", "f": "D"},
                    {"dataset_id": "other", "time_column": None, "total_series": "5", "f": None}], rows


def test_text_that_is_no_time_is_named(t):
    corpus = Corpus(t)
    d = corpus.add(Dataset("texts", time="date"))
    corpus.copy(d, "SELECT 's' AS item_id, CASE WHEN j = 7 THEN 'last tuesday' ELSE '2020-01-0' || (1 + j % 9) END AS date, "
                   "1.0 AS target FROM range(50) b(j) ORDER BY j")
    corpus.index(codes=(3,))
    (row,) = t.catalog("SELECT code, reason FROM failures")
    assert row["code"] == "unsupported" and "last tuesday" in row["reason"], row


def test_integers_count_since_1970(t):
    """The unit is told by the magnitude of all values; a file that does not fit makes an index of them all."""
    corpus = Corpus(t)
    start = 1_577_836_800
    for unit, factor in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
        d = corpus.add(Dataset(f"epoch_{unit}", time="ts", unit=unit))
        corpus.copy(d, f"SELECT 's' || i AS item_id, ({start} + 3600 * j)::BIGINT * {factor} AS ts, 1.0 AS target "
                       "FROM range(3) a(i), range(40) b(j) WHERE j NOT IN (4, 5) ORDER BY i, j")
    for name, text in (("digits", "(2020010100 + j % 24)::BIGINT"), ("small", "j::INTEGER")):
        d = corpus.add(Dataset(name, time="ts", unit="index"))
        corpus.copy(d, f"SELECT 's' AS item_id, {text} AS ts, 1.0 AS target FROM range(24) b(j) ORDER BY j")
    d = corpus.add(Dataset("sentinel", time="ts", unit="index"))
    for f, first in enumerate((start, 0)):
        corpus.copy(d, f"SELECT 's' || {f} AS item_id, ({first} + 60 * j)::BIGINT AS ts, 1.0 AS target FROM range(30) b(j)", f"{f}.parquet")
    d = corpus.add(Dataset("months", time="ts", unit="s"))
    corpus.copy(d, "SELECT 's' AS item_id, epoch(TIMESTAMP '2000-01-01' + INTERVAL 1 MONTH * j)::BIGINT AS ts, 1.0 AS target FROM range(30) b(j)")
    corpus.index()
    rows = {r.pop("dataset_id"): r for r in t.catalog(
        "SELECT dataset_id, time_kind, time_unit, detected_frequency AS f, missing_times, first_timestamp FROM datasets")}
    for d in corpus.datasets:
        assert (rows[d.name]["time_kind"], rows[d.name]["time_unit"]) == ("integer", d.unit), (d.name, rows[d.name])
    assert rows["epoch_ms"] == {"time_kind": "integer", "time_unit": "ms", "f": "h", "missing_times": "6",
                                "first_timestamp": "2020-01-01 00:00:00"}, rows["epoch_ms"]
    assert rows["months"]["f"] == "MS" and rows["sentinel"]["f"] is None, rows
    check(t, corpus, next(d for d in corpus.datasets if d.name == "sentinel"))
    (row,) = t.catalog("SELECT quality, time_utc FROM datasets WHERE dataset_id = 'sentinel'")
    assert row == {"quality": "exact", "time_utc": "false"}, row


def mixed(t):
    """Three files of one dataset that count time in different units."""
    corpus = Corpus(t)
    d = corpus.add(Dataset("mixed", time="ts"))
    for f, text in enumerate(("DATE '2020-01-01' + j::INTEGER", "TIMESTAMP '2020-02-10' + INTERVAL 1 DAY * j",
                              "(TIMESTAMP '2020-03-21' + INTERVAL 1 DAY * j)::TIMESTAMP_NS")):
        corpus.copy(d, f"SELECT 's' || i AS item_id, {text} AS ts, 1.0 AS target FROM range(3) a(i), range(40) b(j) ORDER BY i, j",
                    f"{f}.parquet")
    return corpus


def test_mixed_units_meet_and_are_told(t):
    corpus = mixed(t)
    corpus.index()
    (row,) = t.catalog("SELECT time_kind, time_unit, detected_frequency AS f, gaps, quality FROM datasets")
    assert row == {"time_kind": "mixed", "time_unit": "ns", "f": "D", "gaps": "0", "quality": "exact"}, row
    told = t.catalog("SELECT severity, reason FROM failures WHERE code = 'mixed_time_units'")
    assert len(told) == 1 and told[0]["severity"] == "note" and "day" in told[0]["reason"], told
    before = t.dump()
    corpus.index()  # nothing is read, and the note stays
    assert t.dump() == before


def test_ids_that_nearly_all_collide_are_counted(t):
    """More than are asked for by name, and more series than are grouped at once."""
    corpus = Corpus(t)
    d = corpus.add(Dataset("all_near"))
    corpus.copy(d, "SELECT CASE WHEN i % 2 = 0 THEN 'n' ELSE 'N' END || (i // 2) AS item_id, TIMESTAMP '2020-01-01' AS timestamp, "
                   "1.0 AS target FROM range(520000) a(i)")
    corpus.index(depth="series")
    (row,) = t.catalog("SELECT total_series, near_ids, reason FROM datasets JOIN failures USING (dataset_id)")
    assert row["total_series"] == row["near_ids"] == "520000", row
    assert "such as 'N0' and 'n0'; 'N1' and 'n1'; 'N10' and 'n10'; they are kept apart" in row["reason"], row


def test_ids_that_nearly_collide_are_told_and_never_merged(t):
    corpus = Corpus(t)
    d = corpora.add_odd_text_ids(corpus)
    corpora.add_clustered(corpus)
    corpus.index()
    (row,) = t.catalog(f"SELECT total_series, near_ids FROM datasets WHERE dataset_id = '{d.name}'")
    # 007, 7 and " 7"; ABC and abc; NULL and null
    assert row == {"total_series": "20", "near_ids": "7"}, row
    told = t.catalog("SELECT dataset_id, severity, reason FROM failures WHERE code = 'near_ids'")
    assert [r["dataset_id"] for r in told] == [d.name] and told[0]["severity"] == "note", told
    for text in ("' 7' and '7'", "'ABC' and 'abc'", "'NULL' and 'null'"):
        assert text in told[0]["reason"], told
    (row,) = t.catalog("SELECT near_ids FROM datasets WHERE dataset_id = 'clustered'")
    assert row["near_ids"] == "0", row
    before = t.dump()
    corpus.index()
    assert t.dump() == before


def test_an_id_that_is_a_time_is_not_the_time(t):
    """The metadata names ids of temporal types and no time: another column is the time, or there is none."""
    corpus = Corpus(t)
    day, stamp, at = ("DATE '2020-01-01' + i::INTEGER AS day", "TIMESTAMP '2020-01-01' + INTERVAL 1 DAY * i AS ts",
                      "TIMESTAMP '2024-01-01' + INTERVAL 1 HOUR * j AS at")
    for name, ids, columns in (("dated", ["day"], day), ("stamped", ["ts", "site"], f"{stamp}, i % 3 AS site"),
                               ("beside", ["day"], f"{day}, {at}")):
        d = corpus.add(Dataset(name, ids=ids, time=""))
        corpus.copy(d, f"SELECT {columns}, 1.0 AS target FROM range(5) a(i), range(9) b(j) ORDER BY i, j")
    corpus.index()
    rows = t.catalog("SELECT dataset_id, time_column, time_kind, total_series FROM datasets ORDER BY 1")
    assert rows == [{"dataset_id": "beside", "time_column": "at", "time_kind": "timestamp", "total_series": "5"},
                    {"dataset_id": "dated", "time_column": None, "time_kind": "none", "total_series": "5"},
                    {"dataset_id": "stamped", "time_column": None, "time_kind": "none", "total_series": "5"}], rows


def test_integers_without_a_value_are_integers(t):
    """A time column of integers that are all null: it is no calendar, and every row lacks its time."""
    corpus = Corpus(t)
    some = ("SELECT 's' || i AS item_id, {t} AS timestamp, 1.0 AS target FROM range(3) a(i), range(7) b(j) ORDER BY i, j")
    alone = corpus.add(Dataset("alone"))
    corpus.copy(alone, some.format(t="NULL::INTEGER"))
    beside = corpus.add(Dataset("beside"))
    corpus.copy(beside, some.format(t="NULL::BIGINT"), "0.parquet")
    corpus.copy(beside, some.format(t="(1577836800 + j)::BIGINT"), "1.parquet")
    corpus.index()
    rows = t.catalog("SELECT dataset_id, time_kind, time_unit, null_times, first_time, quality FROM datasets ORDER BY 1")
    assert rows == [{"dataset_id": "alone", "time_kind": "integer", "time_unit": "index", "null_times": "21", "first_time": None, "quality": "exact"},
                    {"dataset_id": "beside", "time_kind": "integer", "time_unit": "s", "null_times": "21", "first_time": "1577836800",
                     "quality": "exact"}], rows


def add_far_and_fine(corpus, name, fine, int96):
    """Two series in a file of nanoseconds, and in one of a time that 64 bits of nanoseconds do not hold."""
    pa = corpora.pyarrow()
    d = corpus.add(Dataset(name))
    start = 1_577_836_800_000_000_000
    # 100 different steps: more than a state counts.
    files = {"fine": [start + 1000 * (j * j + j) // 2 + (fine if j == 70 else 0) for j in range(100)],
             "far": [start + 10**12 + 1000 * j for j in range(99)] + [4102444800 * 10**9 * 4]}
    for file, times in files.items():
        far = file == "far"
        counts = [t // 1000 for t in times] if far else times
        table = pa.table({"item_id": pa.array(["a", "b"] * 100), "timestamp": pa.array([t for t in counts for _ in "ab"], pa.int64()).cast(
            pa.timestamp("us" if far else "ns")), "target": pa.array([float(i % 17) for i in range(200)])})
        pa.parquet.write_table(table, corpus.file(d, f"{file}.parquet"), use_deprecated_int96_timestamps=int96, row_group_size=64)
    return d


def test_a_coarser_unit_loses_nothing_of_its_multiples(t):
    """Files of nanoseconds that are whole microseconds, and one that only microseconds hold: nothing is rounded, and nothing is said to be."""
    corpus = Corpus(t)
    for int96 in (False, True):
        add_far_and_fine(corpus, f"whole_{int96}".lower(), 0, int96)
        add_far_and_fine(corpus, f"lost_{int96}".lower(), 1, int96)
    corpus.index(depth="values")
    for d in corpus.datasets:
        (row,) = t.catalog("SELECT time_unit, quality, quality_note, series_unordered, value_count, values_unordered FROM datasets "
                           f"WHERE dataset_id = '{d.name}'")
        lost = d.name.startswith("lost")
        assert row["time_unit"] == "us" and row["value_count"] == "400", row
        assert row["quality"] == ("partial" if lost else "exact") and ("rounded down" in (row["quality_note"] or "")) == lost, row
        assert (row["series_unordered"], row["values_unordered"]) == (("2", "2") if lost else ("0", "0")), row
        if not lost:
            check(t, corpus, d)
