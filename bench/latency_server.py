#!/usr/bin/env python3
"""A directory as an S3 bucket on loopback whose every answer comes late: for measuring how a run scales with latency.

    bench/latency_server.py FOLDER [--milliseconds 50]

Prints its port. Knows what a reader asks: ListObjectsV2 in pages and ranged GETs with If-Match; nothing is checked or signed.
"""
import argparse
import asyncio
import hashlib
import re
import sys
import urllib.parse
from pathlib import Path
from xml.sax.saxutils import escape

PAGE = 1000


def etag(path):
    stat = path.stat()
    return hashlib.md5(f"{stat.st_mtime_ns}-{stat.st_size}-{path}".encode()).hexdigest()


class Server:
    def __init__(self, folder, seconds):
        self.folder, self.seconds = folder, seconds
        self.objects = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}

    def listing(self, query):
        """One page of a listing, with a delimiter or without."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token", query.get("start-after", ""))
        items, folders = [], []
        more = ""
        for key in (k for k in self.objects if k.startswith(prefix) and k > after):
            rest = key[len(prefix):]
            if delimiter and delimiter in rest:
                folder = prefix + rest[:rest.index(delimiter) + 1]
                if folder not in folders and not folder <= after:
                    folders.append(folder)
            else:
                items.append(key)
            if len(items) + len(folders) == PAGE:
                more = f"<NextContinuationToken>{escape(key)}</NextContinuationToken>"
                break
        body = "".join(f"<Contents><Key>{escape(k)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                       f"<ETag>&quot;{etag(self.objects[k])}&quot;</ETag><Size>{self.objects[k].stat().st_size}</Size>"
                       "<StorageClass>STANDARD</StorageClass></Contents>" for k in items)
        body += "".join(f"<CommonPrefixes><Prefix>{escape(f)}</Prefix></CommonPrefixes>" for f in folders)
        return ("200 OK", {"Content-Type": "application/xml"},
                f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
                f"<Name>bench</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(items) + len(folders)}</KeyCount>"
                f"<MaxKeys>{PAGE}</MaxKeys><IsTruncated>{'true' if more else 'false'}</IsTruncated>{more}{body}"
                "</ListBucketResult>".encode())

    def read(self, key, headers):
        path = self.objects.get(key)
        if not path:
            return "404 Not Found", {}, b"<Error><Code>NoSuchKey</Code></Error>"
        size = path.stat().st_size
        found = re.match(r"bytes=(\d*)-(\d*)$", headers.get("range", "bytes=0-"))
        first, last = found.groups()
        start = int(first) if first else size - int(last)
        end = min(int(last), size - 1) if first and last else size - 1
        with open(path, "rb") as f:
            f.seek(start)
            body = f.read(end - start + 1)
        return "206 Partial Content", {"ETag": f'"{etag(path)}"', "Content-Range": f"bytes {start}-{end}/{size}"}, body

    def answer(self, target, headers):
        path, _, query = target.partition("?")
        key = urllib.parse.unquote(path).lstrip("/").partition("/")[2]
        pairs = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        return self.read(key, headers) if key else self.listing(pairs)

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:])}
                await asyncio.sleep(self.seconds)
                status, more, body = self.answer(head[0].split(" ")[1], headers)
                lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *(f"{k}: {v}" for k, v in more.items())]
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--milliseconds", type=float, default=50)
    options = parser.parse_args()
    server = await asyncio.start_server(Server(options.folder, options.milliseconds / 1000).serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
