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
                      schema.max_definition_level | 4, CODECS[column.compression],
                      column.num_values & 255, column.num_values >> 8 & 255, 0, 0])
        save(f"{corpus}/parquet_chunk", f"{name}_{c}", head + data[start:start + column.total_compressed_size])


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
    nested = pa.table({"a": pa.array([[1, 2], None, []]), "s": pa.array([{"k": "v"}, None, {"k": None}])})
    write(corpus, "nested", nested)
    text = b"series_1 series_2 series_1 " * 9
    for codec, number in [("snappy", 1), ("gzip", 2), ("brotli", 4), ("zstd", 6), ("lz4_raw", 7), ("lz4", 5)]:
        packed = bytes(pa.compress(text, codec, asbytes=True))
        save(f"{corpus}/parquet_codec", codec, struct.pack("<BH", number, len(text)) + packed)
    raw = bytes(pa.compress(text, "lz4_raw", asbytes=True))
    hadoop = struct.pack(">II", len(text), len(raw)) + raw
    save(f"{corpus}/parquet_codec", "lz4_hadoop", struct.pack("<BH", 5, len(text)) + hadoop)


if __name__ == "__main__":
    main()
