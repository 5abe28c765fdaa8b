"""No secret that a test planted stands in anything that any test printed, logged or left in its folder.

The runner notes all output of every command while the tests run, and asks at the end; what unit tests print is in the log
that ctest keeps. Files that a test itself wrote to hold secrets (credentials, configurations) are told to `exempt`.
"""
from pathlib import Path

LIST = Path(__file__).resolve().parents[1] / "planted_secrets.txt"
# Shorter ones would be found in ordinary text.
SHORTEST = 8
DISTINCT = 6
# What a test writes by hand for the program to read, and what servers keep.
EXEMPT_NAMES = ("credentials", "config", "s3.json", "token")
EXEMPT_PARTS = (".aws",)
BLOCK = 1 << 20


def listed():
    lines = (line.strip() for line in LIST.read_text().splitlines())
    return {line for line in lines if line and not line.startswith("#")}


class Watch:
    """One for a run of the tests."""

    def __init__(self):
        self.planted = listed()
        self.looked_at = 0  # bytes
        self.found = []

    def plant(self, value):
        if value and len(value) >= SHORTEST:
            # Any file of numbers may hold one letter twelve times.
            assert len(set(value)) >= DISTINCT, "a planted secret must be unlike ordinary bytes"
            self.planted.add(value)

    def look(self, data, where):
        """`data`: bytes or text. Remembers where something was found."""
        data = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        self.looked_at += len(data)
        self.found += [f"{s[:3]}... in {where}" for s in self.planted if s.encode() in data]

    def look_at_file(self, path):
        """Block by block, a secret across two of them included."""
        tail = b""
        longest = max(len(s) for s in self.planted)
        with open(path, "rb") as f:
            while block := f.read(BLOCK):
                self.look(tail + block, path)
                tail = block[-longest:]

    def look_at_folder(self, folder):
        for path in Path(folder).rglob("*"):
            exempt = path.name in EXEMPT_NAMES or any(part in EXEMPT_PARTS for part in path.parts)
            # Corpora are as large as they are many, and nobody writes a secret into them.
            if path.is_file() and not path.is_symlink() and not exempt and path.suffix != ".parquet":
                self.look_at_file(path)

    def verdict(self, build):
        """Raises where something was found, or where nothing was looked at."""
        log = Path(build) / "Testing" / "Temporary" / "LastTest.log"
        if log.exists():
            self.look_at_file(log)
        control = Watch()
        control.look("...wJalrXUtnFEMI...", "the control")
        assert control.found, "a secret is not found where there is one"
        assert self.looked_at > 0, "nothing was looked at"
        assert not self.found, "secrets were printed:\n" + "\n".join(sorted(set(self.found))[:20])
        return f"{len(self.planted)} secrets, {self.looked_at >> 10} KiB looked at"


WATCH = Watch()
