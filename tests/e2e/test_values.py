"""What the values of series are, against exact rational arithmetic over the same rows, and against DuckDB's aggregates.

The oracle is Python's integers and fractions: it knows no rounding, so `mean` and `variance` must be equal to the last bit.
"""
import datetime
import math
import os
import struct
from decimal import Decimal, localcontext
from fractions import Fraction

import corpora
from corpora import Corpus, Dataset

DATASETS = int(os.environ.get("TSI_CORPORA", "34"))
EPOCH = datetime.datetime(1970, 1, 1)

# What a target holds; `h` is a number drawn for the row, `i` the series, `j` the place in it.
VALUES = [
    "(h % 1000 - i * 50)::INTEGER",
    "round(h / 7.0, 2)::DOUBLE",
    "(h % 99991 / 1000.0 - 30)::DECIMAL(12,3)",
    "(h / 3.0)::FLOAT",
    "(h * 9007199254741::BIGINT - 4503599627370496123)::BIGINT",
    "(CASE h % 9 WHEN 0 THEN NULL WHEN 1 THEN 'nan'::DOUBLE WHEN 2 THEN 'inf'::DOUBLE WHEN 3 THEN '-inf'::DOUBLE "
    "WHEN 4 THEN '-0.0'::DOUBLE ELSE h / 11.0 END)::DOUBLE",
    "(CASE h % 5 WHEN 0 THEN 1e300 WHEN 1 THEN -1e300 WHEN 2 THEN 1e-300 WHEN 3 THEN h * 5e-324 ELSE h END)::DOUBLE",
    "(1000000000 + h % 3 * 0.001)::DOUBLE",
    "(i * 1.1)::DOUBLE",
    "(CASE WHEN h % 4 = 0 THEN h % 7 ELSE 0 END)::DOUBLE",
    "NULL::DOUBLE",
    "h % 3 = 0",
    "(h::UBIGINT * 18446744000000)::UBIGINT",
    "(ln(1 + h) - 9)::DOUBLE",
    "(CASE WHEN h % 3 = 0 THEN NULL ELSE h % 2 END)::TINYINT",
    "(h * 1000003.0 + j)::DECIMAL(30,4)",
    "(j // 9)::DOUBLE",
]
TIMES = [
    "TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j",
    "TIMESTAMP '2019-12-30 20:00:00' + INTERVAL 15 MINUTE * j",
    "TIMESTAMP '1969-11-03' + INTERVAL 1 DAY * j",
    "TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * (j - j % 5 // 4)",
    "TIMESTAMP '1990-03-01' + INTERVAL 1 MONTH * j",
    "TIMESTAMP '0001-01-01' + INTERVAL 36 HOUR * j",
]
CUTS = ["j * {files} // 100", "i % {files}", "h % {files}"]
ORDERS = ["i, j", "j, i", "h", "i, j"]


def add_random(corpus, k):
    """One dataset, another for each k: every kind of value with every kind of time, cut and order as they come."""
    d = corpus.add(Dataset(f"values_{k:04}"), metadata=False)
    (corpus.metadata / f"{d.name}_metadata.yaml").write_text(
        corpora.metadata_yaml(d).replace("- name: target\n", "- name: target\n    type: num\n  - name: other\n"))
    files = 1 + k % 4
    rows = f"SELECT i, j, hash(i * 100003 + j * 17 + {k} * 7919) % 1000003 AS h FROM range(6) a(i), range(100) b(j)"
    time = TIMES[k % len(TIMES)]
    null = 0 if k % 3 else 11 + k % 50
    query = (f"SELECT 's' || i AS item_id, CASE WHEN {null} > 0 AND h % {null or 1} = 0 THEN NULL ELSE {time} END AS timestamp, "
             f"{VALUES[k % len(VALUES)]} AS target, {VALUES[(k * 5 + 3) % len(VALUES)]} AS other "
             f"FROM ({rows}) WHERE h % 100 >= {k % 30} AND {CUTS[k % 3].format(files=files)} = {{f}} ORDER BY {ORDERS[k % 4]}")
    return "\n".join(f"COPY ({query.format(f=f)}) TO '{corpus.file(d, f'{f}.parquet')}' (FORMAT parquet, ROW_GROUP_SIZE "
                     f"{2048 if k % 5 else 64});" for f in range(files))


# ---- the oracle ----

def number(text):
    """What a value of the oracle's shell stands for: a Fraction, or a float that is not finite; None for NULL."""
    if text is None or text in ("nan", "inf", "-inf"):
        return None if text is None else float(text)
    if text in ("true", "false"):
        return Fraction(text == "true")
    return Fraction(text) if "e" not in text and "." not in text else text


def exactly(text, is_float):
    v = number(text)
    if isinstance(v, str):
        return Fraction(float(text)) if is_float else Fraction(text)
    return v


def nearest(v):
    """The double nearest to a fraction; None beyond them."""
    try:
        return float(v)
    except OverflowError:
        return None


def moments(values):
    """n, mean, variance, skewness, kurtosis: the first two as doubles, the others as decimals of 50 digits, or None."""
    n = len(values)
    if n == 0:
        return None, None, None, None
    scale = math.lcm(*(v.denominator for v in values))
    ints = [v.numerator * (scale // v.denominator) for v in values]
    s1, s2, s3, s4 = (sum(x ** p for x in ints) for p in (1, 2, 3, 4))
    m2 = n * s2 - s1 ** 2
    mean = nearest(Fraction(s1, n * scale))
    variance = nearest(Fraction(m2, n * (n - 1) * scale ** 2)) if n > 1 else None
    skewness = kurtosis = None
    with localcontext() as c:
        c.prec, c.Emax, c.Emin = 60, 10 ** 9, -10 ** 9
        if n > 2 and m2:
            m3 = n * n * s3 - 3 * n * s2 * s1 + 2 * s1 ** 3
            skewness = Decimal(m3) / Decimal(m2) ** Decimal("1.5") * Decimal(n * (n - 1)).sqrt() / (n - 2)
        if n > 3 and m2:
            m4 = n ** 3 * s4 - 4 * n * n * s3 * s1 + 6 * n * s2 * s1 ** 2 - 3 * s1 ** 4
            k = ((n + 1) * Fraction(m4, m2 * m2) - 3 * (n - 1)) * Fraction(n - 1, (n - 2) * (n - 3))
            kurtosis = Decimal(k.numerator) / Decimal(k.denominator)
    return mean, variance, skewness, kurtosis


PRIME, BASE = 2 ** 61 - 1, 0x1a2b6c9d3f58e471


def fingerprint(values):
    """docs/STATISTICS.md, section 12."""
    h = 0
    for v in values:
        bits = struct.unpack("<Q", struct.pack("<d", v + 0.0))[0]
        product = (bits ^ 0x9e3779b97f4a7c15) * 0xe7037ed1a0b428db
        h = (h * BASE + ((product >> 64 ^ product) & PRIME)) % PRIME
    return h


def single(v):
    """In single precision, of a double or a fraction."""
    try:
        return struct.unpack("<f", struct.pack("<f", float(v)))[0]
    except OverflowError:
        return math.inf if v > 0 else -math.inf


def rounded(v, digits):
    scaled = v * 10.0 ** digits
    return round(scaled) / 10.0 ** digits if abs(scaled) < 2.0 ** 51 else v


LEVELS = {
    "hour": lambda t: t.replace(minute=0, second=0, microsecond=0),
    "day": lambda t: t.date(),
    "week": lambda t: t.date() - datetime.timedelta(days=min(t.weekday(), (t.date() - datetime.date.min).days)),
    "month": lambda t: (t.year, t.month),
}


def level_fingerprints(points):
    """Means and sums of the buckets of each level; None where no bucket has two values."""
    found = {}
    for name, bucket_of in LEVELS.items():
        buckets = {}
        for t, v in points:
            buckets.setdefault(bucket_of(t), []).append(v)
        several = any(len(b) > 1 for b in buckets.values())
        sums = [(Fraction(0) + sum(map(Fraction, b)), len(b)) for b in buckets.values()]
        found[f"fingerprint_{name}_sum"] = fingerprint([single(s) for s, _ in sums]) if several else None
        found[f"fingerprint_{name}_mean"] = fingerprint([single(s / n) for s, n in sums]) if several else None
    return found


def longest_run(values):
    """Of equal finite values in a row of values, some of which are None."""
    longest = run = 0
    last = None
    for v in values:
        run = run + 1 if v is not None and v == last else int(v is not None)
        last = v
        longest = max(longest, run)
    return longest


def sequence_figures(points):
    """`points`: (time, double or None) in order of time, None where it is not finite."""
    finite = [(t, v) for t, v in points if v is not None]
    want = {"longest_flat_run": longest_run([v for _, v in points])}
    if finite:
        values = [v for _, v in finite]
        want.update(first_value=values[0], last_value=values[-1], fingerprint=fingerprint(values))
        want.update(level_fingerprints(finite))
        forms = {"single": [single(v) for v in values]}
        forms.update({str(k): [rounded(v, k) for v in values] for k in range(4)})
        for name, form in forms.items():
            h = fingerprint(form)
            want[f"fingerprint_{name}"] = None if h == want["fingerprint"] else h
    return want


def figures_of_values(values):
    """What series_values must say of values without an order: fractions, floats that are not finite, and None."""
    finite = [v for v in values if isinstance(v, Fraction)]
    odd = [v for v in values if isinstance(v, float)]
    mean, variance, skewness, kurtosis = moments(finite)
    zeros = sum(v == 0 for v in finite)
    want = {"rows": len(values), "nulls": sum(v is None for v in values), "nans": sum(math.isnan(v) for v in odd),
            "positive_infinities": odd.count(math.inf), "negative_infinities": odd.count(-math.inf), "zeros": zeros,
            "negatives": sum(v < 0 for v in finite), "mean": mean, "variance": variance}
    close = {"skewness": skewness, "kurtosis": kurtosis}
    if finite:
        doubles = [float(v) for v in finite]
        want.update(min=min(doubles), max=max(doubles), is_integer=all(v.denominator == 1 for v in finite),
                    is_constant=len(set(doubles)) == 1)
    demands = [v for v in finite if v]
    if demands:
        want["adi"] = len(finite) / len(demands)
        s, n = sum(demands), len(demands)
        if n > 1 and s:
            m2 = sum(v * v for v in demands) - s * s / n
            cv2 = m2 / (n - 1) / (s / n) ** 2
            with localcontext() as c:
                c.prec = 60
                close["cv2"] = Decimal(cv2.numerator) / Decimal(cv2.denominator)
    return want, close


def figures(rows, is_float):
    """What series_values must say of a series: rows of (time, text)."""
    values = [(t, exactly(text, is_float)) for t, text in rows]
    want, close = figures_of_values([v for _, v in values])
    timed = sorted(((t, v) for t, v in values if t is not None), key=lambda p: p[0])
    if len({t for t, _ in timed}) == len(timed):  # ties have an order, but not one of the data alone
        want.update(sequence_figures([(t, float(v) if isinstance(v, Fraction) else None) for t, v in timed]))
    return want, close


# Shares of the true value: skewness, kurtosis and cv2 are rounded a few times.
TOLERANCE = Decimal(2) ** -50


def compare(row, want, close, where):
    ordered = row["values_quality"] != "unordered"
    sequence = ("longest_flat_run", "first_value", "last_value", "fingerprint")
    for name, expected in want.items():
        if name.startswith(sequence) and not ordered:
            expected = None
        got = row[name]
        if isinstance(expected, bool):
            expected = str(expected).lower()
        elif expected is not None and got is not None:
            got = type(expected)(got)
        assert got == expected, f"{where}: {name} is {got}, wanted {expected}"
    for name, expected in close.items():
        got = row[name]
        if expected is None or abs(expected) > Decimal("1e308"):
            assert got is None, f"{where}: {name} is {got}, wanted none"
        else:
            error = abs(Decimal(float(got)) - expected)
            assert error <= TOLERANCE * abs(expected) + Decimal("1e-300"), f"{where}: {name} is {got}, wanted {expected}"


def check_dataset(t, corpus, d, targets, database="c.db"):
    """Every series and target of a dataset; the number of rows that were compared."""
    files = corpus.data / d.path / d.files
    time = f'"{d.time}"::TIMESTAMP' if d.time else "NULL::TIMESTAMP"
    types = {r["column_name"]: r["column_type"] for r in t.duck.rows(f"SELECT * FROM (DESCRIBE FROM '{files}')")}
    casts = ", ".join(f'"{c}"::DOUBLE AS "{c}"' if types[c] == "FLOAT" else f'"{c}"' for c in targets)
    rows = t.duck.rows(f"SELECT {d.ids[0]} AS id, {time} AS time, {casts} FROM read_parquet('{files}', filename = true, "
                       "file_row_number = true) ORDER BY filename, file_row_number")
    by_series = {}
    for r in rows:
        when = datetime.datetime.fromisoformat(r["time"]) if r["time"] else None
        by_series.setdefault(r["id"], []).append((when, r))
    got = {(r["series_id"], r["target"]): r
           for r in t.catalog(f"SELECT * FROM series_values WHERE dataset_id = '{d.name}'", database)}
    assert len(got) == len(by_series) * len(targets), f"{d.name}: {len(got)} rows"
    for series, its in by_series.items():
        for target in targets:
            want, close = figures([(when, r[target]) for when, r in its], types[target] in ("FLOAT", "DOUBLE"))
            row = got[series, target]
            if row["values_quality"] == "rounded":  # wider than doubles: docs/STATISTICS.md, section 11
                for name in [n for n in want if n.startswith("fingerprint")]:
                    del want[name]
                if types[target].startswith("DECIMAL(30"):
                    want.pop("mean"), want.pop("variance"), close.clear()
            compare(row, want, close, f"{d.name} {series} {target} ({types[target]})")
    return len(got)


def test_every_figure_is_that_of_exact_arithmetic(t):
    corpus = Corpus(t)
    t.duck.execute("SET threads = 1;\n" + "\n".join(add_random(corpus, k) for k in range(DATASETS)))
    corpus.index(depth="values")
    n = sum(check_dataset(t, corpus, d, ["target", "other"]) for d in corpus.datasets)
    assert n == DATASETS * 12, n
    qualities = {r["q"] for r in t.catalog("SELECT DISTINCT values_quality AS q FROM series_values")}
    assert qualities == {"exact", "rounded", "unordered"}, qualities


def check_against_duckdb(t, corpus, d, target, database="c.db"):
    """DuckDB rounds at every step: counts and bounds must be equal, its moments near."""
    files = corpus.data / d.path / d.files
    ids = ", ".join(f'"{c}"::VARCHAR' for c in d.ids)
    wrong = t.catalog(f"""
        WITH o AS (SELECT [{ids}] AS id_parts, count(*) AS n, count(*) FILTER ({target} IS NULL) AS nulls,
                          min(v) AS lo, max(v) AS hi, avg(v) AS mean, var_samp(v) AS variance, skewness(v) AS skewness,
                          kurtosis(v) AS kurtosis, arg_min(v, "{d.time}") AS first, arg_max(v, "{d.time}") AS last,
                          count(DISTINCT "{d.time}") = count(*) AS no_ties
                   FROM (SELECT *, CASE WHEN isfinite({target}::DOUBLE) THEN {target}::DOUBLE END AS v
                         FROM read_parquet('{files}', hive_partitioning = false)) GROUP BY ALL)
        SELECT s.series_id, v.mean, o.mean AS o_mean, v.variance, o.variance AS o_variance, v.skewness, o.skewness AS o_skewness,
               v.kurtosis, o.kurtosis AS o_kurtosis, v.first_value, o.first, v.last_value, o.last
        FROM (FROM series_metadata WHERE dataset_id = '{d.name}') s
        LEFT JOIN (FROM series_values WHERE dataset_id = '{d.name}' AND target = '{target}') v USING (series_id)
        FULL JOIN o ON s.id_parts IS NOT DISTINCT FROM o.id_parts
        WHERE v.rows IS DISTINCT FROM o.n OR v.nulls IS DISTINCT FROM o.nulls OR v.min IS DISTINCT FROM o.lo
           OR v.max IS DISTINCT FROM o.hi OR abs(v.mean - o.mean) > 1e-12 * greatest(abs(o.lo), abs(o.hi))
           OR abs(v.variance - o.variance) > 1e-8 * greatest(o.lo * o.lo, o.hi * o.hi)
           OR (o.variance > 1e-3 * o.mean * o.mean AND (abs(v.skewness - o.skewness) > 1e-6 * (1 + abs(o.skewness))
                                                  OR abs(v.kurtosis - o.kurtosis) > 1e-6 * (1 + abs(o.kurtosis))))
           OR (o.no_ties AND v.values_quality = 'exact'
               AND (v.first_value IS DISTINCT FROM o.first OR v.last_value IS DISTINCT FROM o.last))
        LIMIT 5""", database)
    assert not wrong, f"{d.name}: {wrong}"


def test_real_series_against_duckdb(t):
    corpus = Corpus(t)
    for name in ("m4_hourly", "m4_weekly", "m4_yearly"):
        corpora.add_m4(corpus, name, files=2)
    corpora.add_ett(corpus)
    corpora.add_exchange(corpus)
    corpus.index(depth="values")
    for d in corpus.datasets:
        (first,) = t.catalog(f"SELECT min(target) AS target FROM series_values WHERE dataset_id = '{d.name}'")
        check_against_duckdb(t, corpus, d, first["target"])


def add_twins(corpus):
    """One series, and copies of it: rounded, in single precision, as daily means and sums, in other orders and files."""
    d = {name: corpus.add(Dataset(name), metadata=False) for name in ("hourly", "rounded", "single", "daily", "other")}
    base = ("SELECT 'm' || i AS item_id, TIMESTAMP '2024-01-01' + INTERVAL 1 HOUR * j AS timestamp, "
            "sin(i * j / 9.0) * 100 + (hash(i * 999 + j) % 1000) / 997.0 AS v FROM range(3) a(i), range(1000) b(j)")
    corpus.copy(d["hourly"], f"{base} ORDER BY item_id, timestamp")
    for part in range(3):
        corpus.copy(d["rounded"], f"SELECT item_id || '_x' AS item_id, timestamp, round(v, 2) AS v FROM ({base}) "
                                  f"WHERE hour(timestamp) % 3 = {part} ORDER BY hash(timestamp)", f"{part}.parquet")
    corpus.copy(d["single"], f"SELECT item_id, timestamp, v::FLOAT AS v FROM ({base}) ORDER BY timestamp",
                options="ROW_GROUP_SIZE 2048")
    corpus.copy(d["daily"], f"SELECT item_id, date_trunc('day', timestamp)::DATE AS timestamp, avg(v) AS mean, sum(v) AS total "
                            f"FROM ({base}) GROUP BY ALL ORDER BY ALL")
    corpus.copy(d["other"], f"SELECT item_id, timestamp, v + 1e-4 AS v, 7 AS constant FROM ({base}) ORDER BY ALL")


def test_twins_are_found_without_reading_again(t):
    corpus = Corpus(t)
    add_twins(corpus)
    t.index(corpus.data, depth="values")
    found = {(r["dataset_id"], r["relation"], r["twin_dataset_id"], r["twin_target"], r["series_id"], r["twin_series_id"])
             for r in t.ti("twins", "--database", "c.db", "--format", "json").ok().json()["items"]}
    want = set()
    for m in ("m0", "m1", "m2"):
        want |= {("hourly", "day_mean", "daily", "mean", m, m), ("hourly", "day_sum", "daily", "total", m, m),
                 ("hourly", "equal_single", "single", "v", m, m)}
    # The files of `rounded` overlap in time, so its order is not known, and no twin can be.
    assert found == want, found ^ want
    one = t.ti("twins", "hourly:m1", "--database", "c.db", "--format", "json").ok().json()["items"]
    assert {r["series_id"] for r in one} == {"m1"} and len(one) == 3, one


def test_show_says_what_the_values_are(t):
    corpus = Corpus(t)
    add_twins(corpus)
    t.index(corpus.data, depth="values")
    item = t.ti("show", "hourly:m0", "--database", "c.db", "--format", "json").ok().json()["items"][0]
    (value,) = item["values"]
    (want,) = t.duck.rows(f"SELECT min(v) AS lo, max(v) AS hi, avg(v) AS mean FROM '{corpus.data}/hourly/*.parquet' "
                          "WHERE item_id = 'm0'")
    assert value["target"] == "v" and value["rows"] == 1000, value
    assert value["min"] == float(want["lo"]) and value["max"] == float(want["hi"]), (value, want)
    assert abs(value["mean"] - float(want["mean"])) < 1e-12, (value, want)
    assert 16 <= len(value["sparkline"]) <= 32 and set(value["sparkline"]) <= set("▁▂▃▄▅▆▇█"), value
    text = t.ti("show", "hourly:m0", "--database", "c.db", "--format", "table").ok().out
    assert value["sparkline"] in text and "values_quality" in text, text
    (d,) = t.catalog("SELECT targets_origin, value_targets, value_count, constant_series FROM datasets WHERE dataset_id = 'other'")
    assert d == {"targets_origin": "type", "value_targets": "2", "value_count": "6000", "constant_series": "3"}, d


def rows_of(t, database="c.db"):
    return t.catalog("SELECT * EXCLUDE (series_id, dataset_id) FROM series_values ORDER BY ALL", database)


def test_order_and_names_of_files_do_not_matter(t):
    """The same rows in files of other names and another cut: where the order of time is known, every figure is the same."""
    rows = ("SELECT 's' || i AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j AS timestamp, "
            "(hash(i * 7 + j * 31) % 100003) / 7.0 - 5000 AS target FROM range(5) a(i), range(300) b(j)")
    got = []
    for n, names in enumerate((["a", "b", "c"], ["c", "a", "b"], ["z"])):
        corpus = Corpus(t, f"corpus{n}")
        d = corpus.add(Dataset("cut"), metadata=False)
        for k, name in enumerate(names):
            hours = f"(epoch_us(timestamp) - 1577836800000000) // {360000000000 if n < 2 else 10 ** 15}"
            corpus.copy(d, f"SELECT * FROM ({rows}) WHERE {hours} = {k} ORDER BY {'timestamp, item_id' if n else 'hash(timestamp)'}",
                        f"{name}.parquet", options="ROW_GROUP_SIZE 2048")
        t.index(corpus.data, database=f"{n}.db", depth="values", concurrency=1 if n else 16)
        got.append(rows_of(t, f"{n}.db"))
    assert got[0] == got[1] and len(got[0]) == 5, got
    for r in got[0] + got[2]:
        del r["sparkline"]  # a picture: another cut may round a bucket to another of its 256 levels
    assert got[0] == got[2], got
    assert all(r["values_quality"] == "exact" for r in got[0]), got[0]


def test_columns_of_two_spellings_are_two_targets(t):
    """A file that has both spellings has both targets, whichever comes first in it; one that has one of them means either's."""
    pa = corpora.pyarrow()
    corpus = Corpus(t)
    d = corpus.add(Dataset("spelling"), metadata=False)
    columns = [{"Load": 1.0}, {"load": 20.0, "Load": 2.0}, {"load": 30.0}, {"LOAD": 4.0}]
    for k, values in enumerate(columns):
        times = pa.array([datetime.datetime(2020, 1, 1 + 2 * k + i) for i in range(2)], pa.timestamp("us"))
        table = pa.table({"item_id": pa.array(["s", "s"]), "timestamp": times,
                          **{name: pa.array([v, v]) for name, v in values.items()}})
        pa.parquet.write_table(table, corpus.file(d, f"part-{k}.parquet"))
    t.index(corpus.data, depth="values", codes=(0,))
    got = {r["target"]: (int(r["rows"]), float(r["mean"])) for r in t.catalog("SELECT target, rows, mean FROM series_values", "c.db")}
    assert got == {"Load": (6, 14 / 6), "load": (4, 25.0)}, got


def test_a_dataset_is_deepened_and_follows_its_targets(t):
    corpus = Corpus(t)
    d = corpus.add(Dataset("deep"))
    for f in range(3):
        corpus.copy(d, f"SELECT 's' || i AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 DAY * (j + {f} * 40) AS timestamp, "
                       f"i * 1.5 + j AS target, 'x' AS name, j AS other FROM range(4) a(i), range(40) b(j) ORDER BY ALL",
                    f"{f}.parquet")
    corpus.index(depth="time")
    assert t.catalog("SELECT count(*) AS n FROM series_values") == [{"n": "0"}]
    before = t.catalog("SELECT * FROM series_metadata ORDER BY ALL")
    summary = corpus.index(depth="values")
    assert summary["files_read"] == 3, summary
    assert t.catalog("SELECT * FROM series_metadata ORDER BY ALL") == before
    assert {r["target"] for r in rows_of(t)} == {"target"}
    fresh = t.dump()
    assert corpus.index(depth="values")["files_read"] == 0
    assert corpus.index(depth="time")["files_read"] == 0 and t.dump() == fresh

    path = corpus.metadata / "deep_metadata.yaml"
    path.write_text(path.read_text().replace("- name: target\n", "- name: other\n  - name: name\n"))
    assert corpus.index(depth="time")["files_read"] == 0
    assert rows_of(t) == [], "values of targets that are none any more"
    assert corpus.index(depth="values")["files_read"] == 3
    assert {r["target"] for r in rows_of(t)} == {"other"}
    notes = t.catalog("SELECT DISTINCT name, target_note FROM columns WHERE target_note IS NOT NULL")
    assert notes == [{"name": "name", "target_note": "not numeric: string"}], notes
    corpus.index("fresh.db", depth="values")
    assert t.dump("fresh.db") == t.dump(), "a fresh run says something else"


def test_spans_beyond_a_million_become_one_a_series(t):
    """Series that are interleaved row by row over a thousand row groups: their states are merged in the file, and nothing is lost."""
    pa = corpora.pyarrow()
    corpus = Corpus(t)
    d = corpus.add(Dataset("interleaved"))
    series, groups = 1100, 1000
    start = 1_577_836_800_000_000
    table = pa.table({"item_id": pa.array([f"s{i}" for i in range(series)] * groups),
                      "timestamp": pa.array([start + 3_600_000_000 * j for j in range(groups) for _ in range(series)], pa.int64()).cast(
                          pa.timestamp("us")),
                      "target": pa.array([(i * 31 + j * j) % 1013 / 8 for j in range(groups) for i in range(series)])})
    pa.parquet.write_table(table, corpus.file(d, "data.parquet"), row_group_size=series)
    corpus.index(depth="values")
    check_against_duckdb(t, corpus, d, "target")
    (row,) = t.catalog("SELECT count(*) AS spans, min(s.rows) AS least, max(s.rows) AS most, count(s.row_group) AS placed FROM spans s")
    assert row == {"spans": str(series), "least": str(groups), "most": str(groups), "placed": "0"}, row
    rows = t.catalog("SELECT v.*, m.frequency, m.steps_quality FROM series_values v JOIN series_metadata m USING (dataset_id, series_id)")
    assert len(rows) == series
    for r in rows:
        i = int(r["series_id"][1:])
        values = [(i * 31 + j * j) % 1013 / 8 for j in range(groups)]
        got = (r["values_quality"], r["steps_quality"], r["frequency"], int(r["fingerprint"]), float(r["first_value"]), float(r["last_value"]))
        assert got == ("exact", "exact", "h", fingerprint(values), values[0], values[-1]), (r["series_id"], got)


test_spans_beyond_a_million_become_one_a_series.timeout = 400
