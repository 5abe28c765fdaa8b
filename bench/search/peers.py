"""Put the same questions to other engines over the same catalog, and judge all answers alike.

    peers.py relevance DIR [--every N] [ENGINE...]    DIR as `search_relevance run DIR` left it, with catalog.tsv beside
                                          (`search_relevance ids > DIR/catalog.tsv`); prints MRR@10 and recall@10
    peers.py latency IDS QUERIES [ENGINE...]   files of `search_bench ids N` and `search_bench queries DIR N`; prints p50,
                                          p99 and max of each class of question, wall time

Each engine is asked as its own documentation says one searches as one types: see the functions below. What an engine
answers is kept in DIR/<engine>.tsv; engines that are not installed are left out by name.
"""
import pathlib
import sys
import time

import engines

CUT = 10


def read_queries(directory):
    rows = []
    for line in (directory / "queries.tsv").read_text(encoding="utf-8").splitlines():
        kind, text, rule, needle, datasets, relevant = line.split("\t")
        rows.append(dict(kind=kind, text=text, rule=rule, needle=needle, datasets=datasets, relevant=int(relevant)))
    return rows


def read_catalog(path):
    """Rows of (dataset, id or "", text)."""
    with open(path, encoding="utf-8") as f:
        return [tuple(line.rstrip("\n").split("\t", 2)) for line in f]


SEPARATORS = str.maketrans("_-./:|", "      ")


def same(text):
    return "".join(c.lower() if c.isascii() else c for c in text).translate(SEPARATORS)


def right(q, dataset, series):
    """The rules of tests/unit/search/relevance_queries.h."""
    if q["rule"] == "same_id":
        return series == q["needle"] if series else dataset.lower() == q["needle"].lower()
    if q["rule"] == "this_one":
        return series == q["needle"] and dataset == q["datasets"]
    if q["rule"] == "begins":
        return bool(series) and same(series).startswith(same(q["needle"]))
    if q["rule"] == "has":
        return bool(series) and same(q["needle"]) in same(series)
    if q["rule"] == "one_of":
        return not series and dataset in q["datasets"].split(",")
    return False


def judge(queries, answers, every):
    """Per class: mean reciprocal rank, recall, both within the first ten; of every so many-th question."""
    sums = {}
    for i, q in enumerate(queries):
        if i % every:
            continue
        hits = answers.get(i, [])[:CUT]
        marks = [right(q, d, s) for d, s in hits]
        if q["rule"] == "none":
            mrr = recall = float(not hits)
        else:
            mrr = next((1 / (r + 1) for r, m in enumerate(marks) if m), 0.0)
            recall = sum(marks) / min(CUT, q["relevant"]) if q["relevant"] else 0.0
        s = sums.setdefault(q["kind"], [0.0, 0.0, 0])
        s[0] += mrr
        s[1] += recall
        s[2] += 1
    return {k: (m / n, r / n) for k, (m, r, n) in sums.items()}


def read_answers(path):
    answers = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        i, dataset, series = line.split("\t")
        answers.setdefault(int(i), []).append((dataset, series))
    return answers


def ask_all(name, make, catalog, queries, every, path):
    began = time.monotonic()
    ask = make(catalog)
    built = time.monotonic() - began
    with open(path.with_suffix(".part"), "w", encoding="utf-8") as out:
        for i, q in enumerate(queries):
            if i % every:
                continue
            for dataset, series in ask(q["text"])[:CUT]:
                out.write(f"{i}\t{dataset}\t{series}\n")
    path.with_suffix(".part").rename(path)
    print(f"{name}: built in {built:.1f} s, asked in {time.monotonic() - began - built:.1f} s", file=sys.stderr)


def relevance(directory, wanted, every):
    queries = read_queries(directory)
    catalog = None
    tables = {"ours": judge(queries, read_answers(directory / "ours.tsv"), every)}
    for name, make in engines.available(wanted):
        path = directory / f"{name}.tsv"
        if not path.exists():
            catalog = catalog or read_catalog(directory / "catalog.tsv")
            ask_all(name, make, catalog, queries, every, path)
        tables[name] = judge(queries, read_answers(path), every)
    kinds = list(dict.fromkeys(q["kind"] for q in queries))
    print("| MRR@10 / recall@10 | " + " | ".join(tables) + " |")
    print("|---|" + "---|" * len(tables))
    for kind in kinds:
        print(f"| {kind} | " + " | ".join(f"{t[kind][0]:.3f} / {t[kind][1]:.3f}" for t in tables.values()) + " |")
    print("| mean | " + " | ".join(
        f"{sum(v[0] for v in t.values()) / len(t):.3f} / {sum(v[1] for v in t.values()) / len(t):.3f}" for t in tables.values()) + " |")


def latency(ids, queries_path, wanted):
    catalog = [("d", line.rstrip("\n"), line.rstrip("\n")) for line in open(ids, encoding="utf-8")]
    queries = [line.rstrip("\n").split("\t") for line in open(queries_path, encoding="utf-8")]
    for name, make in engines.available(wanted):
        began = time.monotonic()
        ask = make(catalog)
        print(f"{name}: {len(catalog)} ids, built in {time.monotonic() - began:.1f} s")
        times = {}
        for kind, text, _ in queries:
            start = time.monotonic()
            ask(text)
            times.setdefault(kind, []).append(time.monotonic() - start)
        for kind, t in times.items():
            t.sort()
            print(f"  {kind:14} p50 {t[len(t) // 2] * 1e3:10.2f} ms  p99 {t[len(t) * 99 // 100] * 1e3:10.2f} ms  max {t[-1] * 1e3:10.2f} ms  ({len(t)})")


def main(argv):
    if len(argv) >= 2 and argv[0] == "relevance":
        every = 1
        if "--every" in argv:
            at = argv.index("--every")
            every = int(argv[at + 1])
            del argv[at:at + 2]
        relevance(pathlib.Path(argv[1]), argv[2:], every)
    elif len(argv) >= 3 and argv[0] == "latency":
        latency(argv[1], argv[2], argv[3:])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
