"""The same corpus from S3 and from a directory, for any number of requests in flight, is the same catalog."""
import corpora
import s3
from corpora import Corpus
from support import Skip


def uploaded(t, corpus, prefix=""):
    """The corpus in a bucket of its own; (server, source, metadata)."""
    server = s3.shared()
    bucket = server.new_bucket()
    server.client.upload(corpus.root, bucket, prefix)
    return server, f"s3://{bucket}/{prefix}data", f"s3://{bucket}/{prefix}metadata"


def index_s3(t, server, source, metadata, database, codes=(0,), **options):
    return t.index(source, metadata, database, codes, env=server.env, endpoint_url=server.endpoint, **options)


def first_difference(a, b):
    for x, y in zip(a.splitlines(), b.splitlines()):
        if x != y:
            return f"\n{x}\n{y}"
    return f"{len(a.splitlines())} and {len(b.splitlines())} lines"


def same(a, b):
    assert a and a == b, first_difference(a, b)


def test_s3_equals_directory(t):
    corpus = corpora.synthetic(t)
    corpus.index("dir.db")
    server, source, metadata = uploaded(t, corpus, "deep/er prefix+1/")
    index_s3(t, server, source, metadata, "s3.db")
    same(t.dump("dir.db"), t.dump("s3.db"))


def test_one_worker_equals_sixteen(t):
    corpus = corpora.synthetic(t)
    server, source, metadata = uploaded(t, corpus)
    index_s3(t, server, source, metadata, "one.db", concurrency=1)
    index_s3(t, server, source, metadata, "many.db", concurrency=16)
    same(t.dump("one.db"), t.dump("many.db"))


def test_small_memory_equals_large(t):
    corpus = corpora.synthetic(t)
    server, source, metadata = uploaded(t, corpus)
    index_s3(t, server, source, metadata, "small.db", memory="16MiB")
    index_s3(t, server, source, metadata, "large.db", memory="1GiB")
    same(t.dump("small.db"), t.dump("large.db"))


def test_listings_of_many_pages(t):
    """More objects than one page of a listing holds."""
    corpus = Corpus(t)
    d = corpus.add(corpora.Dataset("pages"))
    corpus.copy(d, corpora.series(1, "3"), "seed.parquet")
    body = corpus.file(d, "seed.parquet").read_bytes()
    server, source, metadata = uploaded(t, corpus)
    bucket = source.split("/")[2]
    for i in range(1100):
        server.client.put(bucket, f"data/pages/part-{i:05}.parquet", body)
    try:
        assert len(server.client.keys(bucket, "data/")) == 1101
    except AssertionError as fault:
        raise Skip(f"{server.kind} cannot list more than one page: {str(fault)[:80]}") from None
    summary = index_s3(t, server, source, metadata, "c.db", concurrency=16)
    assert int(summary["files_read"]) == 1101, summary
    (row,) = t.catalog("SELECT total_series, total_records, data_file_count FROM datasets")
    assert row == {"total_series": "1", "total_records": str(3 * 1101), "data_file_count": "1101"}, row


def test_directory_markers_are_passed_over(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    server, source, metadata = uploaded(t, corpus)
    bucket = source.split("/")[2]
    server.client.put(bucket, f"data/{d.name}/", b"")
    server.client.put(bucket, f"data/{d.name}/_SUCCESS", b"")
    if f"data/{d.name}/" not in server.client.keys(bucket, "data/"):
        raise Skip(f"{server.kind} keeps no directory markers")
    index_s3(t, server, source, metadata, "c.db")
    (row,) = t.catalog("SELECT total_series, data_file_count, quality FROM datasets")
    assert row == {"total_series": "150", "data_file_count": "3", "quality": "exact"}, row
    assert not t.catalog("SELECT * FROM failures WHERE severity = 'error'")


def test_wrong_secret_is_said_and_not_shown(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus)
    server, source, metadata = uploaded(t, corpus)
    wrong = "wrong-secret-xyzzy"
    impostor = s3.Client("127.0.0.1", server.port, server.access, wrong)
    if impostor.request("GET", source.split("/")[2], query={"list-type": "2"})[0] == 200:
        raise Skip(f"{server.kind} accepts any secret")
    env = dict(server.env, AWS_SECRET_ACCESS_KEY=wrong)
    result = t.ti("index", source, "--metadata", metadata, "--database", "c.db", "--endpoint-url", server.endpoint,
                  "-vvv", env=env)
    assert result.code == 5, result
    assert wrong not in result.out + result.err, "the secret was printed"
    assert len(result.err.strip()) > 0, result


def test_no_such_bucket(t):
    server = s3.shared()
    result = t.ti("index", "s3://no-such-bucket-here/x", "--database", "c.db", "--endpoint-url", server.endpoint,
                  env=server.env)
    # SeaweedFS and s3rver may answer such a listing with "none there" or with "not allowed".
    assert result.code in (1, 4, 5), result
    assert "no-such-bucket-here" in result.err, result


def test_nobody_listens(t):
    port = s3.free_port()
    env = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
    result = t.ti("index", "s3://bucket/x", "--database", "c.db", "--endpoint-url", f"http://127.0.0.1:{port}", env=env,
                  timeout=170)
    assert result.code == 1, result
    assert str(port) in result.err, result


test_nobody_listens.timeout = 180
