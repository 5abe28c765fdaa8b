"""A server that fails now and then changes nothing but the time; one that is gone is said to be, and waited for."""
import threading
import time

import corpora
import s3
from faults import FaultProxy
from support import counter


def prepared(t):
    corpus = corpora.synthetic(t)
    server = s3.shared()
    bucket = server.new_bucket()
    server.client.upload(corpus.root, bucket)
    return server, f"s3://{bucket}/data", f"s3://{bucket}/metadata"


def proxied(t, server, **options):
    proxy = FaultProxy(server.port, **options)
    t.closers.append(proxy.close)
    return proxy


def test_one_request_in_ten_fails(t):
    server, source, metadata = prepared(t)
    t.index(source, metadata, "plain.db", env=server.env, endpoint_url=server.endpoint)
    proxy = proxied(t, server, share=0.1)
    summary = t.index(source, metadata, "faults.db", env=server.env, endpoint_url=proxy.endpoint)
    assert sum(proxy.faults.values()) > 0, proxy.faults
    assert t.dump("plain.db") == t.dump("faults.db")
    # A fault costs one retry, or two where a fault meets a retry; a drip none.
    assert counter(summary, "retries") <= 3 * sum(proxy.faults.values()), (summary, proxy.faults)


def test_three_in_ten_fail(t):
    server, source, metadata = prepared(t)
    t.index(source, metadata, "plain.db", env=server.env, endpoint_url=server.endpoint)
    proxy = proxied(t, server, share=0.3, seed=7)
    t.index(source, metadata, "faults.db", env=server.env, endpoint_url=proxy.endpoint, concurrency=4)
    assert t.dump("plain.db") == t.dump("faults.db")


def test_a_short_outage_costs_no_file(t):
    server, source, metadata = prepared(t)
    t.index(source, metadata, "plain.db", env=server.env, endpoint_url=server.endpoint)
    proxy = proxied(t, server)
    proxy.away_after = 6

    def come_back():
        time.sleep(4)
        proxy.away_after = None

    threading.Thread(target=come_back, daemon=True).start()
    t.index(source, metadata, "outage.db", env=server.env, endpoint_url=proxy.endpoint)
    assert t.dump("plain.db") == t.dump("outage.db")


def test_a_total_outage_is_said_and_resumed(t):
    server, source, metadata = prepared(t)
    t.index(source, metadata, "plain.db", env=server.env, endpoint_url=server.endpoint)
    proxy = proxied(t, server)
    proxy.away_after = 12
    # Two attempts: who sets so few wants to hear soon. Without, 30 s are waited.
    env = dict(server.env, AWS_MAX_ATTEMPTS="2")
    began = time.monotonic()
    result = t.ti("index", source, "--metadata", metadata, "--database", "outage.db", "--endpoint-url",
                  proxy.endpoint, env=env)
    assert result.code in (1, 3), result
    assert time.monotonic() - began < 60
    assert str(proxy.port) in result.err or "failures" in result.err, result
    proxy.away_after = None
    t.index(source, metadata, "outage.db", env=server.env, endpoint_url=proxy.endpoint)
    assert t.dump("plain.db") == t.dump("outage.db")
