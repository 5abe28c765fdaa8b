"""Datasets in which the types are drawn: of ids, times and targets, and how rows lie in files. Written by pyarrow.

Everything of a dataset follows from its number and TSI_SEED. Its truth is in its files: test_types.py reads them again.
"""
import datetime
import json
import math
import os
import random
from dataclasses import dataclass, field
from decimal import Decimal

import corpora

SEED = os.environ.get("TSI_SEED", "1")

NS = {"day": 86400 * 10 ** 9, "s": 10 ** 9, "ms": 10 ** 6, "us": 10 ** 3, "ns": 1}
DAY = NS["day"]


def day_number(year, month=1, day=1):
    return datetime.date(year, month, day).toordinal() - datetime.date(1970, 1, 1).toordinal()


# ---- ids ----

TEXTS = ["", "007", "7", " 7", "7 ", "ABC", "abc", "aBc", "Zürich", "e\u0301", "é", "東京", "a|b", "a\\b", "\\N", "NULL", "null",
         "x:y", "line\nbreak", "\ttab", '"', "'", "50%", "a_b", "x" * 90, "x" * 89 + "y", "nul\0byte", "-0", "1e3", "true"]
BYTES = [b"", b"\xff\xfe", b"\x00a", b"abc", b"ABC", "é".encode(), b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"a\xffb",
         b"\\xFF", b"a|\xfe", b"\x7f", b"\xf4\x90\x80\x80", b"007", b"7", b" "]


def integers(bits, signed):
    low, high = (-2 ** (bits - 1), 2 ** (bits - 1) - 1) if signed else (0, 2 ** bits - 1)
    return [v for v in (low, low + 1, -7, -1, 0, 1, 7, 10, 99, 100, 101, 12345, 2 ** 31, 2 ** 53 + 1, high - 1, high) if low <= v <= high]


FLOATS = [0.0, 1.0, -1.5, 0.1, 100.0, 1e15, 123456789012345680.0, 1e16, 1e-5, 0.0001, 5e-324, 1.7976931348623157e308, math.inf, -math.inf,
          math.nan, 2.5e-7, 16777216.0, 1.1e12, 3.14]


def id_types(pa):
    """name -> (Arrow type, values)"""
    dates = [day_number(y, m, d) for y, m, d in ((1, 1, 1), (1969, 12, 31), (1970, 1, 1), (2020, 2, 29), (2020, 3, 1), (9999, 12, 31))]
    days = [d * 86400 for d in dates]
    types = {"string": (pa.string(), TEXTS), "large_string": (pa.large_string(), TEXTS), "binary": (pa.binary(), BYTES),
             "fixed": (pa.binary(3), [b"abc", b"\xff\0\x01", b"   ", b"007", b"ABC"]),
             "dictionary": (pa.dictionary(pa.int32(), pa.string()), TEXTS),
             "uuid": (pa.uuid(), [bytes([i * 17 % 256] * 15 + [i]) for i in range(12)]),
             "bool": (pa.bool_(), [True, False]),
             "float16": (pa.float16(), [0.0, 1.0, -1.5, 65504.0, 6e-8, 100.0, 0.099976, math.inf, math.nan]),
             "float32": (pa.float32(), [f for f in FLOATS if not math.isfinite(f) or abs(f) < 1e38]), "float64": (pa.float64(), FLOATS),
             "date32": (pa.date32(), dates), "time32": (pa.time32("ms"), [0, 1, 3_600_000, 86_399_999]),
             "time64": (pa.time64("us"), [0, 1_000_000, 86_399_999_999]),
             "decimal9": (pa.decimal128(9, 2), [Decimal(x) for x in ("0", "1.50", "-0.01", "9999999.99", "-9999999.99", "10")]),
             "decimal18": (pa.decimal128(18, 4), [Decimal(x) for x in ("0", "1.5", "-99999999999999.9999", "7")]),
             "decimal38": (pa.decimal128(38, 10), [Decimal(x) for x in ("0", "-1", "9999999999999999999999999999.9999999999")]),
             "timestamp_ms": (pa.timestamp("ms"), [d * 1000 + k for d in days for k in (0, 1, 86_399_999)]),
             "timestamp_us": (pa.timestamp("us"), [d * 10 ** 6 + k for d in days for k in (0, 1)]),
             "timestamp_utc": (pa.timestamp("us", "UTC"), [d * 10 ** 6 + 500_000 for d in days]),
             "timestamp_ns": (pa.timestamp("ns"), [d * 10 ** 9 + k for d in days[1:5] for k in (0, 1, 10 ** 9)])}
    for bits in (8, 16, 32, 64):
        types[f"int{bits}"] = (getattr(pa, f"int{bits}")(), integers(bits, True))
        types[f"uint{bits}"] = (getattr(pa, f"uint{bits}")(), integers(bits, False))
    return types


def draw_ids(draw, types, n_columns, n_series):
    """(types of the id columns, keys): nulls are values, too."""
    names = [draw.choice(list(types)) for _ in range(n_columns)]
    columns = [types[n][1] + ([None] if draw.random() < 0.4 else []) for n in names]
    keys = {}
    for _ in range(n_series * 4):
        key = tuple(draw.choice(values) for values in columns)
        keys.setdefault(repr(key), key)
    return names, list(keys.values())[:n_series]


# ---- times: nanoseconds since 1970, as integers without bounds ----

STEPS = [DAY, 3600 * 10 ** 9, 15 * 60 * 10 ** 9, 7 * DAY, 10 ** 9, 10 ** 6, 10 ** 3, 1, "month", "random"]


def draw_instants(draw, n, finest, narrow, modern):
    """n instants, ascending but for what follows, in multiples of `finest`; `narrow`: what 64 bits of nanoseconds hold."""
    years = [1975, 2000, 2020] if modern else [1969, 2000, 2020, 1700, 2200] + ([] if narrow else [1, 1000, 9990])
    start = day_number(draw.choice(years), draw.randint(1, 9)) * DAY
    step = draw.choice(STEPS)
    step = step if isinstance(step, str) else max(step, finest)
    found = []
    for j in range(n):
        if step == "month":
            year, month = divmod(draw.randint(0, 3) + j, 12)
            at = min(start // DAY + year * 366 + month * 31, day_number(9999, 12, 31)) * DAY
        elif step == "random":
            at = start + draw.randrange(40 * DAY)
        else:
            at = start + j * step
        found.append(at // finest * finest)
    gaps, repeats, back = (draw.choice((0, 0, 0.1, 0.4)) for _ in range(3))
    found = [at for at in found if draw.random() >= gaps] or found[:1]
    found += [draw.choice(found) for _ in range(int(repeats * len(found)))]
    found.sort()
    for _ in range(int(back * len(found))):
        i, k = draw.randrange(len(found)), draw.randrange(len(found))
        found[i], found[k] = found[k], found[i]
    return found


def utc(ns):
    """Date and time of an instant, and the nanoseconds of its second."""
    seconds, rest = divmod(ns, 10 ** 9)
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds), rest


def text_forms(zone):
    """name -> (finest instant, what writes one)"""
    def iso(ns, tail):
        at, rest = utc(ns)
        return at.isoformat(sep="T")[:19] + (f".{rest:09d}"[:tail] if tail else "") + zone

    def day(ns):
        return utc(ns)[0].date()

    forms = {"seconds": (NS["s"], lambda ns: iso(ns, 0)), "blank": (NS["s"], lambda ns: iso(ns, 0).replace("T", " ")),
             "millis": (NS["ms"], lambda ns: iso(ns, 4)), "micros": (NS["us"], lambda ns: iso(ns, 7)), "nanos": (1, lambda ns: iso(ns, 10)),
             "minutes": (60 * NS["s"], lambda ns: iso(ns, 0)[:16] + zone)}
    if not zone:
        forms.update({
            "date": (DAY, lambda ns: day(ns).isoformat()), "digits": (DAY, lambda ns: day(ns).isoformat().replace("-", "")),
            "year": (DAY, lambda ns: day(ns).isoformat()[:4]), "month": (DAY, lambda ns: day(ns).isoformat()[:7]),
            "quarter": (DAY, lambda ns: f"{day(ns).year:04}-Q{(day(ns).month + 2) // 3}"),
            "week": (DAY, lambda ns: "{:04}-W{:02}".format(*day(ns).isocalendar()))})
    return forms


@dataclass
class Family:
    """How the times of a file are written."""
    kind: str            # time_kind of the catalog
    finest: int          # instants are multiples of it
    narrow: bool         # only what 64 bits of nanoseconds hold
    make: object         # (pa, instants or None) -> Arrow array
    int96: bool = False
    index: bool = False
    modern: bool = False  # only years in which a count since 1970 tells its unit


def stamp(unit, zone=None):
    return Family("timestamp", NS[unit], unit == "ns", lambda pa, v: pa.array(
        [None if x is None else x // NS[unit] for x in v], pa.int64()).cast(pa.timestamp(unit, zone)))


def int96(unit):
    family = stamp(unit)
    family.int96 = True
    return family


def date32():
    return Family("date", DAY, False, lambda pa, v: pa.array([None if x is None else x // DAY for x in v], pa.int32()).cast(pa.date32()))


def epoch(unit, draw):
    """Counts since 1970 in 64 bits, some unsigned; the years are those in which the unit can be told."""
    unsigned = draw.random() < 0.3
    return Family(modern=unsigned or draw.random() < 0.7, kind="integer", finest=NS[unit], narrow=True, make=lambda pa, v: pa.array(
        [None if x is None else x // NS[unit] for x in v], pa.uint64() if unsigned else pa.int64()))


def text(draw, zone):
    finest, write = draw.choice(list(text_forms(zone).values()))
    blanks = draw.random() < 0.3
    return Family("string", finest, finest == 1, lambda pa, v: pa.array(
        [("" if blanks else None) if x is None else write(x) for x in v], pa.string()))


def index(draw):
    bits, signed = draw.choice((8, 16, 32, 64)), draw.random() < 0.6
    low, high = (-2 ** (bits - 1), 2 ** (bits - 1) - 1) if signed else (0, min(2 ** bits - 1, 2 ** 63 - 1))
    shift, wide = draw.choice((0, 0, 5, low)), draw.choice((1, 1, 3))
    return Family("integer", 1, True, lambda pa, v: pa.array(
        [None if x is None else max(low, min(high, x * wide + shift)) for x in v], getattr(pa, f"{'' if signed else 'u'}int{bits}")()), index=True)


def draw_families(draw, n_files):
    """One a file; None: there is no time."""
    zone = draw.choice(("", "", "UTC"))
    kind = draw.choice(("timestamp", "timestamp", "int96", "date", "epoch", "text", "index", "none", "mixed", "mixed_int96", "mixed_integers"))
    units = ("s", "ms", "us", "ns")
    if kind == "none":
        return None
    if kind == "mixed":
        choices = [stamp(u, zone or None) for u in units] + ([] if zone else [date32()])
        return [draw.choice(choices) for _ in range(n_files)]
    if kind == "mixed_int96":
        return [draw.choice((int96("ns"), int96("us"), int96("ms"), stamp("us"))) for _ in range(n_files)]
    if kind == "mixed_integers":
        return [draw.choice((epoch("s", draw), epoch("ms", draw), epoch("us", draw))) for _ in range(n_files)]
    one = {"timestamp": lambda: stamp(draw.choice(units), zone or None), "int96": lambda: int96(draw.choice(units)), "date": date32,
           "epoch": lambda: epoch(draw.choice(units), draw), "index": lambda: index(draw),
           "text": lambda: text(draw, draw.choice(("Z", "+02:00", "-0530")) if zone else "")}[kind]
    if kind == "text":
        return [one() for _ in range(n_files)] if draw.random() < 0.3 and not zone else [one()] * n_files
    return [one()] * n_files


# ---- targets ----

def target_types(pa):
    """name -> (Arrow type, a draw of one value)"""
    def half(d):
        return d.choice((0.0, -0.0, 1.5, -2.25, 65504.0, 6e-8, d.randint(-2048, 2048), math.nan, math.inf))

    def double(d):
        return d.choice((d.uniform(-1e3, 1e3), d.gauss(0, 1), float(d.randint(-9, 9)), round(d.uniform(0, 99), 2), 1e300 * d.uniform(-1, 1),
                         d.random() * 1e-300, -0.0, math.nan, math.inf, -math.inf, 2.0 ** 53 + 2 * d.randint(0, 9)))

    def single(d):
        return d.choice((d.uniform(-1e3, 1e3), float(d.randint(-9, 9)), 3e38 * d.uniform(-1, 1), 1e-45, math.nan, -math.inf, 16777217.0))

    def tame(d):
        return d.choice((0.0, 0.0, 0.0, round(d.uniform(-5, 50), d.randint(0, 3))))

    def decimal(precision, scale):
        small, large = min(999, 10 ** precision - 1), 10 ** precision - 1
        return lambda d: Decimal("{}E-{}".format(d.choice((0, 1, d.randint(-small, small), d.randint(-large, large), large,
                                                           10 ** (precision - 1) + 1)), scale))

    types = {"bool": (pa.bool_(), lambda d: d.random() < 0.4), "float16": (pa.float16(), half), "float32": (pa.float32(), single),
             "float64": (pa.float64(), double), "tame": (pa.float64(), tame), "demand": (pa.float64(), lambda d: d.choice((0, 0, 0, 1, 2, 7.5)))}
    for precision, scale in ((5, 2), (9, 0), (9, 9), (15, 3), (18, 6), (18, 18), (19, 2), (30, 4), (38, 0), (38, 30), (38, 38)):
        types[f"decimal{precision}_{scale}"] = (pa.decimal128(precision, scale), decimal(precision, scale))
    for bits in (8, 16, 32, 64):
        for signed in (True, False):
            values = integers(bits, signed)
            span = (-100, 100) if signed else (0, 100)
            types[f"{'' if signed else 'u'}int{bits}"] = (getattr(pa, f"{'' if signed else 'u'}int{bits}")(), lambda d, v=values, s=span: d.choice(
                (d.choice(v), d.randint(*s), d.randint(*s))))
    return types


def draw_column(draw, make, n):
    """n values of a target; often some are null, sometimes all, or all equal."""
    null = draw.choice((0, 0, 0.2, 0.9, 1))
    constant = make(draw) if draw.random() < 0.15 else None
    runs = draw.random() < 0.3
    values = []
    for _ in range(n):
        if draw.random() < null:
            values.append(None)
        elif constant is not None:
            values.append(constant)
        elif runs and values and draw.random() < 0.7:
            values.append(values[-1])
        else:
            values.append(make(draw))
    return values


# ---- a dataset ----

@dataclass
class Typed:
    """What was drawn, for messages and for reading it again."""
    name: str
    ids: list = field(default_factory=list)
    targets: list = field(default_factory=list)
    time: str = ""
    families: list = None
    folder: object = None
    note: str = ""


def array_of(pa, kind, values):
    """Values as a generator holds them to an Arrow array."""
    if pa.types.is_floating(kind):
        wide = pa.array([None if v is None else float(v) for v in values], pa.float64())
        return wide.cast(pa.float32(), safe=False).cast(kind, safe=False) if kind == pa.float16() else wide.cast(kind, safe=False)
    if pa.types.is_date(kind) or pa.types.is_time32(kind):
        return pa.array(values, pa.int32()).cast(kind)
    if pa.types.is_temporal(kind):
        return pa.array(values, pa.int64()).cast(kind)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(values, kind.storage_type))
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode()
    return pa.array(values, kind)


def draw_rows(draw, keys, families):
    """(key, instant or None) of every row, by series; an index counts from 0 on."""
    rows = []
    for key in keys:
        n = draw.choice((1, 2, 3, 7, 20, 40))
        if families is None:
            times = [None] * n
        elif any(f.index for f in families):
            times = sorted(draw.randrange(0, 4 * n) for _ in range(n)) if draw.random() < 0.5 else list(range(n))
        else:
            times = draw_instants(draw, n, max(f.finest for f in families), any(f.narrow for f in families),
                                  any(f.modern for f in families))
        null = draw.choice((0, 0, 0.15, 1))
        rows += [(key, None if draw.random() < null else at) for at in times]
    return rows


def cut(draw, rows, n_files):
    """The rows of each file, in the order in which they lie there."""
    how = draw.choice(("series", "time", "any"))
    n = len(rows)
    order = sorted(range(n), key=lambda i: (rows[i][1] is not None, rows[i][1] or 0)) if how == "time" else list(range(n))
    files = [[] for _ in range(n_files)]
    for place, i in enumerate(order):
        files[draw.randrange(n_files) if how == "any" else place * n_files // n].append(rows[i])
    for file in files:
        lies = draw.choice(("series", "series", "time", "shuffled"))
        if lies == "time":
            file.sort(key=lambda r: (r[1] is not None, r[1] or 0))
        elif lies == "shuffled":
            draw.shuffle(file)
        else:
            file.sort(key=lambda r: (repr(r[0])))
    return files


def draw_options(draw, family):
    return {"row_group_size": draw.choice((3, 7, 16, 64, 1000)), "use_dictionary": draw.random() < 0.6,
            "compression": draw.choice(("none", "snappy", "zstd", "gzip", "lz4", "brotli")), "write_statistics": draw.random() < 0.8,
            "data_page_version": draw.choice(("1.0", "2.0")), "data_page_size": draw.choice((64, 1 << 20)), "version": "2.6",
            "store_decimal_as_integer": draw.random() < 0.5, "write_page_index": draw.random() < 0.2, "store_schema": False,
            "use_deprecated_int96_timestamps": bool(family and family.int96)}


def write_metadata(corpus, d, names_time):
    ids = "".join(f"  - name: {json.dumps(c)}\n    type: str\n" for c in d.ids)
    targets = "".join(f"  - name: {c}\n    type: num\n" for c in d.targets)
    time = f"time_column: {d.time}\n" if d.time and names_time else ""
    (corpus.metadata / f"{d.name}_metadata.yaml").write_text(f"name: {d.name}\nts_id:\n{ids}{time}targets:\n{targets}")


def add(corpus, pa, k):
    """Dataset number k into the corpus: a Typed."""
    draw = random.Random(f"{SEED}/{k}")
    n_files = draw.choice((1, 1, 2, 3, 4))
    types, targets = id_types(pa), target_types(pa)
    families = draw_families(draw, n_files)
    if families and any(f.int96 for f in families):  # then pyarrow writes every timestamp so
        types = {n: v for n, v in types.items() if n == "timestamp_ns" or not n.startswith("timestamp")}
    names, keys = draw_ids(draw, types, draw.choice((1, 1, 1, 2, 3)), draw.choice((1, 2, 4, 6)))
    chosen = [draw.choice(list(targets)) for _ in range(draw.choice((1, 1, 2)))]
    d = Typed(f"typed_{k:05}", [f"id_{i}" for i in range(len(names))], [f"y_{i}" for i in range(len(chosen))],
              draw.choice(("timestamp", "date", "ds")) if families else "", families)
    d.note = f"ids {names}, times {[f.kind for f in families] if families else None}, targets {chosen}, seed {SEED}"
    d.folder = corpus.data / d.name
    d.folder.mkdir()
    # Text is taken for the time only where statistics show that it is one.
    write_metadata(corpus, d, names_time=draw.random() < 0.8 or any(f.kind == "string" for f in families or ()))
    for f, rows in enumerate(cut(draw, draw_rows(draw, keys, families), n_files)):
        columns = {c: array_of(pa, types[n][0], [key[i] for key, _ in rows]) for i, (c, n) in enumerate(zip(d.ids, names))}
        if families:
            columns[d.time] = families[f].make(pa, [at for _, at in rows])
        for c, n in zip(d.targets, chosen):
            columns[c] = array_of(pa, targets[n][0], draw_column(draw, targets[n][1], len(rows)))
        pa.parquet.write_table(pa.table(columns), d.folder / f"{f}.parquet", **draw_options(draw, families and families[f]))
    return d


def corpus_of(t, name, numbers):
    """(corpus, its datasets)"""
    pa = corpora.pyarrow()
    corpus = corpora.Corpus(t, name)
    return corpus, [add(corpus, pa, k) for k in numbers]
