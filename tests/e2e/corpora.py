"""Corpora to index: long-format Parquet datasets with their metadata, made by DuckDB, or by pyarrow where only it can.

A corpus is a folder with data/<dataset>/*.parquet and metadata/<dataset>_metadata.yaml. What is in it is described by
`Dataset` values, which is all that the oracle needs.
"""
import json
from dataclasses import dataclass, field
from pathlib import Path

from support import SHARED, Skip


@dataclass
class Dataset:
    """A dataset as it was made: the truth is in its files, this says where and which columns matter."""
    name: str
    ids: list = field(default_factory=lambda: ["item_id"])
    time: str = "timestamp"
    unit: str = "us"       # of the catalog's first_time and last_time
    files: str = "*.parquet"
    folder: str = ""       # where it differs from the name

    @property
    def path(self):
        return self.folder or self.name


class Corpus:
    """A corpus under construction, in a folder of its own."""

    def __init__(self, t, name="corpus"):
        self.t = t
        self.root = t.tmp / name
        self.data, self.metadata = self.root / "data", self.root / "metadata"
        self.data.mkdir(parents=True)
        self.metadata.mkdir()
        self.datasets = []

    def add(self, dataset, metadata=True):
        """Take a dataset in, with a metadata file; its files are written by `copy` or by hand."""
        (self.data / dataset.path).mkdir(parents=True, exist_ok=True)
        if metadata:
            (self.metadata / f"{dataset.name}_metadata.yaml").write_text(metadata_yaml(dataset))
        self.datasets.append(dataset)
        return dataset

    def file(self, dataset, name):
        return self.data / dataset.path / name

    def copy(self, dataset, query, file="data.parquet", options="", setup=""):
        """Write the rows of a query as one Parquet file. preserve_insertion_order keeps them as ordered."""
        copy(self.t.duck, query, self.file(dataset, file), options, setup)

    def index(self, database="c.db", codes=(0,), **options):
        return self.t.index(self.data, self.metadata, database, codes, **options)


def copy(duck, query, path, options="", setup=""):
    extra = f", {options}" if options else ""
    duck.execute(f"SET threads = 1; SET TimeZone = 'UTC'; {setup};\n"
                 f"COPY ({query}) TO '{path}' (FORMAT parquet{extra})")


def metadata_yaml(dataset):
    """As the users of such corpora write it."""
    ids = "".join(f"  - name: {json.dumps(c)}\n    type: str\n    subtype: str\n" for c in dataset.ids)
    time = f"time_column: {dataset.time}\n" if dataset.time else ""
    return (f"name: {dataset.name}\nts_id:\n{ids}{time}targets:\n  - name: target\n    type: num\n    subtype: float\n"
            "covariates:\n  hist: []\n  future: []\n  static: []\n"
            "tfc_data_store:\n  future:\n  - name: day_of_week\n    type: numeric\n    subtype: int\n"
            f"type: public\ndescription: 'Made for a test: {dataset.name}'\nsource: tests\n")


# ---- real series ----

def shared_file(*parts):
    path = SHARED.joinpath(*parts)
    if not path.exists():
        raise Skip(f"no shared data: {'/'.join(parts)} is not at {SHARED}")
    return path


# file, step between points, rows in a row group
M4 = {
    "m4_hourly": ("Hourly-train.csv.gz", "1 hour", 100_000),
    "m4_weekly": ("Weekly-train.csv.gz", "7 days", 20_000),
    "m4_daily": ("Daily-test.csv.gz", "1 day", 10_000),
    "m4_quarterly": ("Quarterly-test.csv.gz", "3 months", 122_880),
    "m4_yearly": ("Yearly-test.csv.gz", "1 year", 50_000),
}


def add_m4(corpus, name, files=1):
    """A file of the M4 competition as `files` Parquet files, series by series; times are counted from 2000 on."""
    source, step, group = M4[name]
    path = shared_file("m4", source)
    d = corpus.add(Dataset(name))
    # Wide and ragged: the number in a column's name (V2, V3, ...) is the point's place, and empty places are no points.
    wide = f"read_csv('{path}', header = true, all_varchar = true, null_padding = true, max_line_size = 10000000)"
    long = (f"SELECT V1 AS item_id, (TIMESTAMP '2000-01-01' + (substr(place, 2)::INTEGER - 2) * INTERVAL '{step}') AS "
            "timestamp, value::DOUBLE AS target, substr(V1, 2)::INTEGER AS nr "
            f"FROM (UNPIVOT (FROM {wide}) ON COLUMNS(* EXCLUDE V1) INTO NAME place VALUE value)")
    statements = [f"SET threads = 1; CREATE TABLE long AS {long};"]
    for i in range(files):
        statements.append(
            f"COPY (SELECT item_id, timestamp, target FROM long WHERE nr % {files} = {i} ORDER BY nr, timestamp) "
            f"TO '{corpus.file(d, f'part-{i:04}.parquet')}' (FORMAT parquet, ROW_GROUP_SIZE {group});")
    corpus.t.duck.execute("\n".join(statements))
    return d


def add_ett(corpus):
    """Two years of transformer loads: seven variates a station, a key of two columns, interleaved by time."""
    d = corpus.add(Dataset("ett_hourly", ids=["station", "variate"], time="date"))
    for station in ("ETTh1", "ETTh2"):
        path = shared_file("ett", f"{station}.csv.gz")
        corpus.copy(d, f"SELECT '{station}' AS station, variate, date::TIMESTAMP AS date, target::DOUBLE AS target "
                       f"FROM (UNPIVOT (FROM read_csv('{path}')) ON COLUMNS(* EXCLUDE date) "
                       "INTO NAME variate VALUE target) ORDER BY date, variate", f"{station}.parquet")
    return d


def add_exchange(corpus):
    """Daily exchange rates of eight countries: no header, no time; integer ids and a plain index for time."""
    path = shared_file("exchange", "exchange_rate.txt.gz")
    d = corpus.add(Dataset("exchange_rate", ids=["country"], time="day", unit="index"))
    corpus.copy(d, "SELECT substr(place, 2)::INTEGER AS country, day, target::DOUBLE AS target FROM (UNPIVOT "
                   f"(SELECT row_number() OVER () - 1 AS day, * FROM read_csv('{path}', header = false, "
                   "names = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'])) "
                   "ON COLUMNS(* EXCLUDE day) INTO NAME place VALUE target) ORDER BY country, day")
    return d


# ---- made-up series, each after something seen in real corpora ----

def series(n, length, id_expression="'s' || i", time="TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j", first=0, more=""):
    """A query of n series of `length(i)` points, series by series: columns i, j, item_id, timestamp, target."""
    return (f"SELECT {id_expression} AS item_id, {time} AS timestamp, sin(i + j / 10.0) AS target{more} "
            f"FROM range({first}, {first} + {n}) a(i), range(1000) b(j) WHERE j < {length}")


def add_clustered(corpus, name="clustered", files=3, per_file=50):
    """Files of whole series, sorted by id then time: how most corpora are written. Many small row groups."""
    d = corpus.add(Dataset(name))
    for f in range(files):
        corpus.copy(d, series(per_file, "20 + i % 37", first=f * per_file) + " ORDER BY i, j", f"chunk_{f:04}.parquet",
                    "ROW_GROUP_SIZE 2048, COMPRESSION zstd")
    return d


def add_spread(corpus, name="spread"):
    """A file a month, every series in every file, in milliseconds; nine series begin in a file of microseconds."""
    d = corpus.add(Dataset(name))
    for f in range(6):
        corpus.copy(d, series(40, "30 + i", time=f"(TIMESTAMP '2021-01-01' + INTERVAL 30 DAY * {f} + INTERVAL 1 HOUR * j)"
                                                 "::TIMESTAMP_MS") + " ORDER BY i, j", f"month={f}.parquet")
    corpus.copy(d, series(9, "1", time="TIMESTAMP '2019-12-31'"), "early.parquet")
    return d


def add_interleaved(corpus, name="interleaved"):
    """Row by row another series, out of order in time."""
    d = corpus.add(Dataset(name))
    corpus.copy(d, series(60, "400", time="TIMESTAMP '2022-01-01' + INTERVAL 1 MINUTE * ((j * 7919) % 10007)")
                + " ORDER BY j, i", "data.parquet", "ROW_GROUP_SIZE 4096")
    return d


def add_two_columns(corpus, name="two_columns"):
    """A composite key whose parts hold the separators, with one part constant in each file."""
    d = corpus.add(Dataset(name, ids=["dataset_name", "building_name"]))
    for f, site in enumerate(("bdg-2:bear", "bdg-2|fox", "bdg-2\\rat")):
        corpus.copy(d, f"SELECT '{site}' AS dataset_name, item_id AS building_name, timestamp, target FROM ("
                    + series(20, "24 + i", id_expression="'Bear|edu\\cation: ' || i // 2 || CASE WHEN i % 2 = 0 THEN '' ELSE '|' END")
                    + ") ORDER BY ALL", f"{f}.parquet")
    return d


def add_integer_ids(corpus, name="integer_ids"):
    """64-bit ids, negative and large ones; DATE times; series that come again after others in the same row group."""
    d = corpus.add(Dataset(name, unit="day"))
    corpus.copy(d, series(30, "50", id_expression="(i - 5) * 1000000007::BIGINT", time="DATE '1969-12-01' + j::INTEGER")
                + " ORDER BY j // 10, i, j")
    return d


def add_date_ids(corpus, name="date_ids"):
    """The id is a date, and another column is the time."""
    d = corpus.add(Dataset(name, ids=["day"], time="at"))
    corpus.copy(d, series(12, "24", id_expression="DATE '2020-02-25' + i::INTEGER",
                          time="TIMESTAMPTZ '2020-01-01 00:00:00+00' + INTERVAL 1 HOUR * (i * 24 + j)")
                .replace(" AS item_id", " AS day").replace(" AS timestamp", " AS at") + " ORDER BY i, j")
    return d


def add_odd_text_ids(corpus, name="odd_ids"):
    """Leading zeros, blanks, the empty id, upper and lower case, other scripts, quotes, a newline, looks-like-NULL."""
    d = corpus.add(Dataset(name))
    ids = ["007", "7", " 7", "", "ABC", "abc", "Zürich", "東京", "it''s", '"quoted"', "a|b", "a\\|b", "\\N", "NULL", "null",
           "x:y", "50%", "a_b", "x" * 300]
    values = ", ".join(f"({i}, '{text}')" for i, text in enumerate(ids)) + f", ({len(ids)}, 'a' || chr(10) || 'b')"
    corpus.copy(d, "SELECT id AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 DAY * j AS timestamp, j * 1.0 AS target "
                   f"FROM (VALUES {values}) v(i, id), range(20) b(j) WHERE j <= i ORDER BY i, j")
    return d


def add_nulls(corpus, name="nulls"):
    """Nulls in ids and in times: rows count, an id of NULL is a series, a series may have no time at all."""
    d = corpus.add(Dataset(name, ids=["site", "sensor"]))
    corpus.copy(d, "SELECT CASE WHEN i % 4 = 3 THEN NULL ELSE 'site' || i % 4 END AS site, "
                   "CASE WHEN i % 5 = 4 THEN NULL ELSE i % 5 END AS sensor, "
                   "CASE WHEN i = 6 OR (i + j) % 7 = 0 THEN NULL ELSE TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j END "
                   "AS timestamp, CASE WHEN j % 3 = 0 THEN NULL ELSE j END::DOUBLE AS target "
                   "FROM range(20) a(i), range(60) b(j) WHERE j < 30 + i ORDER BY i, j", options="ROW_GROUP_SIZE 2048")
    return d


def add_no_time(corpus, name="no_time"):
    """No time column anywhere: lengths are all there is."""
    d = corpus.add(Dataset(name, time="", unit="none"))
    corpus.copy(d, "SELECT item_id, target FROM (" + series(15, "10 + i") + " ORDER BY i, j)")
    return d


UNITS = {
    "ms": "TIMESTAMP_MS", "us": "TIMESTAMP", "ns": "TIMESTAMP_NS", "day": "DATE",
}


def add_unit(corpus, unit):
    """Times in one unit, before and after 1970."""
    d = corpus.add(Dataset(f"unit_{unit}", unit=unit))
    step = "INTERVAL 1 DAY" if unit == "day" else "INTERVAL 1 MILLISECOND * 86399999"
    corpus.copy(d, series(10, "40", time=f"(TIMESTAMP '1969-12-20' + {step} * (j + i))::{UNITS[unit]}") + " ORDER BY i, j")
    return d


def add_index_time(corpus, name="index_time"):
    """Time is a plain integer."""
    d = corpus.add(Dataset(name, time="step", unit="index"))
    corpus.copy(d, series(10, "40 + i", time="(j * 3 - 7)::INTEGER").replace("AS timestamp", "AS step") + " ORDER BY i, j")
    return d


def add_many_row_groups(corpus, name="row_groups"):
    """One series over many row groups, and many series in one: bounds fall in the middle of both."""
    d = corpus.add(Dataset(name))
    corpus.copy(d, "SELECT CASE WHEN r < 30000 THEN 'long' ELSE 's' || (r % 100) END AS item_id, "
                   "TIMESTAMP '2020-01-01' + INTERVAL 1 SECOND * r AS timestamp, r * 0.5 AS target "
                   "FROM range(40000) a(r) ORDER BY r < 30000 DESC, r", options="ROW_GROUP_SIZE 2048, COMPRESSION snappy")
    return d


def add_high_cardinality(corpus, name="high_cardinality"):
    """More ids than a dictionary holds: writers fall back to plain pages in the middle of a chunk."""
    d = corpus.add(Dataset(name))
    corpus.copy(d, "SELECT md5(i::VARCHAR) AS item_id, TIMESTAMP '2020-01-01' + INTERVAL 1 HOUR * j AS timestamp, "
                   "i * 1.0 AS target FROM range(20000) a(i), range(2) b(j) ORDER BY i, j")
    return d


def synthetic(t, name="corpus"):
    """All made-up datasets that need no more than DuckDB."""
    corpus = Corpus(t, name)
    for add in (add_clustered, add_spread, add_interleaved, add_two_columns, add_integer_ids, add_date_ids,
                add_odd_text_ids, add_nulls, add_no_time, add_index_time, add_many_row_groups, add_high_cardinality):
        add(corpus)
    for unit in UNITS:
        add_unit(corpus, unit)
    return corpus


# ---- what only pyarrow writes ----

def pyarrow():
    try:
        import pyarrow  # pylint: disable=import-outside-toplevel
        import pyarrow.parquet  # pylint: disable=import-outside-toplevel
        return pyarrow
    except ImportError:
        raise Skip("pyarrow is not installed (tools/setup test)") from None


def arrow_table(pa, times, n=8, length=25):
    """A table of n series; times is a list of `length` values or an Arrow array builder's input."""
    ids = pa.array([f"p{i:02}" for i in range(n) for _ in range(length)])
    return pa.table({"item_id": ids, "timestamp": pa.concat_arrays([times] * n),
                     "target": pa.array([float(i) for i in range(n * length)])})


def add_arrow_variants(corpus):
    """INT96, timestamps by pyarrow, dictionary off, data page version 2, codecs, byte-stream-split, delta encodings."""
    pa = pyarrow()
    base = pa.array([1_577_836_800_000_000 + 3_600_000_000 * j for j in range(25)], pa.timestamp("us"))
    seconds = base.cast(pa.timestamp("s"))
    variants = {
        "arrow_int96": (base, "ns", {"use_deprecated_int96_timestamps": True}),
        "arrow_seconds": (seconds, "ms", {}),  # Parquet has no seconds: pyarrow writes milliseconds
        "arrow_ms": (base.cast(pa.timestamp("ms")), "ms", {"use_dictionary": False}),
        "arrow_ns_utc": (base.cast(pa.timestamp("ns")).cast(pa.timestamp("ns", "UTC")), "ns", {"version": "2.6"}),
        "arrow_page_v2": (base, "us", {"data_page_version": "2.0", "compression": "zstd"}),
        "arrow_delta": (base, "us", {"use_dictionary": False, "column_encoding": {
            "item_id": "DELTA_BYTE_ARRAY", "timestamp": "DELTA_BINARY_PACKED", "target": "BYTE_STREAM_SPLIT"}}),
        "arrow_delta_length": (base, "us", {"use_dictionary": False, "compression": "gzip", "column_encoding": {
            "item_id": "DELTA_LENGTH_BYTE_ARRAY", "timestamp": "PLAIN", "target": "PLAIN"}}),
        "arrow_brotli": (base, "us", {"compression": "brotli", "data_page_size": 64}),
        "arrow_lz4": (base, "us", {"compression": "lz4", "row_group_size": 7}),
        "arrow_no_statistics": (base, "us", {"write_statistics": False, "row_group_size": 60}),
        "arrow_page_index": (base, "us", {"write_page_index": True, "compression": "none"}),
    }
    for name, (times, unit, options) in variants.items():
        d = corpus.add(Dataset(name, unit=unit))
        pa.parquet.write_table(arrow_table(pa, times), corpus.file(d, "data.parquet"), **options)
    add_arrow_ids(corpus, pa, base)


def add_arrow_ids(corpus, pa, times):
    """Ids of other types: dictionary, large text, small and unsigned integers, bool; an empty file among others."""
    n, length = 4, 25
    make = {
        "arrow_dictionary_ids": pa.array(["x", "y", "z", None]).dictionary_encode(),
        "arrow_large_text_ids": pa.array(["a", "b", "c", "d"], pa.large_string()),
        "arrow_uint64_ids": pa.array([0, 1, 2**63, 2**64 - 1], pa.uint64()),
        "arrow_int8_ids": pa.array([-128, -1, 0, 127], pa.int8()),
        "arrow_bool_ids": pa.array([True, False, None, True]),
    }
    for name, values in make.items():
        d = corpus.add(Dataset(name))
        picks = pa.array([i for i in range(n) for _ in range(length)])
        table = pa.table({"item_id": values.take(picks), "timestamp": pa.concat_arrays([times] * n),
                          "target": pa.array([1.0] * (n * length))})
        pa.parquet.write_table(table, corpus.file(d, "data.parquet"))
        pa.parquet.write_table(table.slice(0, 0), corpus.file(d, "empty.parquet"))


# ---- files that are not what their name says ----

LFS_POINTER = (b"version https://git-lfs.github.com/spec/v1\n"
               b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n")


def bad_files(good):
    """name -> (bytes, error code) made from the bytes of a good file."""
    middle = bytearray(good)
    footer_length = int.from_bytes(good[-8:-4], "little")
    footer_at = len(good) - 8 - footer_length
    middle[footer_at:footer_at + 40] = b"\xff" * 40
    return {
        "zero.parquet": (b"", "empty_object"),
        "short.parquet": (b"PAR1", "truncated"),
        "text.parquet": (b"item_id,timestamp,target\n" * 40, "not_parquet"),
        "truncated.parquet": (good[:len(good) * 2 // 3], "truncated"),
        "pointer.parquet": (LFS_POINTER, "git_lfs_pointer"),
        "footer.parquet": (bytes(middle), "corrupt"),
        "length.parquet": (good[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1", "corrupt"),
        "encrypted.parquet": (good[:-4] + b"PARE", "encrypted"),
    }


def write_all(folder, files):
    for name, (content, _code) in files.items():
        Path(folder, name).write_bytes(content)
