"""Random Parquet files of several writers."""
import datetime
import decimal
import json
import os
import subprocess

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq


CONNECTION = duckdb.connect(config={"threads": 1})


def random_ids(rng, n, make):
    """Values as id columns have them: clustered, interleaved, random, constant."""
    shape = rng.choice(["clustered", "interleaved", "random", "constant", "unique"])
    k = rng.choice([1, 2, 3, 7, 50, 300, 1500])
    if shape == "constant":
        k = 1
    pool = [make(i) for i in range(n if shape == "unique" else k)]
    if not pool or n == 0:
        return []
    if shape == "clustered":
        out = []
        while len(out) < n:
            out += [pool[len(out) % len(pool)]] * rng.choice([1, 2, 5, 40, 700])
        return out[:n]
    if shape == "random":
        return [rng.choice(pool) for _ in range(n)]
    return [pool[i % len(pool)] for i in range(n)]


def with_nulls(rng, values):
    shape = rng.choice(["none", "none", "few", "many", "blocks", "all"])
    if shape == "all":
        return [None] * len(values)
    if shape in ("few", "many"):
        p = 0.01 if shape == "few" else 0.5
        return [None if rng.random() < p else v for v in values]
    if shape == "blocks":
        out, i = list(values), 0
        while i < len(out):
            k = rng.choice([1, 9, 64, 500])
            out[i:i + k] = [None] * len(out[i:i + k])
            i += k + rng.choice([1, 13, 128, 900])
        return out
    return values


def makers(rng):
    epoch = datetime.datetime(1970, 1, 1)
    start = rng.choice([0, 1_600_000_000, -5_000_000_000])
    step = rng.choice([1, 60, 3600, 86400])
    length = rng.choice([0, 1, 6, 40, 300])
    prefix = "".join(rng.choice("abcdef/") for _ in range(length))
    return {
        "string": (pa.string(), lambda i: f"{prefix}{i}"),
        "large_string": (pa.large_string(), lambda i: f"{i:05d}{prefix}"),
        "binary": (pa.binary(), lambda i: bytes([i % 256]) * (i % 19)),
        "fixed": (pa.binary(5), lambda i: f"{i % 100000:05d}".encode()),
        "int8": (pa.int8(), lambda i: i * 7 % 256 - 128),
        "uint8": (pa.uint8(), lambda i: i % 256),
        "int16": (pa.int16(), lambda i: i * 31 % 65536 - 32768),
        "uint16": (pa.uint16(), lambda i: i * 31 % 65536),
        "int32": (pa.int32(), lambda i: rng.choice([i, -i, rng.randint(-2**31, 2**31 - 1)])),
        "uint32": (pa.uint32(), lambda i: rng.choice([i, 2**32 - 1 - i])),
        "int64": (pa.int64(), lambda i: rng.choice([i, -i, rng.randint(-2**63, 2**63 - 1)])),
        "uint64": (pa.uint64(), lambda i: rng.choice([i, 2**64 - 1 - i])),
        "float": (pa.float32(), lambda i: rng.choice([i * 0.5, float("nan"), -0.0, float("inf")])),
        "double": (pa.float64(), lambda i: rng.choice([i * 0.1, rng.random(), -0.0])),
        "half": (pa.float16(), lambda i: float(i % 1000)),
        "bool": (pa.bool_(), lambda i: bool(i % 2)),
        "date": (pa.date32(), lambda i: (epoch + datetime.timedelta(days=i % 20000)).date()),
        "time_ms": (pa.time32("ms"), lambda i: i * 1000 % 86400000),
        "time_us": (pa.time64("us"), lambda i: i * 1000 % 86400000000),
        "ts_ms": (pa.timestamp("ms"), lambda i: (start + i * step) * 1000),
        "ts_us": (pa.timestamp("us", "UTC"), lambda i: (start + i * step) * 10**6 + i),
        "ts_ns": (pa.timestamp("ns"), lambda i: (start + i * step) * 10**9 + i),
        "decimal": (pa.decimal128(9, 2), lambda i: decimal.Decimal(i - 50) / 100),
        "decimal38": (pa.decimal128(38, 6), lambda i: decimal.Decimal(i * 10**12 - 7) / 10**6),
    }


# Encodings that pyarrow writes for a type, beside dictionaries.
ENCODINGS = {
    "string": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
    "binary": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
    "fixed": ["PLAIN", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"],
    "bool": ["PLAIN", "RLE"],
    "float": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "half": ["PLAIN", "BYTE_STREAM_SPLIT"],
    "int": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
}


def encodings_of(name):
    if name in ("string", "large_string"):
        return ENCODINGS["string"]
    if name in ("binary", "fixed", "bool", "half"):
        return ENCODINGS[name]
    if name in ("float", "double"):
        return ENCODINGS["float"]
    if name.startswith("decimal"):
        return ["PLAIN"]
    return ENCODINGS["int"]


def cut(rng, values):
    """Consecutive values as lists: some are empty, some are null."""
    out, i = [], 0
    longest = rng.choice([1, 3, 20, 700])
    holes = rng.choice([0, 0.1, 0.6])
    while i < len(values):
        if rng.random() < holes:
            out.append(rng.choice([None, []]))
            continue
        n = rng.randint(1, longest)
        out.append(values[i:i + n])
        i += n
    return out


def without_nulls(lists):
    return [[] if v is None else v for v in lists]


def nested(rng, arrow_type, values, maps):
    """A column of lists, lists of lists, maps, or structs with lists, whose leaves are `values`."""
    shape = rng.choice(["list", "list", "large_list", "lists", "structs", "struct", "map"])
    optional = None in values or rng.random() < 0.5
    t = pa.list_(pa.field(rng.choice(["item", "element"]), arrow_type, nullable=optional))
    out = cut(rng, values)
    if shape == "large_list":
        t = pa.large_list(t.value_field)
    elif shape == "lists":
        strict = rng.random() < 0.5
        out = cut(rng, without_nulls(out) if strict else out)
        t = pa.list_(pa.field("item", t, nullable=not strict))
    elif shape == "structs":
        inner = pa.struct([pa.field("a", arrow_type), pa.field("b", pa.int8())])
        t = pa.list_(inner)
        out = [v if v is None else [{"a": x, "b": i % 3} if i % 5 else None for i, x in enumerate(v)] for v in out]
    elif shape == "struct":
        out = [{"xs": v, "n": len(v or [])} if i % 7 else None for i, v in enumerate(out)]
        t = pa.struct([pa.field("xs", t), pa.field("n", pa.int32(), nullable=False)])
    elif shape == "map" and maps:
        t = pa.map_(pa.string(), arrow_type)
        out = [v if v is None else [(f"k{i}", x) for i, x in enumerate(v)] for v in out]
    return t, out


def random_table(rng, names=None, wrap=True, maps=True):
    n = rng.choice([0, 1, 2, 7, 8, 9, 63, 64, 65, 300, 1000, 1024, 1025, 2500])
    made = makers(rng)
    kinds = rng.sample(sorted(names or made), k=rng.randint(1, 5))
    columns, fields = [], []
    for i, kind in enumerate(kinds):
        arrow_type, make = made[kind]
        values = random_ids(rng, n, make)
        required = rng.random() < 0.25
        if not required:
            values = with_nulls(rng, values)
        column = pa.array(values, type=arrow_type)
        field = pa.field(f"c{i}_{kind}", arrow_type, nullable=not required)
        if wrap and n and rng.random() < 0.15:  # a field of a struct, which may be null itself
            inner = pa.field("inner", arrow_type)
            mask = pa.array([rng.random() < 0.2 for _ in range(n)])
            column = pa.StructArray.from_arrays([column], fields=[inner], mask=mask)
            field = pa.field(f"s{i}_{kind}", column.type)
        elif wrap and n and rng.random() < 0.35:
            list_type, lists = nested(rng, arrow_type, values * rng.choice([1, 1, 3]) if n < 1000 else values, maps)
            # As many rows as the other columns have.
            lists = (lists + [rng.choice(lists) if lists and len(values) < 100 else None] * n)[:n]
            column = pa.array(lists, type=list_type)
            field = pa.field(f"n{i}_{kind}", list_type)
        columns.append(column)
        fields.append(field)
    return pa.Table.from_arrays(columns, schema=pa.schema(fields)), kinds


def bloom_filters(rng, table):
    """Some of the top-level columns."""
    if rng.random() < 0.6:
        return None
    names = [f.name for f in table.schema if f.name[0] == "c" and not f.name.endswith(("bool", "half"))]
    return {name: {"ndv": rng.choice([10, 1000]), "fpp": 0.05} for name in names}


def write_pyarrow(rng, path):
    table, kinds = random_table(rng)
    options = {
        "compression": rng.choice(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
        "data_page_version": rng.choice(["1.0", "2.0"]),
        "data_page_size": rng.choice([1, 100, 2000, 65536, 2**20]),
        "row_group_size": rng.choice([1 if table.num_rows < 100 else 77, 400, 999, 2**20]),
        "write_statistics": rng.random() < 0.7,
        "write_page_index": rng.random() < 0.4,
        "write_page_checksum": rng.random() < 0.4,
        "write_batch_size": rng.choice([1, 10, 128, 1024]) if table.num_rows < 2000 else 1024,
        "use_compliant_nested_type": rng.random() < 0.7,
        "max_rows_per_page": rng.choice([None, 7, 500]),
        "bloom_filter_options": bloom_filters(rng, table),
        "store_schema": True,
        "version": rng.choice(["1.0", "2.4", "2.6"]),
    }
    if rng.random() < 0.6:
        options["use_dictionary"] = True
        options["dictionary_pagesize_limit"] = rng.choice([1, 200, 3000, 2**20])
    else:
        options["use_dictionary"] = False
        options["column_encoding"] = {
            f.name + (".inner" if f.name[0] == "s" else ""): rng.choice(encodings_of(k))
            for f, k in zip(table.schema, kinds) if f.name[0] != "n"}
        if options["version"] == "1.0":
            options["version"] = "2.6"
    if any(k == "ts_ns" for k in kinds):
        if rng.random() < 0.5 and options["use_dictionary"]:
            options["use_deprecated_int96_timestamps"] = True
        elif options["version"] != "2.6":
            options["version"] = "2.6"
    pq.write_table(table, path, **options)
    return options


def write_polars(rng, path):
    names = ["string", "binary", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float",
             "double", "bool", "date", "ts_ms", "ts_us", "ts_ns", "time_us"]
    table, _ = random_table(rng, names, maps=False)
    frame = pl.from_arrow(table)
    if rng.random() < 0.3:
        first = frame.columns[0]
        if frame[first].dtype == pl.String:
            frame = frame.with_columns(pl.col(first).cast(pl.Categorical))
    options = {
        "compression": rng.choice(["uncompressed", "snappy", "gzip", "zstd", "lz4", "brotli"]),
        "statistics": rng.choice([True, False, "full"]),
        "row_group_size": rng.choice([None, 1000, 100000]),
        "data_page_size": rng.choice([None, 1000, 100000]),
    }
    frame.write_parquet(path, **options)
    return options


def write_duckdb(rng, path):
    names = ["string", "binary", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float",
             "double", "bool", "date", "ts_ms", "ts_us", "ts_ns", "decimal", "decimal38"]
    table, _ = random_table(rng, names)
    options = {
        "COMPRESSION": rng.choice(["uncompressed", "snappy", "gzip", "zstd", "lz4", "lz4_raw", "brotli"]),
        "PARQUET_VERSION": rng.choice(["v1", "v2"]),
        "ROW_GROUP_SIZE": rng.choice([2048, 4096, 122880]),
    }
    if rng.random() < 0.3:
        options["DICTIONARY_SIZE_LIMIT"] = rng.choice([1, 100, 1000])
    CONNECTION.register("t", table)
    settings = ", ".join(f"{k} {v}" for k, v in options.items())
    CONNECTION.execute(f"COPY t TO '{path}' (FORMAT parquet, {settings})")
    return options


class ArrowRs:
    """Files of arrow-rs are written many at a time, as its process takes long to start."""

    def __init__(self, modules):
        self.modules, self.jobs = modules, []

    def add(self, rng, path):
        names = [n for n in makers(rng) if n != "half"]
        table, kinds = random_table(rng, names)
        with pa.OSFile(path + ".arrow", "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        plain = {f.name: rng.choice(encodings_of(k)) for f, k in zip(table.schema, kinds) if f.name[0] == "c"}
        plain = {k: v for k, v in plain.items() if v in ("PLAIN", "RLE") or v.startswith("DELTA")}
        options = {
            "compression": rng.choice(["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4_RAW"]),
            "dictionary": rng.random() < 0.5,
            "statistics": rng.choice(["None", "Chunk", "Page"]),
            "version": rng.choice(["V1", "V2"]),
            "row_group_size": rng.choice([100, 1000, 2**20]),
            "write_batch_size": rng.choice([1, 10, 1024]),
            "data_page_size": rng.choice([1, 100, 2000, 2**20]),
            "dictionary_page_size": rng.choice([1, 200, 3000, 2**20]),
        }
        options["encodings"] = {} if options["dictionary"] else plain
        self.jobs.append({"in": path + ".arrow", "out": path, "options": options})
        return options

    def write(self):
        """What was refused: {path: why}."""
        if not self.jobs:
            return {}
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arrow_rs", "write.mjs")
        lines = "\n".join(json.dumps(j) for j in self.jobs)
        p = subprocess.run(["node", script, self.modules], input=lines, capture_output=True, text=True, check=True)
        answers = p.stdout.split("\n")[:-1]
        if len(answers) != len(self.jobs):
            raise RuntimeError(f"arrow-rs ended early: {p.stderr[-500:]}")
        refused = {j["out"]: a for j, a in zip(self.jobs, answers) if a}
        self.jobs = []
        return refused
