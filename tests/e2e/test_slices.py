"""Files of several slices, which several workers share: the figures do not tell where a file was cut.

A slice ends after 1,024 row groups (or 16 MiB of columns): these files have thousands of tiny ones.
"""
import os
import random
import signal
import time

import corpora
from corpora import Corpus, Dataset
from test_oracle import check_corpus, check_spans
from test_s3 import same, uploaded
from test_statistics import check, check_labels, check_sums

KILLS = int(os.environ.get("TSI_KILLS", "6"))
SEED = int(os.environ.get("TSI_SEED", "1"))

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
    corpus.index("many.db", concurrency=16)
    same(t.dump("c.db"), t.dump("many.db"))


# ---- more series than may be held in memory ----

def add_whole(corpus):
    """So many spans of a series that the file has one of each: a fact of all slices together."""
    pa = corpora.pyarrow()
    d = corpus.add(Dataset("sliced_whole"))
    n, series = 1_100_000, 1000
    table = pa.table({"item_id": pa.array([f"w{i % series}" for i in range(n)]),
                      "timestamp": pa.array([1_577_836_800_000_000 + 60_000_000 * (i // series) for i in range(n)], pa.timestamp("us")),
                      "target": pa.array([float(i % 7) for i in range(n)])})
    pa.parquet.write_table(table, corpus.file(d, "large.parquet"), row_group_size=series)


def add_numbers_and_nulls(corpus):
    """Ids are integers, some rows have none, and each id is in two row groups far apart."""
    pa = corpora.pyarrow()
    d = corpus.add(Dataset("sliced_numbers"))
    n = GROUPS * GROUP_ROWS
    write(corpus, d, pa.array([None if i % 97 == 5 else (i * 7919) % (n // 2) - 1000 for i in range(n)], pa.int64()),
          pa.array([1_577_836_800_000_000 + 1_000_000 * (i % 977) for i in range(n)], pa.timestamp("us")))


def spilled_files(t, log):
    return sum("kept on disk until it is recorded" in line for line in (t.tmp / log).read_text().splitlines())


def check_on_disk(t, corpus, depth, least):
    """The catalog of a run that holds next to nothing in memory is that of one that holds everything."""
    corpus.index(f"{depth}.db", depth=depth)
    corpus.index("disk.db", depth=depth, memory="64KiB", log_file=f"{depth}.log", log_level="run=debug")
    assert spilled_files(t, f"{depth}.log") >= least, (t.tmp / f"{depth}.log").read_text()
    same(t.dump(f"{depth}.db"), t.dump("disk.db"))
    t.remove("disk.db")


def test_what_does_not_fit_in_memory_goes_to_disk(t):
    corpus = sliced(t)
    add_numbers_and_nulls(corpus)
    corpora.add_high_cardinality(corpus)
    for depth, least in (("series", 3), ("time", 4), ("values", 4)):
        check_on_disk(t, corpus, depth, least)


def test_spans_that_are_merged_do_not_fit_in_memory(t):
    corpus = Corpus(t)
    add_whole(corpus)
    check_on_disk(t, corpus, "time", 1)
    (row,) = t.catalog("SELECT count(*) AS n, count(row_group) AS groups FROM spans", "time.db")
    assert row == {"n": "1000", "groups": "0"}, row


def test_a_disk_without_room_for_what_does_not_fit_in_memory(t):
    corpus = Corpus(t)
    d = corpora.add_high_cardinality(corpus)
    corpus.copy(d, "SELECT md5(i::VARCHAR) AS item_id, TIMESTAMP '2020-01-01' AS timestamp, 1.0 AS target FROM range(250000) a(i)",
                "more.parquet")
    disk = t.small_disk()
    arguments = ["index", corpus.data, "--metadata", corpus.metadata, "--database", disk / "c.db", "--memory", "1MiB"]
    result = t.ti(*arguments)
    assert result.code == 1 and "make room on the disk" in result.err and str(disk / "c.db") in result.err, result
    assert "cannot keep series beside" in result.err, result
    t.make_room(disk)
    t.ti(*arguments).ok()
    assert t.catalog("SELECT indexing_status AS s FROM datasets", disk / "c.db") == [{"s": "complete"}]


def test_a_kill_leaves_nothing_of_what_did_not_fit_in_memory(t):
    corpus = Corpus(t)
    d = corpora.add_high_cardinality(corpus)
    for i in range(3):
        corpus.copy(d, f"SELECT md5((i + {i * 60000})::VARCHAR) AS item_id, TIMESTAMP '2020-01-01' AS timestamp, 1.0 AS target "
                       "FROM range(60000) a(i)", f"more-{i}.parquet")
    draw = random.Random(SEED)
    folder = t.tmp / "kept"
    folder.mkdir()
    for _ in range(4):
        process = t.start("index", corpus.data, "--metadata", corpus.metadata, "--database", folder / "k.db", "--memory", "1MiB")
        time.sleep(draw.uniform(0.2, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not list(folder.glob("*.part-*")), list(folder.iterdir())
    t.ti("index", corpus.data, "--metadata", corpus.metadata, "--database", folder / "k.db", "--memory", "1MiB").ok()
    corpus.index("fresh.db")
    same(t.dump("fresh.db"), t.dump(folder / "k.db"))


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


def test_a_text_that_is_no_time_costs_the_file_its_times_only(t):
    """One bad text in each of three slices: the first is told, series and values stay, for any number of workers."""
    corpus = Corpus(t)
    pa = corpora.pyarrow()
    d = corpus.add(Dataset("sliced_texts", unit="none"))
    n = GROUPS * GROUP_ROWS
    texts = [f"{1000 + i % 9000:04}-03-01" for i in range(n)]
    for at, text in ((1500, "last tuesday"), (6000, "soon"), (n - 1, "never")):
        texts[at] = text
    write(corpus, d, [f"t{i // 700}" for i in range(n)], pa.array(texts))
    told = []
    for concurrency in (1, 2, 16):
        corpus.index(f"{concurrency}.db", codes=(3,), depth="values", concurrency=concurrency)
        (row,) = t.catalog("SELECT total_series, total_records, files_failed, files_without_time, first_time, value_count FROM datasets",
                           f"{concurrency}.db")
        assert row == {"total_series": str(n // 700 + 1), "total_records": str(n), "files_failed": "0", "files_without_time": "1",
                       "first_time": None, "value_count": str(n)}, row
        told += t.catalog("SELECT code, reason FROM failures", f"{concurrency}.db")
        same(t.dump(f"{concurrency}.db"), t.dump("1.db"))
    assert len(told) == 3 and all(r == told[0] for r in told), told
    assert "'last tuesday' in time column 'timestamp' is no ISO 8601 time" in told[0]["reason"], told


def one_file(t):
    """Every row group has ids and times to decode, so pages say exactly how many were read."""
    corpus = Corpus(t)
    add_interleaved(corpus)
    return corpus


def kept_groups(t, database):
    return int(t.catalog("SELECT coalesce(sum(row_groups), 0)::BIGINT AS n FROM file_slices", database)[0]["n"])


def check_rest(t, fresh, last, kept, database):
    """The run that ended it read what had not been kept, all of that, and nothing else."""
    left = GROUPS - kept
    assert last["pages_decoded"] * GROUPS == fresh["pages_decoded"] * left, (last, fresh, kept)
    same(t.dump("fresh.db"), t.dump(database))
    assert kept_groups(t, database) == 0


def test_a_limit_in_the_middle_of_a_file(t):
    corpus = one_file(t)
    fresh = corpus.index("fresh.db")
    limited = corpus.index("c.db", codes=(0,), max_bytes=fresh["bytes_received"] * 19 // 20, concurrency=1)
    assert limited["limited"] == "--max-bytes", limited
    kept = kept_groups(t, "c.db")
    assert 1024 <= kept < GROUPS, kept
    (row,) = t.catalog("SELECT indexing_status, total_series FROM datasets")
    assert row["indexing_status"] == "pending" and row["total_series"] is None, row
    # What footers say is there already: the first rung of the ladder.
    (row,) = t.catalog("SELECT depth, total_records, data_file_count FROM datasets")
    assert row == {"depth": "files", "total_records": str(GROUPS * GROUP_ROWS), "data_file_count": "1"}, row
    check_rest(t, fresh, corpus.index("c.db"), kept, "c.db")


def test_kept_slices_of_another_object_are_not_used(t):
    """The file is replaced, read to another depth, or gone: what was kept of it is not taken for it."""
    corpus = one_file(t)
    path = corpus.file(corpus.datasets[0], "large.parquet")
    fresh = corpus.index("fresh.db")
    limit = fresh["bytes_received"] * 19 // 20
    corpus.index("depth.db", max_bytes=limit, concurrency=1)
    shallow = corpus.index("depth.db", depth="series")
    assert shallow["pages_decoded"] > 0
    corpus.index("shallow.db", depth="series")
    same(t.dump("shallow.db"), t.dump("depth.db"))
    corpus.index("gone.db", max_bytes=limit, concurrency=1)
    corpus.index("new.db", max_bytes=limit, concurrency=1)
    assert kept_groups(t, "gone.db") > 0 and kept_groups(t, "new.db") > 0
    path.write_bytes(path.read_bytes())  # the same bytes, another time: another object
    again = corpus.index("new.db")
    check_rest(t, fresh, again, 0, "new.db")
    corpus.copy(corpus.datasets[0], corpora.series(3, "30"), "other.parquet")
    path.unlink()
    corpus.index("gone.db")
    assert kept_groups(t, "gone.db") == 0


def test_kills_in_the_middle_of_a_file(t):
    """SIGKILL while a large file is read from S3: the next run goes on behind the slices that were kept."""
    corpus = one_file(t)
    server, source, metadata = uploaded(t, corpus)
    more = ["--endpoint-url", server.endpoint, "--concurrency", "2"]
    began = time.monotonic()
    fresh = t.ti("index", source, "--metadata", metadata, "--database", "fresh.db", "--format", "ndjson", *more,
                 env=server.env).ok().json()
    typical = time.monotonic() - began
    draw, kept, redone = random.Random(SEED), 0, 0
    for _ in range(KILLS):
        process = t.start("index", source, "--metadata", metadata, "--database", "k.db", *more, env=server.env)
        time.sleep(draw.uniform(0.2, 0.8) * typical)
        process.send_signal(signal.SIGKILL)
        if process.wait() != -signal.SIGKILL:
            break
        if (t.tmp / "k.db").exists() and t.ti("status", "--database", "k.db").code == 0:
            now = kept_groups(t, "k.db")
            assert now >= kept, (now, kept)
            redone += now == kept
            kept = now
    if process.returncode == -signal.SIGKILL:
        last = t.ti("index", source, "--metadata", metadata, "--database", "k.db", "--format", "ndjson", *more,
                    env=server.env).ok().json()
        check_rest(t, fresh, last, kept, "k.db")
    else:
        same(t.dump("fresh.db"), t.dump("k.db"))
    print(f"     {GROUPS} row groups, {kept} of them kept by killed runs; {redone} runs kept none", flush=True)


test_kills_in_the_middle_of_a_file.timeout = 180 + 10 * KILLS
