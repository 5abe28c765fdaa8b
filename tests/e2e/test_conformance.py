"""What every S3 server must be read like, whoever made it: the same cases on SeaweedFS and, with TSI_S3=minio, on MinIO.

`make conformance` runs them on both; `make test` on the one that is there.
"""
import json
import threading
import time

import corpora
import s3
from corpora import Corpus
from support import Skip

AWKWARD = ["plain", "with space", "plus+plus", "per%cent", "per%20cent", "ques?tion=1&x", "ha#sh", "umlaut-äöü-日本",
           "a=b@c:d,e;f!g$h'i(j)k*l", "tilde~-_.", "emoji-\U0001F600", "quote\"<&>"]


def doctor(t, server, source, *arguments, env=None):
    return t.ti("doctor", source, "--endpoint-url", server.endpoint, "--format", "json", *arguments,
                env=server.env if env is None else env)


def checks(result):
    return {row["check"]: row for row in json.loads(result.out)["items"]}


def put_all(server, bucket, keys, body):
    """The keys that the server takes; what it refuses to store cannot be read either."""
    taken = []
    for key in keys:
        status, _, _ = server.client.request("PUT", bucket, key, body=body)
        if status == 200:
            taken.append(key)
    return taken


def seed(t):
    corpus = Corpus(t)
    d = corpus.add(corpora.Dataset("keys"))
    corpus.copy(d, corpora.series(1, "3"), "seed.parquet")
    return corpus, d, corpus.file(d, "seed.parquet").read_bytes()


def index_keys(t, keys, expect_all=False):
    """Put a good file under each key of one dataset, index, and compare what the catalog has with what was put."""
    corpus, _, body = seed(t)
    server = s3.shared()
    bucket = server.new_bucket()
    server.client.upload(corpus.root, bucket)
    taken = put_all(server, bucket, ["data/keys/" + k + ".parquet" for k in keys], body)
    if expect_all:
        assert len(taken) == len(keys), f"{server.kind} took {len(taken)} of {len(keys)} keys"
    summary = t.index(f"s3://{bucket}/data", f"s3://{bucket}/metadata", "c.db", env=server.env,
                      endpoint_url=server.endpoint)
    assert int(summary["files_read"]) == len(taken) + 1, (summary, taken)
    (row,) = t.catalog("SELECT total_records, quality FROM datasets")
    assert row == {"total_records": str(3 * (len(taken) + 1)), "quality": "exact"}, row
    return taken


def test_awkward_keys(t):
    taken = index_keys(t, AWKWARD)
    assert len(taken) >= len(AWKWARD) - 2, taken
    for part in ("with space", "plus+plus", "per%cent", "ha#sh"):
        assert any(part in k for k in taken), part


def test_a_key_of_1024_bytes(t):
    folder = "d" * 200
    key = "/".join([folder] * 4)
    key += "/" + "k" * (1024 - len("data/keys/" + key + "/" + ".parquet"))
    index_keys(t, [key])


def test_double_slashes(t):
    index_keys(t, ["a//b"])


def test_five_thousand_keys(t):
    """Five pages; the bodies are not Parquet, and each is told."""
    server = s3.shared()
    bucket = server.new_bucket()
    threads = []

    def put(part):
        for i in range(part, 5000, 8):
            server.client.put(bucket, f"many/{i % 7}/{i:05}", b"x")

    for part in range(8):
        threads.append(threading.Thread(target=put, args=(part,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    status, _, body = server.client.request("GET", bucket, query={"list-type": "2", "prefix": "many/"})
    if status == 500 and server.kind == "s3rver":
        raise Skip(f"s3rver itself cannot list them: {body[:100]!r}")
    result = t.ti("index", f"s3://{bucket}/many", "--database", "c.db", "--endpoint-url", server.endpoint, "--format",
                  "ndjson", "-v", env=server.env)
    pages = sum("HTTP 200" in line for line in result.err.splitlines() if f"LIST s3://{bucket}/many/" in line)
    assert pages >= 5, (pages, result)
    assert checks(doctor(t, server, f"s3://{bucket}/many"))["list"]["detail"].startswith("1000 objects"), result


test_five_thousand_keys.timeout = 300


def test_empty_and_small_objects(t):
    """A suffix range is longer than the object; an empty object has no last bytes."""
    corpus, d, _ = seed(t)
    server = s3.shared()
    bucket = server.new_bucket()
    server.client.upload(corpus.root, bucket)
    server.client.put(bucket, f"data/{d.name}/empty.parquet", b"")
    server.client.put(bucket, f"data/{d.name}/short.parquet", b"PAR1")
    t.index(f"s3://{bucket}/data", f"s3://{bucket}/metadata", "c.db", (3,), env=server.env,
            endpoint_url=server.endpoint)
    codes = sorted(r["code"] for r in t.catalog("SELECT code FROM failures WHERE severity = 'error'"))
    assert len(codes) == 2 and "empty_object" in codes, codes
    server.client.put(bucket, "tiny/x", b"12345")
    found = checks(doctor(t, server, f"s3://{bucket}/tiny"))
    assert found["ranged read"]["status"] == "ok" and found["suffix read"]["status"] == "ok", found


def test_objects_that_change_during_a_run(t):
    """Replaced and deleted while the run reads: never a figure of two versions, and the next run is right."""
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    server = s3.shared()
    bucket = server.new_bucket()
    server.client.upload(corpus.root, bucket)
    files = [k for k in server.client.keys(bucket, "data/") if k.endswith(".parquet")]
    _, other = server.client.must("GET", bucket, files[0])
    stop = threading.Event()

    def disturb():
        while not stop.is_set():
            server.client.put(bucket, files[1], other)
            server.client.request("DELETE", bucket, files[2])
            server.client.put(bucket, files[2], other)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        time.sleep(0.2)
        t.index(f"s3://{bucket}/data", f"s3://{bucket}/metadata", "c.db", (0, 3), env=server.env,
                endpoint_url=server.endpoint, concurrency=2)
    finally:
        stop.set()
        thread.join()
    for code in {r["code"] for r in t.catalog("SELECT code FROM failures WHERE severity = 'error'")}:
        assert code in ("object_changed", "not_found"), code
    source, metadata = f"s3://{bucket}/data", f"s3://{bucket}/metadata"
    t.index(source, metadata, "c.db", env=server.env, endpoint_url=server.endpoint)
    t.index(source, metadata, "fresh.db", env=server.env, endpoint_url=server.endpoint)
    assert t.dump("c.db") == t.dump("fresh.db"), d.name


def test_wrong_region(t):
    """A server that has a region says so and is asked again; one that has none does not care."""
    server = s3.shared()
    bucket = server.new_bucket()
    server.client.put(bucket, "x/y", b"12345")
    result = doctor(t, server, f"s3://{bucket}/x", "--region", "eu-north-1").ok()
    assert checks(result)["ranged read"]["status"] == "ok", result


def test_wrong_keys(t):
    server = s3.shared()
    bucket = server.new_bucket()
    server.client.put(bucket, "x/y", b"12345")
    wrong = "wrong-secret-12345"
    stranger = s3.Client("127.0.0.1", server.port, server.access, wrong)
    if stranger.request("GET", bucket, "x/y")[0] == 200:
        raise Skip(f"{server.kind} checks no signatures")
    for env in (dict(server.env, AWS_SECRET_ACCESS_KEY=wrong), dict(server.env, AWS_ACCESS_KEY_ID="AKIDNOBODY")):
        result = doctor(t, server, f"s3://{bucket}/x", "-vvv", env=env)
        assert result.code == 5, result
        assert checks(result)["list"]["status"] == "fail", result
        assert wrong not in result.out + result.err and server.secret not in result.out + result.err, result


def test_no_keys(t):
    server = s3.shared()
    bucket = server.new_bucket()
    server.client.put(bucket, "x/y", b"12345")
    if server.client.request("GET", bucket, query={"list-type": "2"})[0] != 200:
        raise Skip(f"{server.kind} does not list")
    if server.client.anonymous(f"/{bucket}/x/y") == 200:
        raise Skip(f"{server.kind} lets everybody read")
    result = doctor(t, server, f"s3://{bucket}/x", "--no-sign-request", env={})
    assert result.code == 5, result
    assert "anonymous" in checks(result)["credentials"]["detail"], result
