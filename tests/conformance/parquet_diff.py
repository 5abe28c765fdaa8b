#!/usr/bin/env python3
"""Compare our Parquet reader with pyarrow, over random files of several writers.

    parquet_diff.py DUMP [N [SEED]]      write N random files (default 200) by pyarrow, Polars and DuckDB, and compare
    parquet_diff.py DUMP --files F...    compare the given files

DUMP is the test_parquet_dump program. Every flat column of every row group must have the same values, read as runs
and, for integers and times, as 64-bit integers. Exit code: 0 all equal, 1 a difference, 77 a writer is not installed.
"""
import datetime
import decimal
import os
import random
import struct
import subprocess
import sys
import tempfile

try:
    import duckdb
    import polars as pl
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
except ImportError as e:
    print(f"skipped: {e.name} is not installed")
    sys.exit(77)

BIG = decimal.Context(prec=80)
JULIAN_EPOCH = 2440588
DAY_NS = 86400 * 10**9


# ---- what pyarrow says: the PLAIN bytes of every value ----

def fixed_bytes(arr, width):
    """PLAIN bytes of a numeric Arrow array, None for nulls: from its buffer, so that NaN payloads survive."""
    data = arr.buffers()[1]
    raw = data.to_pybytes() if data is not None else b""
    valid = arr.is_valid().to_pylist()
    start = arr.offset
    return [raw[(start + i) * width:(start + i + 1) * width] if v else None for i, v in enumerate(valid)]


def decimal_bytes(arr, physical, width, scale):
    out = []
    for v in arr.to_pylist():
        if v is None:
            out.append(None)
            continue
        unscaled = int(v.scaleb(scale, context=BIG))
        if physical == "INT32":
            out.append(struct.pack("<i", unscaled))
        elif physical == "INT64":
            out.append(struct.pack("<q", unscaled))
        elif physical == "FIXED_LEN_BYTE_ARRAY":
            out.append(unscaled.to_bytes(width, "big", signed=True))
        else:
            return None  # byte arrays may have any padding: nothing to compare with
    return out


def int96_bytes(arr):
    out = []
    for v in arr.cast(pa.timestamp("ns")).cast(pa.int64()).to_pylist():
        if v is None:
            out.append(None)
        else:
            day, ns = divmod(v, DAY_NS)
            out.append(struct.pack("<qi", ns, day + JULIAN_EPOCH))
    return out


def plain_bytes(arr, column):
    """What our reader must give for an Arrow array of a Parquet column; None where there is nothing to compare."""
    t, physical = arr.type, column.physical_type
    if isinstance(arr, pa.ExtensionArray):
        arr = arr.storage
        t = arr.type
    if pa.types.is_dictionary(t):
        arr = arr.dictionary_decode()
        t = arr.type
    if pa.types.is_null(t):
        return [None] * len(arr)
    if pa.types.is_decimal(t):
        return decimal_bytes(arr, physical, column.length, t.scale)
    if physical == "BOOLEAN":
        return [None if v is None else bytes([v]) for v in arr.to_pylist()]
    if physical == "INT96":
        return int96_bytes(arr)
    if physical in ("INT32", "INT64"):
        bits = 32 if physical == "INT32" else 64
        if pa.types.is_unsigned_integer(t):
            arr = arr.cast(pa.uint32() if bits == 32 else pa.uint64())
        elif pa.types.is_integer(t):
            arr = arr.cast(pa.int32() if bits == 32 else pa.int64())
        elif t.bit_width != bits:
            return None
        return fixed_bytes(arr, bits // 8)
    if physical in ("FLOAT", "DOUBLE"):
        return fixed_bytes(arr, 4 if physical == "FLOAT" else 8)
    if pa.types.is_float16(t):
        return fixed_bytes(arr, 2)
    if pa.types.is_fixed_size_binary(t) or pa.types.is_binary(t) or pa.types.is_large_binary(t):
        return arr.to_pylist()
    if pa.types.is_string(t) or pa.types.is_large_string(t):
        binary = pa.large_binary() if pa.types.is_large_string(t) else pa.binary()
        return arr.cast(binary).to_pylist()
    return None


def ints_of(values, column):
    """The same values as chunk_next_i64 must give them."""
    physical = column.physical_type
    if physical == "INT96":
        def conv(b):
            ns, day = struct.unpack("<qi", b)
            return (day - JULIAN_EPOCH) * DAY_NS + ns
    else:
        text = str(column.logical_type)
        unsigned = physical == "INT32" and "isSigned=false" in text
        fmt = {"INT32": "<I" if unsigned else "<i", "INT64": "<q"}[physical]

        def conv(b):
            return struct.unpack(fmt, b)[0]
    return [None if v is None else conv(v) for v in values]


def runs_of(values):
    out = []
    for v in values:
        if out and out[-1][0] == v:
            out[-1][1] += 1
        else:
            out.append([v, 1])
    return out


# ---- what we say ----

def parse_dump(text):
    """{(row group, column): (physical, runs, ints, error)} and the error of the file."""
    chunks, group, current, file_error = {}, -1, None, None
    for line in text.split("\n"):
        kind, _, rest = line.partition(" ")
        if kind == "G":
            group += 1
        elif kind == "C":
            column = int(rest.split(" ")[0])
            current = chunks.setdefault((group, column), {"R": [], "I": [], "E": []})
        elif kind == "R":
            value, rows = rest.split(" ")
            current["R"].append([None if value == "N" else bytes.fromhex(value), int(rows)])
        elif kind == "I":
            value, rows = rest.split(" ")
            current["I"].append([None if value == "N" else int(value), int(rows)])
        elif kind == "E":
            if current is None:
                file_error = rest
            else:
                current["E"].append(rest)
    return chunks, file_error


def read_column(f, path, g, name):
    """One column of a row group as a table: by pyarrow, or by DuckDB where pyarrow refuses what a writer wrote."""
    try:
        return f.read_row_group(g, columns=[name], use_threads=False)
    except (OSError, pa.ArrowNotImplementedError):
        if "." in name:
            raise
        rows = [f.metadata.row_group(i).num_rows for i in range(g + 1)]
        quoted = '"' + name.replace('"', '""') + '"'
        table = duckdb.connect().execute(f"SELECT {quoted} FROM read_parquet('{path}')").to_arrow_table()
        table = table.cast(pa.schema([f.schema_arrow.field(name)]))
        return table.slice(sum(rows[:-1]), rows[-1])


def arrow_columns(path):
    """[(row group, leaf index, column, Arrow array)] of the flat leaves: top-level fields, and fields of structs."""
    f = pq.ParquetFile(path, memory_map=False)
    schema = f.schema
    for g in range(f.num_row_groups):
        for c in range(len(schema)):
            column = schema.column(c)
            if column.max_repetition_level:
                continue
            table = read_column(f, path, g, column.path)
            if table.num_columns != 1:
                continue
            chunks = table.column(0).combine_chunks()
            if isinstance(chunks, pa.ChunkedArray):
                chunks = chunks.chunk(0) if chunks.num_chunks else pa.array([], chunks.type)
            while pa.types.is_struct(chunks.type) and chunks.type.num_fields == 1:
                chunks = pc.struct_field(chunks, 0)  # a field of a null struct is null
            yield g, c, column, chunks


def compare(dump, path):
    """A list of differences, and how many columns were compared."""
    p = subprocess.run([dump, path], capture_output=True, text=True)
    if p.returncode not in (0, 1):
        return [f"the program ended with {p.returncode}: {p.stderr[-500:]}"], 0
    chunks, file_error = parse_dump(p.stdout)
    if file_error:
        return [f"file: {file_error}"], 0
    wrong, compared = [], 0
    for g, c, column, arr in arrow_columns(path):
        ours = chunks.get((g, c))
        expected = plain_bytes(arr, column)
        if ours is None:
            wrong.append(f"{column.path}: not dumped")
            continue
        if ours["E"]:
            wrong.append(f"{column.path}: {ours['E']}")
            continue
        if expected is None:
            continue
        compared += 1
        if runs_of(expected) != ours["R"]:
            wrong.append(f"row group {g}, {column.path} ({column.physical_type}): runs differ: "
                         f"{first_difference(runs_of(expected), ours['R'])}")
        if column.physical_type in ("INT32", "INT64", "INT96"):
            ints = runs_of(ints_of(expected, column))
            if ints != ours["I"]:
                wrong.append(f"row group {g}, {column.path}: integers differ: "
                             f"{first_difference(ints, ours['I'])}")
    return wrong, compared


def first_difference(a, b):
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return f"run {i}: pyarrow {x}, we {y}"
    return f"pyarrow has {len(a)} runs, we {len(b)}"


# ---- random files ----

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


def random_table(rng, names=None):
    n = rng.choice([0, 1, 2, 7, 8, 9, 63, 64, 65, 1000, 1024, 1025, 3000, 9000])
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
        if names is None and n and rng.random() < 0.15:  # a field of a struct, which may be null itself
            inner = pa.field("inner", arrow_type)
            mask = pa.array([rng.random() < 0.2 for _ in range(n)])
            column = pa.StructArray.from_arrays([column], fields=[inner], mask=mask)
            field = pa.field(f"s{i}_{kind}", column.type)
        columns.append(column)
        fields.append(field)
    return pa.Table.from_arrays(columns, schema=pa.schema(fields)), kinds


def write_pyarrow(rng, path):
    table, kinds = random_table(rng)
    options = {
        "compression": rng.choice(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
        "data_page_version": rng.choice(["1.0", "2.0"]),
        "data_page_size": rng.choice([1, 100, 2000, 65536, 2**20]),
        "row_group_size": rng.choice([1, 100, 1000, 2**20]) if table.num_rows < 2000 else rng.choice([999, 2**20]),
        "write_statistics": rng.random() < 0.7,
        "write_page_index": rng.random() < 0.4,
        "write_page_checksum": rng.random() < 0.4,
        "write_batch_size": rng.choice([1, 10, 128, 1024]) if table.num_rows < 2000 else 1024,
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
            for f, k in zip(table.schema, kinds)}
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
    table, _ = random_table(rng, names)
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
    connection = duckdb.connect()
    connection.register("t", table)
    settings = ", ".join(f"{k} {v}" for k, v in options.items())
    connection.execute(f"COPY t TO '{path}' (FORMAT parquet, {settings})")
    connection.close()
    return options


def run_random(dump, n, seed):
    failed = columns = 0
    per_writer = {}
    with tempfile.TemporaryDirectory() as folder:
        for i in range(n):
            rng = random.Random(f"{seed}/{i}")
            writer = rng.choice([write_pyarrow, write_pyarrow, write_polars, write_duckdb])
            path = os.path.join(folder, "t.parquet")
            try:
                options = writer(rng, path)
            except Exception as e:  # a combination that the writer refuses
                key = f"{writer.__name__} refused"
                per_writer[key] = per_writer.get(key, 0) + 1
                if os.environ.get("PARQUET_DIFF_VERBOSE"):
                    print(f"file {i}: {writer.__name__}: {e}", file=sys.stderr)
                continue
            wrong, compared = compare(dump, path)
            columns += compared
            per_writer[writer.__name__] = per_writer.get(writer.__name__, 0) + 1
            if wrong:
                failed += 1
                print(f"file {i} (seed {seed}), {writer.__name__} {options}:")
                for w in wrong[:5]:
                    print(f"    {w[:600]}")
                keep = os.environ.get("PARQUET_DIFF_KEEP")
                if keep:
                    os.replace(path, os.path.join(keep, f"{seed}_{i}.parquet"))
    print(f"{n} files, {columns} column chunks compared, {failed} files differ; {per_writer}")
    return 1 if failed or columns == 0 else 0


def run_files(dump, paths):
    failed = 0
    for path in paths:
        try:
            wrong, compared = compare(dump, path)
        except Exception as e:
            wrong, compared = [f"pyarrow: {type(e).__name__}: {e}"], 0
        print(f"{os.path.basename(path)}: {compared} chunks compared")
        for w in wrong:
            print(f"    {w[:600]}")
        failed += bool(wrong)
    return 1 if failed else 0


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    if len(sys.argv) > 3 and sys.argv[2] == "--files":
        return run_files(sys.argv[1], sys.argv[3:])
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seed = sys.argv[3] if len(sys.argv) > 3 else "1"
    return run_random(sys.argv[1], n, seed)


if __name__ == "__main__":
    sys.exit(main())
