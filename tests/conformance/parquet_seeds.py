#!/usr/bin/env python3
"""Write the seeds of the Parquet fuzz targets: tiny files of every encoding and codec, and the parts of them.

    parquet_seeds.py CORPUS_FOLDER      (tests/fuzz/corpus)
"""
import os
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq

PHYSICAL = ["BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"]
CODECS = {"UNCOMPRESSED": 0, "SNAPPY": 1, "GZIP": 2, "BROTLI": 4, "ZSTD": 6, "LZ4": 7}


def save(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def footer_of(data):
    n = struct.unpack("<I", data[-8:-4])[0]
    return data[-8 - n:]


def save_chunks(corpus, name, path, data):
    meta = pq.ParquetFile(path).metadata
    for c in range(meta.num_columns):
        column = meta.row_group(0).column(c)
        schema = meta.schema.column(c)
        start = column.dictionary_page_offset or column.data_page_offset
        head = bytes([PHYSICAL.index(column.physical_type), max(schema.length or 0, 0) % 20,
                      schema.max_definition_level & 3 | 4 | schema.max_repetition_level << 3 | 1 << 5, CODECS[column.compression],
                      column.num_values & 255, column.num_values >> 8 & 255, 0, 0])
        save(f"{corpus}/parquet_chunk", f"{name}_{c}", head + data[start:start + column.total_compressed_size])


def zigzag(v):
    v, out = v << 1 ^ v >> 63, b""
    while v >= 0x80:
        out, v = out + bytes([v & 0x7F | 0x80]), v >> 7
    return out + bytes([v])


def save_index(corpus, name, pages, bounds, order):
    """An offset index and a column index in Thrift's compact form; bounds of None are of a page of nulls."""
    n = len(pages) << 4
    offsets = b"\x19" + bytes([n | 12])
    for offset, length, row in pages:
        offsets += b"\x16" + zigzag(offset) + b"\x15" + zigzag(length) + b"\x16" + zigzag(row) + b"\0"
    column = b"\x19" + bytes([n | 1]) + bytes(2 if b else 1 for b in bounds)
    for side in (0, 1):
        column += b"\x19" + bytes([n | 8])
        for b in bounds:
            column += bytes([len(b[side])]) + b[side] if b else b"\0"
    column += b"\x15" + zigzag(order) + b"\x19" + bytes([n | 6]) + b"".join(zigzag(0 if b else 10) for b in bounds)
    save(f"{corpus}/parquet_index", name, bytes([len(offsets) + 1]) + offsets + b"\0" + column + b"\0")


def save_indexes(corpus):
    pages = [(54 + 100 * i, 100, 10 * i) for i in range(4)]
    ints = [(struct.pack("<i", 10 * i), struct.pack("<i", 10 * i + 9)) for i in range(4)]
    save_index(corpus, "ints", pages, ints, 1)
    save_index(corpus, "ints_down", pages, ints[::-1], 2)
    save_index(corpus, "nulls", pages, [ints[0], None, ints[2], None], 1)
    save_index(corpus, "doubles", pages, [(struct.pack("<d", -0.5 * i), struct.pack("<d", i)) for i in range(4)], 0)
    save_index(corpus, "strings", pages, [(b"a" * i, b"b" * (i + 1)) for i in range(4)], 1)
    bloom = b"\x15" + zigzag(64) + b"\x1c\x1c\0\0" * 3 + b"\0" + bytes(range(64))
    save(f"{corpus}/parquet_index", "bloom", b"\0" + bloom)


def write(corpus, name, table, **options):
    path = f"{corpus}/parquet_file/{name}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pq.write_table(table, path, store_schema=False, **options)
    with open(path, "rb") as f:
        data = f.read()
    save(f"{corpus}/parquet_footer", name, footer_of(data)[:-8])
    save(f"{corpus}/thrift", name, footer_of(data)[:-8])
    save_chunks(corpus, name, path, data)


def main():
    corpus = sys.argv[1]
    ids = pa.array([f"series_{i // 7}" for i in range(40)] + [None] * 3 + ["x", "y"] * 9)
    n = len(ids)
    ints = pa.array([None if i % 9 == 0 else i * 1000003 for i in range(n)])
    times = pa.array([1_600_000_000_000_000 + i * 60_000_000 for i in range(n)]).cast(pa.timestamp("us", "UTC"))
    table = pa.table({"id": ids, "i": ints, "t": times})
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
        write(corpus, codec, table, compression=codec)
    write(corpus, "v2", table, data_page_version="2.0", compression="snappy", write_page_checksum=True)
    write(corpus, "small_pages", table, data_page_size=60, write_batch_size=9, write_page_index=True)
    write(corpus, "fallback", table, dictionary_pagesize_limit=30, write_batch_size=9, data_page_size=60)
    write(corpus, "int96", table.select(["t"]), use_deprecated_int96_timestamps=True)
    write(corpus, "delta", table, use_dictionary=False, compression="none",
          column_encoding={"id": "DELTA_BYTE_ARRAY", "i": "DELTA_BINARY_PACKED", "t": "DELTA_BINARY_PACKED"})
    write(corpus, "delta_length", table.select(["id"]), use_dictionary=False, compression="none",
          column_encoding="DELTA_LENGTH_BYTE_ARRAY")
    others = pa.table({
        "b": pa.array([i % 5 > 1 for i in range(n)]),
        "f": pa.array([i * 0.5 for i in range(n)], pa.float32()),
        "x": pa.array([f"{i:05d}".encode() for i in range(n)], pa.binary(5)),
        "d": pa.array([i * 86400000 for i in range(n)]).cast(pa.timestamp("ms")).cast(pa.date32()),
    })
    write(corpus, "others", others, sorting_columns=[pq.SortingColumn(1, True, False)])
    write(corpus, "split", others.select(["f", "x"]), use_dictionary=False, column_encoding="BYTE_STREAM_SPLIT")
    write(corpus, "rle", others.select(["b"]), use_dictionary=False, column_encoding="RLE", data_page_version="2.0")
    deep = pa.table({
        "l": pa.array([[i, None, -i] if i % 4 else ([] if i % 8 else None) for i in range(60)]),
        "ll": pa.array([[["a", "b"], [], None, [f"{i}"]] if i % 3 else [] for i in range(60)]),
        "m": pa.array([[("k", i * 0.5), ("j", None)] for i in range(60)], pa.map_(pa.string(), pa.float64())),
    })
    for version in ("1.0", "2.0"):
        write(corpus, f"deep_v{version[0]}", deep, data_page_version=version, data_page_size=100, write_batch_size=10,
              write_page_index=True, compression="snappy" if version == "2.0" else "none")
    nested = pa.table({"a": pa.array([[1, 2], None, []]), "s": pa.array([{"k": "v"}, None, {"k": None}])})
    write(corpus, "nested", nested)
    text = b"series_1 series_2 series_1 " * 9
    for codec, number in [("snappy", 1), ("gzip", 2), ("brotli", 4), ("zstd", 6), ("lz4_raw", 7), ("lz4", 5)]:
        packed = bytes(pa.compress(text, codec, asbytes=True))
        save(f"{corpus}/parquet_codec", codec, struct.pack("<BH", number, len(text)) + packed)
    save_indexes(corpus)
    raw = bytes(pa.compress(text, "lz4_raw", asbytes=True))
    hadoop = struct.pack(">II", len(text), len(raw)) + raw
    save(f"{corpus}/parquet_codec", "lz4_hadoop", struct.pack("<BH", 5, len(text)) + hadoop)


if __name__ == "__main__":
    main()
