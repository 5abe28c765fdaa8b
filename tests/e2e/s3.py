"""An S3 server on this machine, and a client just large enough to fill it.

SeaweedFS where the virtual environment has it, else s3rver where tools/setup put that; else tests skip. One server for
a whole run of the tests, a bucket for each test.
"""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path

from support import ROOT, Skip

REGION = "us-east-1"
# How long a server may take to answer at first: SeaweedFS needs 3-4 s on an idle machine.
READY_SECONDS = 60


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Client:
    """PUT, GET, DELETE with signature version 4; path-style addresses."""

    def __init__(self, host, port, access, secret):
        self.host, self.port, self.access, self.secret = host, port, access, secret

    def sign(self, method, path, query, headers, payload_hash):
        scope_day = headers["x-amz-date"][:8]
        names = sorted(headers)
        canonical = "\n".join([
            method, path, query, "".join(f"{n}:{headers[n].strip()}\n" for n in names), ";".join(names), payload_hash])
        scope = f"{scope_day}/{REGION}/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical.encode())])
        key = ("AWS4" + self.secret).encode()
        for part in (scope_day, REGION, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        return (f"AWS4-HMAC-SHA256 Credential={self.access}/{scope}, SignedHeaders={';'.join(names)}, "
                f"Signature={signature}")

    def request(self, method, bucket, key="", body=b"", query=None):
        """(status, headers, body) of one request."""
        path = "/" + urllib.parse.quote(f"{bucket}/{key}" if key else bucket, safe="/-_.~")
        pairs = sorted((query or {}).items())
        text = "&".join(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}" for k, v in pairs)
        payload_hash = sha256(body)
        headers = {"host": f"{self.host}:{self.port}", "x-amz-content-sha256": payload_hash,
                   "x-amz-date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")}
        headers["authorization"] = self.sign(method, path, text, dict(headers), payload_hash)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request(method, path + ("?" + text if text else ""), body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def anonymous(self, path):
        """The status of a GET without a signature."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def must(self, *arguments, **options):
        status, headers, body = self.request(*arguments, **options)
        assert 200 <= status < 300, f"{arguments[:3]}: HTTP {status} {body[:500]!r}"
        return headers, body

    def create_bucket(self, bucket):
        self.must("PUT", bucket)

    def put(self, bucket, key, body):
        self.must("PUT", bucket, key, body=body)

    def delete(self, bucket, key):
        self.must("DELETE", bucket, key)

    def keys(self, bucket, prefix=""):
        """All keys under a prefix, page by page."""
        found, token = [], None
        while True:
            query = {"list-type": "2", "prefix": prefix}
            if token:
                query["continuation-token"] = token
            root = ET.fromstring(self.must("GET", bucket, query=query)[1])
            space = root.tag[:root.tag.index("}") + 1] if root.tag.startswith("{") else ""
            found += [e.text for e in root.iter(space + "Key")]
            token = root.findtext(space + "NextContinuationToken")
            if not token:
                return found

    def upload(self, folder, bucket, prefix=""):
        """A folder, file by file."""
        for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
            self.put(bucket, prefix + path.relative_to(folder).as_posix(), path.read_bytes())


def free_port():
    """A port that is free now, with the one 10,000 above it: SeaweedFS puts its gRPC there."""
    while True:
        with socket.socket() as low, socket.socket() as high:
            low.bind(("127.0.0.1", 0))
            port = low.getsockname()[1]
            if 20000 <= port < 55000:
                try:
                    high.bind(("127.0.0.1", port + 10000))
                    return port
                except OSError:
                    pass


class Server:
    """A running server. `client` fills it, `endpoint` and `env` are for the program under test."""

    def __init__(self, kind, access, secret):
        self.kind = kind
        self.dir = Path(tempfile.mkdtemp(prefix="tsi-s3-"))
        self.port = free_port()
        self.access, self.secret = access, secret
        self.process = None
        self.buckets = 0

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self):
        return {"AWS_ACCESS_KEY_ID": self.access, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_REGION": REGION}

    @property
    def client(self):
        return Client("127.0.0.1", self.port, self.access, self.secret)

    def launch(self, command):
        with open(self.dir / "server.log", "wb") as log:
            self.process = subprocess.Popen(command, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT, start_new_session=True)
        self.wait_until_ready()
        return self

    def wait_until_ready(self):
        """Until an object can be written: SeaweedFS listens before it has a volume to write to."""
        deadline = time.monotonic() + READY_SECONDS
        fault = None
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                status, _, body = self.client.request("PUT", "ready")
                if status in (200, 409):
                    status, _, body = self.client.request("PUT", "ready", "probe", body=b"x")
                    if status == 200:
                        return
                fault = f"HTTP {status} {body[:200]!r}"
            except OSError as error:
                fault = error
            time.sleep(0.1)
        log = (self.dir / "server.log").read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"{self.kind} did not get ready: {fault}\n{log}")

    def new_bucket(self):
        self.buckets += 1
        name = f"test-{self.buckets}"
        self.client.create_bucket(name)
        return name

    def stop(self):
        # Its data are thrown away, and an orderly shutdown of SeaweedFS takes half a minute.
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def start_seaweedfs(weed):
    server = Server("SeaweedFS", "testaccess", "testsecret/with+signs")
    identity = {"name": "test", "credentials": [{"accessKey": server.access, "secretKey": server.secret}],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    (server.dir / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (server.dir / "data").mkdir()
    ports = [f"-{part}.port={free_port()}" for part in ("master", "volume", "filer")]
    # Everything stays on the loopback: no telemetry, no catalogs on fixed ports. Each bucket takes seven volumes when it is
    # first written to, and they cost nothing while they are empty.
    return server.launch([
        str(weed), "-logtostderr=true", "server", f"-dir={server.dir}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        *ports, "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=4000", "-s3",
        f"-s3.port={server.port}", f"-s3.config={server.dir}/s3.json", "-s3.iam=false", "-s3.port.iceberg=0",
        "-s3.port.lance=0"])


def start_s3rver(program):
    server = Server("s3rver", "S3RVER", "S3RVER")  # the only key pair it knows
    (server.dir / "data").mkdir()
    return server.launch(["node", str(program), "-d", f"{server.dir}/data", "-a", "127.0.0.1", "-p", str(server.port),
                          "--no-vhost-buckets"])


def find_minio():
    """Built by tools/setup into .deps/bin, or installed; None where it is not."""
    own = ROOT / ".deps" / "bin" / "minio"
    return str(own) if own.exists() else shutil.which("minio")


def start_minio(program):
    server = Server("MinIO", "minioaccess", "miniosecret/with+signs")
    (server.dir / "data").mkdir()
    os.environ.update(MINIO_ROOT_USER=server.access, MINIO_ROOT_PASSWORD=server.secret, MINIO_BROWSER="off",
                      MINIO_UPDATE="off", MINIO_CALLHOME_ENABLE="off")
    return server.launch([program, "server", "--quiet", "--anonymous", "--address", f"127.0.0.1:{server.port}",
                          f"{server.dir}/data"])


_shared = None


def shared():
    """The server of this run of the tests, started at first use. TSI_S3=s3rver or minio asks for that one."""
    global _shared  # pylint: disable=global-statement
    if _shared is None:
        weed = Path(sys.prefix) / "bin" / "weed"
        s3rver = ROOT / ".deps" / "s3rver" / "node_modules" / ".bin" / "s3rver"
        if os.environ.get("TSI_S3") == "minio":
            if not find_minio():
                raise Skip("MinIO is not installed (tools/setup conformance)")
            _shared = start_minio(find_minio())
        elif weed.exists() and os.environ.get("TSI_S3") != "s3rver":
            _shared = start_seaweedfs(weed)
        elif s3rver.exists() and shutil.which("node"):
            _shared = start_s3rver(s3rver)
        else:
            raise Skip("no S3 server: neither SeaweedFS nor s3rver is installed (tools/setup test)")
    return _shared


def stop_shared():
    global _shared  # pylint: disable=global-statement
    if _shared:
        _shared.stop()
        _shared = None
