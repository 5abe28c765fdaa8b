"""A proxy before an S3 server that misbehaves now and then: refusals, resets, short bodies, slow drips; or is away.

Faults come by a seeded generator, so that a run can be repeated as far as threads allow.
"""
import http.client
import random
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KINDS = ("503", "500", "reset", "short", "drip")
SLOW_DOWN = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce</Message></Error>"
INTERNAL = b"<?xml version='1.0'?><Error><Code>InternalError</Code><Message>Once more</Message></Error>"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_arguments):
        pass

    def do_GET(self):  # pylint: disable=invalid-name
        proxy = self.server.proxy
        fault = proxy.draw()
        if proxy.milliseconds:
            threading.Event().wait(proxy.milliseconds / 1000)
        if fault in ("503", "500"):
            self.answer(int(fault), [], SLOW_DOWN if fault == "503" else INTERNAL)
        elif fault == "reset":
            self.reset()
        else:
            self.forward(fault)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def answer(self, status, headers, body, fault=None):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault == "short":
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
        elif fault == "drip":
            for i in range(0, len(body), max(1, len(body) // 5)):
                self.wfile.write(body[i:i + max(1, len(body) // 5)])
                self.wfile.flush()
                threading.Event().wait(0.05)
        else:
            self.wfile.write(body)

    def forward(self, fault):
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.proxy.upstream, timeout=30)
        try:
            # The path goes through byte for byte, and Host as it was signed.
            upstream.putrequest("GET", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                upstream.putheader(name, value)
            upstream.endheaders()
            answer = upstream.getresponse()
            body = answer.read()
            skipped = ("content-length", "connection", "transfer-encoding")
            headers = [(n, v) for n, v in answer.getheaders() if n.lower() not in skipped]
            self.server.proxy.count(self.path, len(body))
            self.answer(answer.status, headers, body, fault)
        except OSError:
            self.close_connection = True
        finally:
            upstream.close()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # a client that goes away in mid-answer


class FaultProxy:
    def __init__(self, upstream, share=0.0, seed=1, milliseconds=0):
        self.upstream, self.share, self.milliseconds = upstream, share, milliseconds
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.requests = 0
        self.served = {}  # path, with its query -> [answers, bytes of them]
        self.faults = dict.fromkeys(KINDS, 0)
        self.away_after = None  # requests: from then on every connection is reset
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.proxy = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def draw(self):
        with self.lock:
            self.requests += 1
            if self.away_after is not None and self.requests > self.away_after:
                return "reset"
            if self.random.random() >= self.share:
                return None
            kind = self.random.choice(KINDS)
            self.faults[kind] += 1
            return kind

    def count(self, path, n_bytes):
        with self.lock:
            served = self.served.setdefault(path, [0, 0])
            served[0] += 1
            served[1] += n_bytes

    def take_served(self):
        """What was answered since this was asked last."""
        with self.lock:
            served, self.served = self.served, {}
            return served

    def close(self):
        self.server.shutdown()
        self.server.server_close()
