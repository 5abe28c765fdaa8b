"""Every figure over every type of id, time and target, against plain Python over the rows that pyarrow reads from the files.

`make test` draws a few dozen datasets; TSI_CORPORA=2000 TSI_SEED=7 draws others, and more. Figures are exact: they must be equal.
"""
import datetime
import os
import re
import shutil
import uuid
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import corpora
import typed
from typed import DAY, NS
from test_values import compare, figures_of_values, sequence_figures

DATASETS = int(os.environ.get("TSI_CORPORA", "40"))
FIRST = int(os.environ.get("TSI_FIRST", "0"))
BATCH = 100  # datasets in one catalog
UNITS = ["none", "index", "day", "s", "ms", "us", "ns"]  # from coarse to fine


# ---- the text of ids: docs/FORMATS.md and src/model/series_id.h ----

def clock(ticks, unit):
    """Of a day; a fraction is written with all digits of the unit."""
    per_second = 10 ** 9 // NS[unit]
    seconds, rest = divmod(ticks, per_second)
    fraction = f".{rest:0{len(str(per_second)) - 1}d}" if rest else ""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def date_text(day):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat()


def value_text(pa, kind, v):
    """Bytes of an id's part."""
    if isinstance(v, bytes):
        return str(uuid.UUID(bytes=v)).encode() if isinstance(kind, pa.BaseExtensionType) else v
    if isinstance(v, bool):
        return b"true" if v else b"false"
    if pa.types.is_date(kind):
        return date_text(v).encode()
    if pa.types.is_time(kind):
        return clock(v, kind.unit).encode()
    if pa.types.is_timestamp(kind):
        per_day = DAY // NS[kind.unit]
        return f"{date_text(v // per_day)}T{clock(v % per_day, kind.unit)}{'Z' if kind.tz else ''}".encode()
    if pa.types.is_decimal(kind):
        return f"{v:.{kind.scale}f}".encode()
    return (shortest(v, kind.bit_width) if isinstance(v, float) else str(v)).encode()


def shortest(v, bits):
    """As Python writes a double; a narrower one has fewer digits that read back. Of halves, the digits are those of a single."""
    if bits == 64 or v != v or v in (float("inf"), float("-inf")):
        return repr(v)
    for digits in range(1, 10):
        near = float(f"{v:.{digits - 1}e}")
        if corpora.pyarrow().array([near]).cast("float", safe=False)[0].as_py() == v:
            return repr(near)
    raise AssertionError(v)


def escaped(part, lone):
    """A part in the text of its series' id."""
    if part is None:
        return "\\N"
    out = ""
    for piece in re.split(rb"([\\|\0])", part):
        if piece == b"\\":
            out += "\\\\"
        elif piece == b"|":
            out += "|" if lone else "\\|"
        elif piece == b"\0":
            out += "\\x00"
        else:
            out += re.sub("[\udc80-\udcff]", lambda m: f"\\x{ord(m[0]) - 0xdc00:02X}", piece.decode("utf-8", "surrogateescape"))
    return out


# ---- rows, as another reader sees them ----

def raw(pa, column):
    """(type, values): times as counts, texts and bytes as bytes."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return kind, [v for chunk in column.chunks for v in chunk.storage.to_pylist()]
    if pa.types.is_dictionary(kind):
        return raw(pa, column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return kind, column.cast(pa.large_binary()).to_pylist()
    if pa.types.is_date(kind) or pa.types.is_time32(kind):
        return kind, column.cast(pa.int32()).to_pylist()
    if pa.types.is_temporal(kind):
        return kind, column.cast(pa.int64()).to_pylist()
    if kind == pa.float16():
        return kind, column.cast(pa.float32()).to_pylist()
    return kind, column.to_pylist()


def parse(text):
    """(nanoseconds since 1970, zoned) of a text; None of an empty one."""
    if not text:
        return None
    if re.fullmatch(r"\d{4}", text):
        return typed.day_number(int(text)) * DAY, False
    if re.fullmatch(r"\d{4}-\d\d", text):
        return typed.day_number(int(text[:4]), int(text[5:])) * DAY, False
    if re.fullmatch(r"\d{4}-Q\d", text):
        return typed.day_number(int(text[:4]), int(text[6]) * 3 - 2) * DAY, False
    zone = re.search(r"(Z|[+-]\d\d:?\d\d)$", text[10:])
    fraction = re.search(r"\.(\d+)", text)
    plain = text[:-len(zone[0])] if zone else text
    at = datetime.datetime.fromisoformat(re.sub(r"\.\d+", "", plain)) - datetime.datetime(1970, 1, 1)
    ns = (at.days * 86400 + at.seconds) * 10 ** 9 + int((fraction[1] if fraction else "0").ljust(9, "0"))
    if zone and zone[0] != "Z":
        minutes = int(zone[0][1:3]) * 60 + int(zone[0][-2:])
        ns -= (-1 if zone[0][0] == "-" else 1) * minutes * 60 * 10 ** 9
    return ns, bool(zone)


def magnitude(v):
    """docs/STATISTICS.md, section 2."""
    return next((u for u, end in (("index", 10 ** 8), ("s", 10 ** 11), ("ms", 10 ** 14), ("us", 10 ** 17)) if v < end), "ns")


class File:
    """Rows of a file: ids, raw times with their unit, targets, row groups."""

    def __init__(self, pa, d, path, family):
        self.name = path.name
        reader = pa.parquet.ParquetFile(path, coerce_int96_timestamp_unit="us" if family and family.int96 and family.finest > 1 else None)
        table = reader.read()
        columns = [raw(pa, column) for column in pa.parquet.ParquetFile(path).read(d.ids).columns]
        self.ids = ["|".join(escaped(None if v is None else value_text(pa, k, v), len(d.ids) == 1) for (k, _), v in zip(columns, row))
                    for row in zip(*(values for _, values in columns))]
        self.targets = {c: raw(pa, table[c]) for c in d.targets}
        self.groups = [g for g in range(reader.num_row_groups) for _ in range(reader.metadata.row_group(g).num_rows)]
        self.unit, self.kind, self.utc, self.times = "none", "none", False, [None] * len(self.ids)
        if d.time:
            self.read_times(pa, table[d.time], family)

    def read_times(self, pa, column, family):
        kind, values = raw(pa, column)
        self.kind, self.times = family.kind, values
        if family.kind == "string":
            parsed = [parse(v.decode() if v is not None else v) for v in values]
            self.utc = any(p and p[1] for p in parsed)
            self.unit = "ns" if any(p and p[0] % 1000 for p in parsed) else "us"
            self.times = [None if p is None else p[0] // NS[self.unit] for p in parsed]
        elif family.int96:
            have = [v * NS[kind.unit] for v in values if v is not None]
            self.unit = "ns" if all(-2 ** 63 <= v < 2 ** 63 for v in have) else "us"
            self.times = [None if v is None else v * NS[kind.unit] // NS[self.unit] for v in values]
        elif family.kind == "integer":
            units = {magnitude(v) for v in (x for x in values if x is not None)}
            self.unit = "none" if not units else units.pop() if len(units) == 1 else "index"
            self.utc = self.unit not in ("none", "index")
        else:
            self.unit = "day" if family.kind == "date" else kind.unit
            self.utc = family.kind == "timestamp" and bool(kind.tz)


class Truth:
    """A dataset as its files are."""

    def __init__(self, pa, d):
        self.d = d
        self.files = [File(pa, d, path, d.families and d.families[int(path.stem)]) for path in sorted(d.folder.glob("*.parquet"))]
        self.whole, self.unit = True, "none"
        self.decide_unit()
        self.series = {}
        for place, f in enumerate(self.files):
            for row, (i, t) in enumerate(zip(f.ids, f.times)):
                self.series.setdefault(i, []).append((place, f.groups[row], row, self.convert(t, f.unit)))

    def decide_unit(self):
        """The finest that holds all times; self.whole: nothing had to be rounded."""
        integers = any(f.kind == "integer" and f.unit == "index" for f in self.files)
        for f in self.files:
            f.unit = "index" if integers and f.kind == "integer" else f.unit
        units = {f.unit for f in self.files} - {"none"}
        if not units:
            self.unit = "index" if any(f.kind == "integer" for f in self.files) else "none"
            return
        self.unit = max(units, key=UNITS.index)
        if "index" in units:
            return
        have = [t * NS[f.unit] for f in self.files for t in f.times if t is not None]
        while not all(-2 ** 63 <= t // NS[self.unit] < 2 ** 63 for t in have):
            self.unit = UNITS[UNITS.index(self.unit) - 1]
        self.whole = all(t % NS[self.unit] == 0 for t in have)

    def convert(self, t, unit):
        return t if t is None or unit == self.unit or "none" in (unit, self.unit) else t * NS[unit] // NS[self.unit]


# ---- figures ----

def overlap(rows):
    """Do spans (rows of a file and row group) of a series cross in time? And the order of spans."""
    spans = {}
    for place, group, _, t in rows:
        if t is not None:
            low, high = spans.get((place, group), (t, t))
            spans[place, group] = (min(low, t), max(high, t))
    ordered = sorted(spans, key=lambda s: (*spans[s], s))
    crossed = any(spans[b][0] < max(spans[a][1] for a in ordered[:i]) for i, b in enumerate(ordered) if i)
    return crossed, {s: i for i, s in enumerate(ordered)}


def step_figures(rows, crossed, whole):
    """What series_metadata says of the times of a series."""
    times = [t for *_, t in rows if t is not None]
    if not times:
        return {"steps_quality": None, "duplicate_times": None, "out_of_order_times": None, "step": None}
    last, back = {}, 0
    for place, _, _, t in rows:  # in the order of files and rows
        if t is not None:
            back += t < last.get(place, t)
            last[place] = t
    if not whole:
        return {"steps_quality": "unknown", "duplicate_times": None, "out_of_order_times": None, "step": None}
    if crossed:
        return {"steps_quality": "unordered", "duplicate_times": None, "out_of_order_times": back, "step": None, "distinct_steps": None}
    times.sort()
    steps = Counter(b - a for a, b in zip(times, times[1:]) if b > a)
    want = {"steps_quality": "exact", "duplicate_times": len(times) - 1 - sum(steps.values()), "out_of_order_times": back,
            "distinct_steps": min(len(steps), 17)}
    if steps and len(steps) <= 16:
        step = min(steps, key=lambda s: (-steps[s], s))
        want["step"] = step
        want["step_share"] = steps[step] / sum(steps.values())
    return want


CALENDAR = re.compile(r"[0-9]*(B|B?M[SE]|B?Q[SE]-.*|B?Y[SE]-.*)")


def gap_figures(rows, row):
    """Gaps of a frequency of equal steps; calendars have tests of their own (test_statistics.py)."""
    times = sorted({t for *_, t in rows if t is not None})
    steps = [b - a for a, b in zip(times, times[1:])]
    if not steps or len(steps) < 2 or row["frequency"] and CALENDAR.fullmatch(row["frequency"]):
        return {}
    counts = Counter(steps)
    step = min(counts, key=lambda s: (-counts[s], s))
    if counts[step] * 2 <= len(steps):
        return {"gaps": None, "missing_times": None, "coverage": None}
    if len(counts) > 16 and row["step"] is None:
        return {}
    expected = (times[-1] - times[0]) // step + 1
    longer = [s for s in steps if s > step]
    return {"gaps": len(longer), "missing_times": max(0, expected - len(times)), "longest_gap": max(longer, default=0),
            "coverage": min(1.0, len(times) / expected)}


def check_fields(row, want, where):
    for name, expected in want.items():
        got = row[name]
        if expected is not None and got is not None:
            got = type(expected)(got)
        assert got == expected, f"{where}: {name} is {got}, wanted {expected}; {row}"


def check_times(truth, rows, row, where):
    times = [t for *_, t in rows if t is not None]
    crossed, order = overlap(rows)
    if truth.unit != "none":
        check_fields(row, {"null_times": len(rows) - len(times), "first_time": min(times, default=None),
                           "last_time": max(times, default=None)}, where)
        check_fields(row, step_figures(rows, crossed, truth.whole), where)
        if row["steps_quality"] == "exact":
            check_fields(row, gap_figures(rows, row), where)
    else:
        check_fields(row, {"null_times": None, "first_time": None, "last_time": None, "steps_quality": None, "step": None}, where)
    return crossed, order


WIDE = 2 ** 53


def exact_value(pa, kind, v):
    """(what the value stands for, whether the label `rounded` is due)"""
    if v is None:
        return None, False
    if pa.types.is_decimal(kind):
        wide = kind.precision > 18
        value = Fraction(v)
        return (Fraction(float(value)) if wide else value), wide or abs(value * 10 ** kind.scale) > WIDE
    if isinstance(v, float):
        return (Fraction(v) if v - v == 0 else v), False
    return Fraction(int(v)), not isinstance(v, bool) and abs(v) > WIDE


def calendar_time(t, unit):
    """As a datetime, for levels; None beyond its years."""
    try:
        return datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=t * NS[unit] // 1000)
    except OverflowError:
        return None


def sequence_of(truth, rows, values, order):
    """Figures of the finite values in order of time; without times as they lie."""
    timed = [(r, v) for r, v in zip(rows, values) if r[3] is not None or truth.unit == "none"]
    if truth.unit != "none":
        timed.sort(key=lambda p: (p[0][3], order[p[0][:2]], p[0][2]))
    calendar = truth.unit in NS
    points = [(calendar_time(r[3], truth.unit) if calendar else None, float(v) if isinstance(v, Fraction) else None) for r, v in timed]
    levels = calendar and all(t is not None for t, _ in points)
    want = sequence_figures([(t or datetime.datetime(1970, 1, 1), v) for t, v in points])
    if not levels:
        for name in [n for n in want if re.match(r"fingerprint_(hour|day|week|month)", n)]:
            want[name] = None
            if calendar:
                del want[name]
    return want


def check_values(pa, truth, rows, found, crossed, order, where):
    for target in truth.d.targets:
        kinds = {f.targets[target][0] for f in truth.files}
        (kind,) = kinds
        pairs = [exact_value(pa, kind, truth.files[place].targets[target][1][row]) for place, _, row, _ in rows]
        values = [v for v, _ in pairs]
        row = found[target]
        ordered = truth.whole and not crossed
        label = ("partial" if not truth.whole else "unordered" if not ordered else "rounded" if any(r for _, r in pairs) else "exact")
        here = f"{where} {target} ({kind})"
        assert row["values_quality"] == label, f"{here}: labelled {row['values_quality']}, wanted {label}"
        want, close = figures_of_values(values)
        if any(r for _, r in pairs):  # of the nearest doubles: docs/STATISTICS.md, section 11
            doubles = [float(v) for v in values if isinstance(v, Fraction)]
            want["is_integer"] = all(v == int(v) for v in doubles)
            want["negatives"], want["zeros"] = sum(v < 0 for v in doubles), sum(v == 0 for v in doubles)
        if ordered:
            want.update(sequence_of(truth, rows, values, order))
        else:
            want.update(dict.fromkeys(("first_value", "last_value", "longest_flat_run", "fingerprint")))
        compare(row, want, close, here)


class Catalog:
    """All that a catalog says, by dataset: a process of the oracle a table, not one a question."""

    def __init__(self, t, database):
        self.heads = {r["dataset_id"]: r for r in t.catalog("SELECT * EXCLUDE (metadata) FROM datasets", database)}
        self.failures, self.series, self.values = {}, {}, {}
        for r in t.catalog("SELECT dataset_id, key, code, reason FROM failures WHERE severity <> 'note'", database):
            self.failures.setdefault(r["dataset_id"], []).append(r)
        for r in t.catalog("SELECT * FROM series_metadata", database):
            self.series.setdefault(r["dataset_id"], {})[r["series_id"]] = r
        for r in t.catalog("SELECT * FROM series_values", database):
            self.values.setdefault((r["dataset_id"], r["series_id"]), {})[r["target"]] = r


def check(pa, d, catalog):
    """Every figure of a dataset."""
    failures = catalog.failures.get(d.name)
    assert not failures, f"{d.name}: {failures}"
    truth, head, series = Truth(pa, d), catalog.heads[d.name], catalog.series[d.name]
    assert series.keys() == truth.series.keys(), (d.name, series.keys() ^ truth.series.keys())
    kinds = {f.kind for f in truth.files}
    check_fields(head, {"total_series": len(truth.series), "total_records": sum(map(len, truth.series.values())),
                        "time_unit": truth.unit, "time_kind": kinds.pop() if len(kinds) == 1 else "mixed",
                        "quality": "exact" if truth.whole else "partial"}, d.name)
    for name, rows in truth.series.items():
        row, where = series[name], f"{d.name} {name!r}"
        check_fields(row, {"record_count": len(rows), "file_count": len({r[0] for r in rows})}, where)
        crossed, order = check_times(truth, rows, row, where)
        check_values(pa, truth, rows, catalog.values[d.name, name], crossed, order, where)
    return len(series)


def test_every_figure_of_every_type(t):
    pa = corpora.pyarrow()
    n, faults = 0, []
    for first in range(FIRST, FIRST + DATASETS, BATCH):
        corpus, datasets = typed.corpus_of(t, f"corpus{first}", range(first, min(first + BATCH, FIRST + DATASETS)))
        database = f"{first}.db"
        corpus.index(database, codes=(0, 3), depth="values")
        catalog = Catalog(t, database)
        for d in datasets:
            try:
                n += check(pa, d, catalog)
            except Exception as fault:  # pylint: disable=broad-except
                faults.append(f"{d.note}\n{type(fault).__name__} {fault}")
        t.remove(database)
        shutil.rmtree(corpus.root)
    print(f"     {DATASETS} datasets, {n} series, {len(faults)} wrong")
    assert not faults, "\n\n".join(faults[:8])
    assert n > DATASETS


test_every_figure_of_every_type.timeout = 180 + 2 * DATASETS
