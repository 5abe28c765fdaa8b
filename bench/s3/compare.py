"""Compare the S3 store with rclone, the AWS CLI and s5cmd: listing keys, fetching small objects, fetching a large one.

    compare.py BUILD_DIR [--keys N] [--objects N] [--bytes N] [--latency MS]... [--task NAME]... [--peer NAME]... [--repeats N]

All talk to the same server (bench_s3_server: objects in memory, each answer delayed by the latency), one after the other, and
write what they fetch to the same file system in memory. What each has listed or fetched is compared with what it had to be
before any time is printed. Wall time, processor time of the client (its children included), its requests as the
server counted them, and peak memory; the best of the repeats. Each peer runs with its own defaults and with settings for
many requests at once; the better counts. The table goes to stdout as Markdown, progress to stderr.
"""
import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".deps" / "peers" / "bin"
TASKS = ("list", "small", "big")
TIMEOUT_S = 150


def say(text):
    print(text, file=sys.stderr, flush=True)


class Server:
    def __init__(self, build, arguments, latency):
        command = [str(build / "bench" / "bench_s3_server"), "--latency", str(latency), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.endpoint = "http://127.0.0.1:" + self.process.stdout.readline().strip()

    def requests(self):
        """Since it was asked last."""
        with urllib.request.urlopen(self.endpoint + "/bench/counts") as answer:
            return json.load(answer)["requests"]

    def stop(self):
        self.process.kill()
        self.process.wait()


# ---- the clients: name -> task -> commands to try ----

def ours(build, endpoint, task, into):
    program = str(build / "bench" / "bench_s3")
    if task == "list":
        return [[program, "list", "s3://bench/list", "--endpoint", endpoint]]
    command = [program, "get", f"s3://bench/{task}", "--endpoint", endpoint, "--into", into]
    if task == "small":
        return [command + ["--range", "65536"]]
    # 256 or 128 MiB under way, in ranges of 16 or 8 MiB
    return [command, command + ["--window", "16", "--range", "8388608"]]


def rclone(_build, _endpoint, task, into):
    program = str(ROOT / ".deps" / "rclone" / "rclone")
    if task == "list":
        base = [program, "lsf", "-R", "--files-only", "--format", "ps", "--separator", "\t", "b:bench/list"]
        return [base, base + ["--fast-list"], base + ["--checkers", "32"]]
    base = [program, "copy", "--ignore-checksum", f"b:bench/{task}", into]
    if task == "small":
        return [base, base + ["--transfers", "64", "--checkers", "64"]]
    return [base, base + ["--multi-thread-streams", "16", "--multi-thread-cutoff", "64M"]]


def aws(_build, endpoint, task, into):
    program = [str(PEERS / "aws"), "--endpoint-url", endpoint, "s3"]
    if task == "list":
        return [program + ["ls", "--recursive", "s3://bench/list/"]]
    command = program + ["cp", "--recursive", "--only-show-errors", f"s3://bench/{task}/", into]
    return [command, ["env", "AWS_CONFIG_FILE=" + os.environ["BENCH_AWS_TUNED"], *command]]


def s5cmd(_build, endpoint, task, into):
    program = [str(PEERS / "s5cmd"), "--endpoint-url", endpoint]
    if task == "list":
        return [program + ["ls", "s3://bench/list/*"]]
    source = f"s3://bench/{task}/*"
    if task == "small":
        return [program + ["cp", source, into + "/"], program + ["--numworkers", "64", "cp", source, into + "/"]]
    return [program + ["cp", source, into + "/"],
            program + ["cp", "--concurrency", "16", "--part-size", "16", source, into + "/"]]


CLIENTS = {"ts-indexer": ours, "rclone": rclone, "aws": aws, "s5cmd": s5cmd}


# ---- what each has found ----

def keys_of(name, text):
    """{key below list/: size}, whatever the client prints."""
    found = {}
    for line in text.splitlines():
        if name in ("ts-indexer", "rclone"):
            key, size = line.split("\t")
        else:  # date time size key
            _, _, size, key = line.split(None, 3)
            key = key.removeprefix("list/")
        found[key] = int(size)
    return found


def digest_tree(folder):
    """Of names and contents, in order."""
    total = hashlib.blake2b()
    count = 0
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
        count += 1
        total.update(str(path.relative_to(folder)).encode() + b"\0")
        with open(path, "rb") as f:
            while block := f.read(1 << 22):
                total.update(block)
    return count, total.hexdigest()


def environment(endpoint, home):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "RCLONE_", "S3_"))}
    env.update(HOME=home, AWS_ACCESS_KEY_ID="AKIDBENCH", AWS_SECRET_ACCESS_KEY="bench-secret", AWS_REGION="us-east-1",
               AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true", RCLONE_CONFIG="/dev/null",
               RCLONE_CONFIG_B_TYPE="s3", RCLONE_CONFIG_B_PROVIDER="Other", RCLONE_CONFIG_B_ENV_AUTH="true",
               RCLONE_CONFIG_B_ENDPOINT=endpoint, RCLONE_CONFIG_B_LIST_VERSION="2", LC_ALL="C.UTF-8")
    return env


def run(command, env, output):
    """Seconds, processor seconds, peak KiB."""
    command = ["timeout", str(TIMEOUT_S), *command]
    before = time.monotonic()
    with open(output, "wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, use = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - before
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}\n{said.decode(errors='replace')[-2000:]}")
    return seconds, use.ru_utime + use.ru_stime, use.ru_maxrss


def measure(a, server, name, task, work, expected):
    best = None
    into = str(work / "into")
    env = environment(server.endpoint, str(work))
    commands = CLIENTS[name](a.build, server.endpoint, task, into)
    for command in commands[-1:] if a.tuned_only and name != "ts-indexer" else commands:
        for _ in range(a.repeats):
            shutil.rmtree(into, ignore_errors=True)
            os.mkdir(into)
            server.requests()
            seconds, cpu, rss = run(command, env, work / "out")
            requests = server.requests()
            if task == "list":
                found = keys_of(name, (work / "out").read_text())
                result = len(found), hashlib.blake2b(repr(sorted(found.items())).encode()).hexdigest()
            else:
                result = digest_tree(into)
            assert expected.setdefault(task, result) == result, f"{name} {task}: {result}, not {expected[task]}"
            say(f"  {name:10} {task:5} {seconds:7.2f} s {cpu:6.2f} s CPU {requests:6} requests {rss >> 10:5} MiB"
                f"  {' '.join(command[1:])[:60]}")
            if best is None or seconds < best[0]:
                best = seconds, cpu, requests, rss
    shutil.rmtree(into, ignore_errors=True)
    return best


def row(task, latency, name, figures, own):
    seconds, cpu, requests, rss = figures
    per_k = 1000 * cpu / requests
    own_per_k = 1000 * own[1] / own[2]
    return (f"| {task} | {latency} | {name} | {seconds:.2f} | {seconds / own[0]:.2f} | {cpu:.2f} | {requests} | "
            f"{per_k:.3f} | {per_k / own_per_k:.1f} | {rss >> 10} |")


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("build", type=Path)
    p.add_argument("--keys", type=int, default=100_000)
    p.add_argument("--objects", type=int, default=20_000)
    p.add_argument("--bytes", type=int, default=2 << 30)
    p.add_argument("--latency", type=int, action="append")
    p.add_argument("--task", action="append", choices=TASKS)
    p.add_argument("--peer", action="append", choices=list(CLIENTS))
    p.add_argument("--repeats", type=int, default=1)
    p.add_argument("--tuned-only", action="store_true", help="peers with the settings for many requests only")
    p.add_argument("--scratch", default="/dev/shm", help="a file system in memory, with room for what is fetched")
    a = p.parse_args()
    a.latency = a.latency or [0, 50]
    return a


def main():
    a = arguments()
    names = [n for n in CLIENTS if n == "ts-indexer" or not a.peer or n in a.peer]
    expected = {}
    work = Path(tempfile.mkdtemp(prefix="tsi-bench-s3-", dir=a.scratch))
    tuned = work / "aws-tuned"
    tuned.write_text("[default]\ns3 =\n  max_concurrent_requests = 64\n  multipart_chunksize = 16MB\n")
    os.environ["BENCH_AWS_TUNED"] = str(tuned)
    print("| task | latency, ms | client | seconds | x ours | CPU s | requests | CPU s / 1,000 requests | x ours | MiB |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    try:
        for latency in a.latency:
            data = ["--keys", str(a.keys), "--small", str(a.objects), "--big", str(a.bytes)]
            server = Server(a.build, data, latency)
            try:
                for task in a.task or TASKS:
                    own = None
                    for name in names:
                        figures = measure(a, server, name, task, work, expected)
                        own = own or figures
                        print(row(task, latency, name, figures, own), flush=True)
            finally:
                server.stop()
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    main()
