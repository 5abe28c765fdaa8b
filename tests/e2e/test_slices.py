"""Files of several slices, which several workers share: the figures do not tell where a file was cut.

A slice ends after 1,024 row groups (or 16 MiB of columns): these files have thousands of tiny ones.
"""
import random

import corpora
from corpora import Corpus, Dataset
from test_oracle import check_corpus, check_spans
from test_statistics import check, check_labels, check_sums

GROUPS = 2600
GROUP_ROWS = 4


def write(corpus, d, ids, times, **options):
    """One file of GROUPS row groups."""
    pa = corpora.pyarrow()
    table = pa.table({"item_id": pa.array(ids), "timestamp": times, "target": pa.array([0.5 * i for i in range(len(ids))])})
    pa.parquet.write_table(table, corpus.file(d, "large.parquet"), row_group_size=GROUP_ROWS, **options)


def add_clustered(corpus):
    """A series spans hundreds of row groups, and some end at a cut."""
    pa = corpora.pyarrow()
    d = corpus.add(Dataset("sliced_clustered"))
    n = GROUPS * GROUP_ROWS
    write(corpus, d, [f"c{i // 700}" for i in range(n)],
          pa.array([1_577_836_800_000_000 + 60_000_000 * (i % 700 + i % 13 // 12) for i in range(n)], pa.timestamp("us")))


def add_interleaved(corpus):
    """Every series is in every slice, and its times go back within them and across the cuts."""
    pa = corpora.pyarrow()
    d = corpus.add(Dataset("sliced_interleaved"))
    draw, n = random.Random(7), GROUPS * GROUP_ROWS
    times = [1_577_836_800_000_000 + 1_000_000 * (i // 50 if i // 1024 % 2 else draw.randrange(400)) for i in range(n)]
    write(corpus, d, [f"i{i % 37}" for i in range(n)], pa.array(times, pa.timestamp("us")))


def add_int96(corpus):
    """A time in the last slice is too far from 1970 for nanoseconds: the whole file is in microseconds."""
    pa = corpora.pyarrow()
    d = corpus.add(Dataset("sliced_int96", unit="us"))
    n = GROUPS * GROUP_ROWS
    times = [1_577_836_800_000_000 + 1_000_000 * i for i in range(n - 1)] + [32_503_680_000_000_000]
    write(corpus, d, [f"n{i // 1000}" for i in range(n)], pa.array(times, pa.timestamp("us")),
          use_deprecated_int96_timestamps=True)


def sliced(t):
    corpus = Corpus(t)
    add_clustered(corpus)
    add_interleaved(corpus)
    add_int96(corpus)
    for d in corpus.datasets:
        groups = t.duck.value(f"SELECT num_row_groups FROM parquet_file_metadata('{corpus.file(d, 'large.parquet')}')")
        assert int(groups) == GROUPS, groups
    return corpus


def test_figures_do_not_tell_where_a_file_was_cut(t):
    corpus = sliced(t)
    corpus.index("c.db", concurrency=1)
    check_corpus(t, corpus)
    check_spans(t, corpus)
    for d in corpus.datasets:
        check(t, corpus, d)
    check_labels(t)
    check_sums(t)
    one = t.dump("c.db")
    for more in ({"concurrency": 16}, {}):
        t.remove("many.db")
        corpus.index("many.db", **more)
        assert t.dump("many.db") == one, more


def test_the_first_failure_of_a_file_is_told(t):
    """Two pages are broken, one in the second and one in the last slice: any order of workers names the first."""
    corpus = Corpus(t)
    add_clustered(corpus)
    d = corpus.datasets[0]
    path = corpus.file(d, "large.parquet")
    offsets = t.duck.rows(f"SELECT row_group_id, data_page_offset, total_compressed_size FROM parquet_metadata('{path}') "
                          "WHERE path_in_schema = 'timestamp' AND row_group_id IN (1500, 2500) ORDER BY 1")
    content = bytearray(path.read_bytes())
    for row in offsets:
        at = int(row["data_page_offset"])
        content[at:at + 12] = b"\xff" * 12
    path.write_bytes(content)
    for concurrency in (1, 2, 16):
        t.remove("c.db")
        corpus.index("c.db", codes=(3,), concurrency=concurrency)
        (row,) = t.catalog("SELECT code, reason FROM failures")
        assert "row group 1500" in row["reason"], row
        (row,) = t.catalog("SELECT quality, files_failed FROM datasets")
        assert row["files_failed"] == "1", row
