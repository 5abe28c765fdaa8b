"""What pyarrow reads from a Parquet file, in the form our reader gives: the PLAIN bytes of every leaf, and its levels."""
import decimal
import struct

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

BIG = decimal.Context(prec=80)
JULIAN_EPOCH = 2440588
DAY_NS = 86400 * 10**9


# ---- the PLAIN bytes of every value ----

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


# ---- levels: the shredding of Dremel, after the Arrow schema ----

class Leaf:
    """A leaf of the schema: its entries' levels, which of them have a value (`alive`), the values, and for repeated
    columns the lengths of the outermost lists (None for no list)."""

    def __init__(self, reps, defs, alive, values, lists):
        self.reps, self.defs, self.alive, self.values, self.lists = reps, defs, alive, values, lists

    def entries(self, column):
        """The PLAIN bytes of every entry, None where it has no value; None where there is nothing to compare."""
        values = plain_bytes(self.values, column)
        if values is None or None in values:
            return None
        out = [None] * len(self.reps)
        for i, v in zip(self.alive, values):
            out[i] = v
        return out


def storage(arr):
    while isinstance(arr, pa.ExtensionArray):
        arr = arr.storage
    return arr


def is_list(t):
    return pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t) or pa.types.is_map(t)


def lengths_of(arr):
    if not pa.types.is_map(arr.type):
        return pc.list_value_length(arr).to_pylist()
    offsets = arr.offsets.to_pylist()
    return [b - a for a, b in zip(offsets, offsets[1:])]


def open_lists(arr, reps, defs, alive, level):
    """Levels of the elements of a list array without nulls."""
    lengths = dict(zip(alive, lengths_of(arr)))
    new_reps, new_defs, new_alive = [], [], []
    for i, (r, d) in enumerate(zip(reps, defs)):
        n = lengths.get(i, 0)
        if n == 0:
            new_reps.append(r)
            new_defs.append(d)
            continue
        new_alive += range(len(new_reps), len(new_reps) + n)
        new_reps += [r] + [level + 1] * (n - 1)
        new_defs += [d + 1] * n
    lists = [lengths.get(i) for i in range(len(reps))]
    return new_reps, new_defs, new_alive, lists


def shred(field, arr, reps, defs, alive, level=0, lists=None):
    """The leaves below a field, in the order of the file's columns."""
    arr = storage(arr)
    if field.nullable:
        valid = arr.is_valid().to_pylist()
        defs = list(defs)
        for i, v in zip(alive, valid):
            defs[i] += v
        alive = [i for i, v in zip(alive, valid) if v]
        arr = arr.drop_null()
    t = arr.type
    if pa.types.is_struct(t):
        for j, child in enumerate(arr.flatten()):
            yield from shred(t.field(j), child, reps, defs, alive, level, lists)
    elif is_list(t):
        reps, defs, alive, lengths = open_lists(arr, reps, defs, alive, level)
        if pa.types.is_map(t):
            fields = [t.key_field, t.item_field]
            first, last = arr.offsets[0].as_py(), arr.offsets[len(arr)].as_py()
            elements = pa.StructArray.from_arrays([arr.keys, arr.items], fields=fields).slice(first, last - first)
            field = pa.field("entries", elements.type, nullable=False)
        else:
            elements = arr.flatten()
            field = t.value_field
        yield from shred(field, elements, reps, defs, alive, level + 1, lengths if lists is None else lists)
    else:
        yield Leaf(reps, defs, alive, arr, lists)


def one_chunk(column):
    arr = column.combine_chunks()
    if isinstance(arr, pa.ChunkedArray):
        arr = arr.chunk(0) if arr.num_chunks else pa.array([], arr.type)
    return arr


def read_field(f, path, name):
    """One top-level field: by pyarrow, or by DuckDB where pyarrow refuses, or cuts short, what a writer wrote."""
    try:
        table = f.read(columns=[name], use_threads=False)
        if table.num_rows == f.metadata.num_rows:
            return table
    except (OSError, pa.ArrowException):
        pass
    quoted = '"' + name.replace('"', '""') + '"'
    result = duckdb.connect().sql(f"SELECT {quoted} FROM read_parquet('{path}')")
    table, schema = result.to_arrow_table(), pa.schema([f.schema_arrow.field(name)])
    try:
        return table.cast(schema)
    except pa.ArrowInvalid:  # a required field of a null struct counts as null there
        return pa.table([pa.array(table.column(0).to_pylist(), schema.field(0).type)], schema=schema)


def read_leaves(path):
    """[(leaf index, column, Leaf)] of a file."""
    f = pq.ParquetFile(path, memory_map=False)
    columns = []
    try:
        table = f.read(use_threads=False)
        if table.num_rows == f.metadata.num_rows:
            columns = table.columns
    except (OSError, pa.ArrowException):
        pass
    if not columns:
        columns = [read_field(f, path, name).column(0) for name in f.schema_arrow.names]
    c = 0
    for field, column in zip(f.schema_arrow, columns):
        arr = one_chunk(column)
        n = len(arr)
        for leaf in shred(field, arr, [0] * n, [0] * n, list(range(n))):
            yield c, f.schema.column(c), leaf
            c += 1
    if c != len(f.schema):
        raise ValueError(f"{c} leaves of the Arrow schema for {len(f.schema)} columns")
