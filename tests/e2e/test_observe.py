"""What a run says of itself: history, live state, summary, metrics, logs; and what it says when it cannot go on."""
import contextlib
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import corpora
from corpora import Corpus
from s3 import free_port
from support import ROOT, Skip
from test_incremental import large
from test_s3 import same


def test_status_tells_how_the_runs_went(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus)
    corpus.index()
    corpus.index()
    rows = t.ti("status", "--runs", "--database", "c.db", "--format", "ndjson").ok().ndjson()
    assert [(r["state"], r["files_done"], r["files_unchanged"]) for r in rows] == [("complete", 0, 3), ("complete", 3, 0)]
    assert rows[0]["seconds"] > 0 and rows[0]["counters"]["requests_list"] > 0, rows[0]
    assert "the last run is complete" in t.ti("status", "--database", "c.db").ok().err


def start_slow(t, corpus, *options, env=None):
    """A run that lasts for some seconds, and its process once it reads."""
    process = t.start("index", corpus.data, "--metadata", corpus.metadata, "--database", "c.db", "--concurrency", "1",
                      "--force", *options, env=env)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if json.loads((t.tmp / "c.db.run.json").read_text())["phase"] == "reading":
                return process
        except (OSError, ValueError):
            pass
        time.sleep(0.01)
    raise AssertionError("the run never said that it reads")


def test_watch_follows_a_run_of_another_process(t):
    corpus = large(t)
    process = start_slow(t, corpus)
    watched = t.ti("status", "--watch", "--database", "c.db", "--format", "ndjson").ok()
    assert process.wait(timeout=60) == 0
    lines = watched.ndjson()
    assert lines and all(line["pid"] == process.pid for line in lines), watched
    assert lines[-1]["files_total"] == 604 and lines[-1]["bytes_total"] > 0, lines[-1]
    assert all(a["files_done"] <= b["files_done"] for a, b in zip(lines, lines[1:])), lines
    assert all(line["heartbeat_seconds"] < 5 for line in lines), lines
    assert "the run has ended" in watched.err, watched
    assert not (t.tmp / "c.db.run.json").exists()
    assert "no run is writing" in t.ti("status", "--watch", "--database", "c.db").ok().err


def test_a_killed_run_is_interrupted_and_never_running(t):
    corpus = large(t)
    process = start_slow(t, corpus)
    live = t.ti("status", "--runs", "--database", "c.db", "--format", "ndjson")
    if process.poll() is None:
        assert live.code in (0, 7), live
    process.send_signal(signal.SIGKILL)
    process.wait()
    rows = t.ti("status", "--runs", "--database", "c.db", "--format", "ndjson").ok().ndjson()
    assert [r["state"] for r in rows] == ["interrupted"], rows
    assert "was killed" in t.ti("status", "--watch", "--database", "c.db").ok().err
    corpus.index()
    rows = t.ti("status", "--runs", "--database", "c.db", "--format", "ndjson").ok().ndjson()
    assert [r["state"] for r in rows] == ["complete", "interrupted"], rows


def test_summary_file(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    corpus.file(d, "bad.parquet").write_bytes(b"text")
    corpus.index(codes=(3,), summary="run.json")
    s = json.loads((t.tmp / "run.json").read_text())
    assert (s["exit_code"], s["files_read"], s["files_failed"]) == (3, 3, 1), s
    assert s["errors"] == {"truncated": 1} or sum(s["errors"].values()) == 1, s
    assert list(s["phase_seconds"]) == ["listing", "planning", "reading", "recording"], s
    assert list(s["phase_cpu_seconds"]) == list(s["phase_seconds"]) and s["phase_cpu_seconds"]["reading"] > 0, s
    assert sum(s["phase_cpu_seconds"].values()) <= s["cpu_seconds"] * 1.01, s
    assert s["seconds"] >= sum(s["phase_seconds"].values()) * 0.9 and s["cpu_seconds"] > 0, s
    assert s["peak_memory_bytes"] > 1 << 20 and s["counters"]["requests_get"] > 0, s
    t.ti("index", t.tmp / "nowhere", "--database", "c.db", "--summary", "failed.json").ok(1)
    failed = json.loads((t.tmp / "failed.json").read_text())
    assert (failed["exit_code"], failed["error"]) == (1, "no_such_source"), failed


def check_metrics(text):
    """The text format of Prometheus, and its rules for names; {name{labels}: value}."""
    values, types, current = {}, {}, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current = line.split()[2]
            assert current not in types and line.endswith("."), line
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name == current and kind in ("counter", "gauge"), line
            types[name] = kind
            assert re.fullmatch(r"tsindexer_[a-z_]+", name), name
            assert (kind == "counter") == name.endswith("_total"), line
        else:
            name, labels, value = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[a-z_]+"\})? (\S+)', line).groups()
            assert name == current, f"{line} is not of {current}"
            assert name + (labels or "") not in values, line
            values[name + (labels or "")] = float(value)
    assert text.endswith("\n")
    return values


def test_metrics_file(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus)
    corpus.index(metrics_file="run.prom")
    text = (t.tmp / "run.prom").read_text()
    values = check_metrics(text)
    assert values['tsindexer_files_total{state="read"}'] == 3 and values["tsindexer_run_success"] == 1, values
    assert values["tsindexer_series"] == 150 and values['tsindexer_phase_duration_seconds{phase="reading"}'] > 0, values
    assert abs(values["tsindexer_run_end_timestamp_seconds"] - time.time()) < 60, values
    d = corpus.datasets[0]
    corpus.file(d, "bad.parquet").write_bytes(b"PAR1")
    corpus.index(codes=(3,), metrics_file="run.prom")
    values = check_metrics((t.tmp / "run.prom").read_text())
    assert values["tsindexer_run_success"] == 0 and values['tsindexer_failures_total{code="truncated"}'] == 1, values


def prometheus(name):
    """A program of Prometheus: of the machine, or as set-up fetched it."""
    program = shutil.which(name) or ROOT / ".deps" / "prometheus" / name
    if not os.access(program, os.X_OK):
        raise Skip(f"there is no {name} here (package prometheus)")
    return str(program)


def test_metrics_pass_promtool(t):
    promtool = prometheus("promtool")
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    corpus.file(d, "bad.parquet").write_bytes(b"PAR1")
    corpus.index(codes=(3,), metrics_file="run.prom")
    with open(t.tmp / "run.prom", "rb") as f:
        subprocess.run([promtool, "check", "metrics"], stdin=f, check=True)


def ask(url, token=None, method="GET"):
    """Status, headers and text of one request."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers, method=method), timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read().decode()


def metrics_url(t):
    """What the run that was started says of its endpoint."""
    return re.search(r"metrics at (http://\S+/metrics)", (t.tmp / "err.txt").read_text())[1]


def test_metrics_of_a_run_that_goes_on(t):
    corpus = large(t)
    process = start_slow(t, corpus, "--metrics-listen", "0")
    url = metrics_url(t)
    assert url.startswith("http://127.0.0.1:"), url
    status, headers, text = ask(url)
    assert status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", headers
    values = check_metrics(text)
    assert values["tsindexer_files_expected"] == 604 and values["tsindexer_run_duration_seconds"] > 0, values
    assert values['tsindexer_run_phase{phase="reading"}'] == 1 and values["tsindexer_cpu_seconds_total"] > 0, values
    later = check_metrics(ask(url)[2])
    assert later['tsindexer_requests_total{method="get"}'] >= values['tsindexer_requests_total{method="get"}'], later
    assert ask(url.replace("/metrics", "/"))[0] == 404 and ask(url, method="POST")[0] == 405
    assert ask(url, method="HEAD")[2] == ""
    with contextlib.suppress(Skip):
        subprocess.run([prometheus("promtool"), "check", "metrics"], input=text.encode(), check=True)
    assert process.wait(timeout=120) == 0


def test_metrics_beyond_loopback_need_a_token(t):
    corpus = large(t)
    refused = t.ti("index", corpus.data, "--database", "c.db", "--metrics-listen", "0.0.0.0:0").ok(2)
    assert "TS_INDEXER_METRICS_TOKEN" in refused.err and not (t.tmp / "c.db").exists(), refused
    for address in ("", "host:9464", "127.0.0.1:99999", "[::1", "::1:x"):
        t.ti("index", corpus.data, "--database", "c.db", "--metrics-listen", address).ok(2)
    token = "planted-token-of-the-metrics"
    process = start_slow(t, corpus, "--metrics-listen", "0.0.0.0:0", env={"TS_INDEXER_METRICS_TOKEN": token})
    url = metrics_url(t).replace("0.0.0.0", "127.0.0.1")
    assert ask(url)[0] == 401 and ask(url, token + "x")[0] == 401 and ask(url, token[:-1])[0] == 401
    assert ask(url, token)[0] == 200
    assert process.wait(timeout=120) == 0
    assert token not in (t.tmp / "err.txt").read_text()


def test_prometheus_scrapes_a_run(t):
    program = prometheus("prometheus")
    corpus = large(t)
    process = start_slow(t, corpus, "--metrics-listen", "0")
    target = metrics_url(t).split("/")[2]
    (t.tmp / "prometheus.yml").write_text(
        "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
        f"scrape_configs: [{{job_name: ts-indexer, static_configs: [{{targets: ['{target}']}}]}}]\n")
    port = free_port()
    with open(t.tmp / "prometheus.log", "wb") as log:
        server = subprocess.Popen([program, f"--config.file={t.tmp / 'prometheus.yml'}",
                                   f"--storage.tsdb.path={t.tmp / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}"],
                                  cwd=t.tmp, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    t.closers.append(lambda: (server.poll() is None and server.kill(), server.wait()))
    query = "http://127.0.0.1:%d/api/v1/query?query=%s" % (
        port, urllib.parse.quote('max_over_time(tsindexer_requests_total{method="get"}[1h])'))
    deadline, result = time.monotonic() + 60, []
    # The first scrape may come before the first request.
    while not (result and float(result[0]["value"][1]) > 0) and time.monotonic() < deadline:
        time.sleep(0.1)
        with contextlib.suppress(OSError):
            status, _, text = ask(query)
            if status == 200:  # it listens before it answers
                result = json.loads(text).get("data", {}).get("result", [])
        # Prometheus may need longer to start than the run takes: what it scrapes has to be there.
        if process.poll() is not None and not (result and float(result[0]["value"][1]) > 0):
            process = start_slow(t, corpus, "--metrics-listen", target)
    assert result and float(result[0]["value"][1]) > 0, (t.tmp / "prometheus.log").read_text()[-2000:]
    assert result[0]["metric"]["job"] == "ts-indexer", result
    assert process.wait(timeout=120) == 0


def test_logs_as_json_in_a_file(t):
    corpus = Corpus(t)
    d = corpora.add_clustered(corpus)
    corpus.file(d, 'bad "quoted".parquet').write_bytes(b"PAR1 and no more PAR1")
    corpus.index(codes=(3,), log_format="json", log_file="run.log", log_level="debug")
    assert "warning" not in t.last.err, t.last
    lines = [json.loads(line) for line in (t.tmp / "run.log").read_text().splitlines()]
    assert lines and all(set(line) == {"time", "level", "module", "message"} for line in lines), lines[:3]
    (warning,) = [line for line in lines if line["level"] == "warning"]
    assert warning["module"] == "run" and 'bad "quoted".parquet' in warning["message"], warning
    # Errors that end a command are told on stderr as well.
    result = t.ti("index", t.tmp / "nowhere", "--database", "c.db", "--log-file", "run.log").ok(1)
    assert "nowhere" in result.err and "nowhere" in (t.tmp / "run.log").read_text(), result


def test_the_second_run_says_who_holds_the_catalog(t):
    corpus = large(t)
    corpus.index()
    before = t.dump()
    process = start_slow(t, corpus)
    second = t.ti("index", corpus.data, "--metadata", corpus.metadata, "--database", "c.db")
    assert process.poll() is None, "the run ended too soon"
    assert second.code == 7 and f"process {process.pid}" in second.err, second
    # Readers are not disturbed.
    assert t.ti("datasets", "--database", "c.db", "--format", "json").ok().json()["items"][0]["series"] == 800
    assert process.wait(timeout=60) == 0
    same(before, t.dump())


def test_objects_that_change_while_they_are_read(t):
    """Replaced or deleted between the listing and the reading: listed again and read once more in the same run."""
    corpus = large(t)
    d = corpus.datasets[0]
    # All is made before the run starts: between its listing and its reading there is time for two renames only.
    last = sorted((p.stat().st_size, p.name) for p in (corpus.data / d.path).iterdir())
    names = [name for _size, name in last[:3]]
    corpus.copy(d, corpora.series(3, "11", first=9000) + " ORDER BY i, j", "aside")
    aside = (corpus.data / d.path / "aside").replace(t.tmp / "aside")
    process = start_slow(t, corpus)
    aside.replace(corpus.file(d, names[0]))
    corpus.file(d, names[1]).unlink()
    assert process.poll() is None, "the run ended too soon"
    assert process.wait(timeout=120) == 0, (t.tmp / "err.txt").read_text()
    summary = (t.tmp / "err.txt").read_text()
    assert "2 read twice" in summary, summary
    corpus.index("fresh.db")
    same(t.dump("fresh.db"), t.dump())


class ExpiredStore(http.server.BaseHTTPRequestHandler):
    """Lists a few objects, and refuses to give them: the token has expired in between."""

    def do_GET(self):  # pylint: disable=invalid-name
        if "list-type=2" in self.path:
            entries = "".join(f"<Contents><Key>p/d/{i}.parquet</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified>"
                              f"<ETag>&quot;e{i}&quot;</ETag><Size>1000</Size></Contents>" for i in range(5))
            status, body = 200, ("<ListBucketResult><Name>b</Name><Prefix>p/</Prefix><KeyCount>5</KeyCount>"
                                 f"<IsTruncated>false</IsTruncated>{entries}</ListBucketResult>")
        else:
            status, body = 403, "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_arguments):
        pass


def test_lost_credentials_end_the_run_and_blame_no_file(t):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ExpiredStore)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    t.closers.append(server.shutdown)
    env = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "secret-that-expires", "AWS_SESSION_TOKEN": "token-that-expires",
           "AWS_REGION": "us-east-1"}
    result = t.ti("index", "s3://b/p", "--database", "c.db", "--addressing", "path", "--endpoint-url",
                  f"http://127.0.0.1:{server.server_port}", env=env)
    assert result.code == 5 and "expired" in result.err and "renew the credentials" in result.err, result
    assert not t.catalog("SELECT * FROM failures WHERE key LIKE '%.parquet'")
    assert t.catalog("SELECT state FROM runs") == [{"state": "failed"}]


def test_read_only_folder(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus)
    folder = t.tmp / "sealed"
    folder.mkdir()
    folder.chmod(0o555)
    if os.geteuid() == 0:
        t.mount(folder, "size=1m,ro")  # root writes anywhere else
    result = t.ti("index", corpus.data, "--metadata", corpus.metadata, "--database", folder / "c.db")
    assert result.code in (1, 5) and str(folder / "c.db") in result.err, result
    assert "Read-only file system" in result.err or "Permission denied" in result.err, result
    assert result.err.count("error:") == 1, result


def test_searches_of_a_catalog_on_a_read_only_disk(t):
    """A catalog that looks younger than its index, and is not: nobody is told that answers may be old."""
    corpus = Corpus(t)
    corpora.add_clustered(corpus, "wide")
    disk = t.small_disk()
    corpus.index(disk / "c.db")
    later = time.time() + 60
    os.utime(disk / "c.db", (later, later))
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    result = t.ti("search", "wide", "--database", disk / "c.db", "--format", "json").ok()
    assert not result.err and result.json()["items"], result


def test_a_disk_that_is_full(t):
    """A real small disk: a clear end, nothing lost, and room lets the next run go on."""
    corpus = Corpus(t)
    d = corpora.add_high_cardinality(corpus)
    for i in range(4):
        corpus.copy(d, f"SELECT md5((i + {i * 50000})::VARCHAR) AS item_id, TIMESTAMP '2020-01-01' AS timestamp, 1.0 AS target "
                       "FROM range(50000) a(i)", f"more-{i}.parquet")
    disk = t.small_disk()
    result = t.ti("index", corpus.data, "--metadata", corpus.metadata, "--database", disk / "c.db")
    assert result.code == 1 and "make room on the disk" in result.err, result
    t.ti("status", "--database", disk / "c.db").ok()
    t.make_room(disk)
    corpus.index(disk / "c.db")
    corpus.index("fresh.db")
    same(t.dump("fresh.db"), t.dump(disk / "c.db"))
