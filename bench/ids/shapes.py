"""The files of the comparison: one directory a shape, generated once into a cache, the same bytes for the same sizes."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

SERIES_PER_FILE = 1000
START_US = 1_577_836_800_000_000  # 2020-01-01
STEP_US = 60_000_000


@dataclass(frozen=True)
class Shape:
    name: str
    text: str  # for the table
    ids: tuple  # id columns
    share: float  # of the rows asked for: what is dear to hash is given fewer of them
    dictionary: bool = True
    encoding: str = ""  # of the id columns, where there is no dictionary
    values: int = 1  # further columns
    timed: bool = False  # also compared with the bounds of the times


SHAPES = [
    Shape("clustered", "ids clustered, 1,000 a file, 10 columns", ("id",), 1.0, values=8, timed=True),
    Shape("interleaved", "ids interleaved row by row, dictionary", ("id",), 1.0, timed=True),
    Shape("uuid", "UUID strings, PLAIN, 4 rows each, scattered", ("id",), 0.25, False, "PLAIN"),
    Shape("distinct", "UUID strings, PLAIN, every row its own", ("id",), 0.25, False, "PLAIN"),
    Shape("delta", "integer ids, DELTA_BINARY_PACKED, 10 rows each", ("id",), 0.5, False,
          "DELTA_BINARY_PACKED"),
    Shape("composite", "key of two columns, clustered", ("store", "item"), 1.0),
    Shape("mixed", "key of two columns, interleaved row by row", ("store", "item"), 1.0),
    Shape("lists", "one row a series, 100 values in a list", ("id",), 0.05),
]


# SQL over i, the row's number in its file, n, the rows of the file, and f, the file's number: the series of the row
# within the file, and the row's place in its series.
CLUSTERED = (f"i // (n // {SERIES_PER_FILE})", f"i % (n // {SERIES_PER_FILE})")
SERIES = {
    "clustered": CLUSTERED,
    "interleaved": (f"i % {SERIES_PER_FILE}", f"i // {SERIES_PER_FILE}"),
    "uuid": ("hash(i) % greatest(n // 4, 1)", "i"),
    "distinct": ("i", "0"),
    "delta": ("i // 10", "i % 10"),
    "composite": CLUSTERED,
    "mixed": (f"i % {SERIES_PER_FILE}", f"i // {SERIES_PER_FILE}"),
    "lists": ("i", "0"),
}

# The id columns, from the series s and the file f.
NAME = f"format('series_{{:07d}}', f * {SERIES_PER_FILE} + s)"
UUID = " || '-' || ".join(f"substr(md5(f || '/' || s), {at}, {length})"
                          for at, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12)))
STORE_ITEM = ["format('store_{:03d}_{:02d}', f, s // 25)", "(s % 25)::INTEGER"]
IDS = {
    "clustered": [NAME],
    "interleaved": [NAME],
    "uuid": [UUID],
    "distinct": [UUID],
    "delta": ["(f * 1000000000 + s)::BIGINT"],
    "composite": STORE_ITEM,
    "mixed": STORE_ITEM,
    "lists": [f"format('series_{{:02d}}_{{:07d}}', f, s)"],
}


def query(shape, file, rows):
    series, place = SERIES[shape.name]
    ids = [f"{sql} AS {column}" for sql, column in zip(IDS[shape.name], shape.ids)]
    value = "((hash(i + {v}) % 1000) / 8)::FLOAT"
    if shape.name == "lists":
        value = "list_transform(range(100), lambda x: ((hash(i * 100 + x + {v}) % 1000) / 8)::FLOAT)"
    values = [f"{value.format(v=v)} AS value_{v}" for v in range(shape.values)]
    time = f"make_timestamp({START_US} + place * {STEP_US}) AS ts"
    return (f"SELECT {', '.join([*ids, time, *values])} FROM (SELECT i, f, ({series})::BIGINT AS s, "
            f"({place})::BIGINT AS place FROM (SELECT range AS i, {rows}::BIGINT AS n, "
            f"{file}::BIGINT AS f FROM range({rows}))) ORDER BY i")


def write_file(shape, file, rows, path):
    table = duckdb.sql(query(shape, file, rows)).to_arrow_table()
    plain = {} if shape.dictionary else {"column_encoding": {c: shape.encoding for c in shape.ids}}
    dictionary = [c for c in table.column_names
                  if c != "ts" and (shape.dictionary or c not in shape.ids)]
    pq.write_table(table, path, compression="snappy", use_dictionary=dictionary, **plain)


def generate(shape, cache, rows, files):
    """Paths of the shape's files, written where they are not there yet; an interrupted run leaves nothing half done."""
    rows = int(rows * shape.share)
    target = Path(cache) / f"{shape.name}-{files}x{rows // files}"
    if not target.exists():
        aside = target.with_suffix(".tmp")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        for i in range(files):
            write_file(shape, i, rows // files, aside / f"part-{i:03d}.parquet")
        aside.rename(target)
    return sorted(str(p) for p in target.glob("*.parquet"))
