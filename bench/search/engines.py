"""Other engines behind one function: make(catalog) gives ask(text) -> [(dataset, id or "")], at most ten.

A catalog is a list of (dataset, id or "" for the dataset itself, text), where `text` is what may be searched: the
dataset's id and the series' id, or all that is known of a dataset.
"""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

CUT = 10


def words(text):
    return [w for w in "".join(c if c.isalnum() else " " for c in text).split() if w]


def like(text):
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _duckdb(catalog):
    import duckdb
    import pyarrow as pa
    con = duckdb.connect()
    con.execute("SET threads = 1")
    table = pa.table({"dataset": [r[0] for r in catalog], "id": [r[1] for r in catalog], "text": [r[2] for r in catalog]})
    con.register("arrow", table)
    con.execute("CREATE TABLE t AS SELECT row_number() OVER () AS n, dataset, id, text, lower(text) AS folded, "
                "lower(CASE WHEN id = '' THEN dataset ELSE id END) AS name FROM arrow")
    con.unregister("arrow")
    return con


def _duckdb_then(catalog, fallback):
    """LIKE, the shortest first; where that finds nothing, the nearest names."""
    con = _duckdb(catalog)

    def ask(text):
        rows = con.execute("SELECT dataset, id FROM t WHERE folded LIKE lower(?) ESCAPE '\\' ORDER BY length(name), name LIMIT 10",
                           [like(text)]).fetchall()
        return rows or con.execute(fallback, [text]).fetchall()
    return ask


def duckdb_jaro_winkler(catalog):
    return _duckdb_then(catalog, "SELECT dataset, id FROM (SELECT dataset, id, name, jaro_winkler_similarity(name, lower(?)) AS s FROM t) "
                                 "WHERE s >= 0.8 ORDER BY s DESC, name LIMIT 10")


def duckdb_levenshtein(catalog):
    return _duckdb_then(catalog, "SELECT dataset, id FROM (SELECT dataset, id, name, levenshtein(name, lower(?)) AS d FROM t) "
                                 "WHERE d <= 2 ORDER BY d, name LIMIT 10")


def duckdb_fts(catalog):
    """BM25; digits are kept (the default drops them) and words are not stemmed."""
    import duckdb_extensions
    con = _duckdb(catalog)
    duckdb_extensions.import_extension("fts", con=con)
    con.execute("LOAD fts")
    con.execute("PRAGMA create_fts_index('t', 'n', 'text', stemmer = 'none', stopwords = 'none', ignore = '[^a-z0-9\\p{L}]+', "
                "strip_accents = 1, lower = 1)")

    def ask(text):
        return con.execute("SELECT dataset, id FROM (SELECT dataset, id, name, fts_main_t.match_bm25(n, ?) AS s FROM t) "
                           "WHERE s IS NOT NULL ORDER BY s DESC, length(name), name LIMIT 10", [text]).fetchall()
    return ask


def sqlite_fts5(catalog):
    """The trigram tokenizer; every word must occur. Words of one or two letters are left to LIKE."""
    con = sqlite3.connect(":memory:")
    con.execute("CREATE VIRTUAL TABLE t USING fts5(text, dataset UNINDEXED, id UNINDEXED, tokenize = 'trigram')")
    con.executemany("INSERT INTO t VALUES (?, ?, ?)", ((r[2], r[0], r[1]) for r in catalog))
    con.commit()

    def ask(text):
        found = con.execute("SELECT dataset, id FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10",
                            ['"' + text.replace('"', '""') + '"']).fetchall() if len(text) >= 3 else []
        if not found and len(text) >= 3:
            long = [w for w in words(text) if len(w) >= 3]
            found = con.execute("SELECT dataset, id FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10",
                                [" AND ".join(f'"{w}"' for w in long)]).fetchall() if long else []
        if not found and len(text) < 3:
            found = con.execute("SELECT dataset, id FROM t WHERE text LIKE ? ESCAPE '\\' ORDER BY length(text) LIMIT 10", [like(text)]).fetchall()
        return found
    return ask


class Postgres:
    """A server of our own on a socket in a temporary folder."""

    def __init__(self):
        self.bin = next(p for p in [*sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)] if (p / "initdb").exists())
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="search-pg-"))
        user = "postgres" if os.getuid() == 0 else None
        if user:
            shutil.chown(self.dir, user)
        self.as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        self._run("initdb", "-D", self.dir / "data", "-A", "trust", "-U", "bench", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        self._run("pg_ctl", "-D", self.dir / "data", "-w", "-l", self.dir / "log", "-o",
                  f"-k {self.dir} -c listen_addresses='' -c shared_buffers=1GB -c maintenance_work_mem=1GB -c fsync=off "
                  "-c max_parallel_workers_per_gather=0 -c jit=off", "start")
        self.shell = subprocess.Popen(["psql", "-h", str(self.dir), "-U", "bench", "-d", "postgres", "-X", "-q", "-A", "-t", "-F", "\t"],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def _run(self, program, *args):
        subprocess.run([*self.as_user, str(self.bin / program), *map(str, args)], check=True, stdout=subprocess.DEVNULL)

    def sql(self, text):
        self.shell.stdin.write(text + ";\n\\echo ~done~\n")
        self.shell.stdin.flush()
        rows = []
        for line in self.shell.stdout:
            if line == "~done~\n":
                return rows
            rows.append(tuple(line.rstrip("\n").split("\t")))
        raise RuntimeError("psql ended")

    def __del__(self):
        try:
            self.shell.stdin.close()
            self._run("pg_ctl", "-D", self.dir / "data", "-m", "immediate", "stop")
            shutil.rmtree(self.dir, ignore_errors=True)
        except Exception:
            pass


def pg_trgm(catalog):
    """ILIKE, the most similar first; where that finds nothing, word_similarity. Both by a GIN index."""
    pg = Postgres()
    pg.sql("CREATE EXTENSION pg_trgm")
    pg.sql("CREATE TABLE t (dataset text, id text, text text)")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".tsv", delete=False) as f:
        for dataset, series, text in catalog:
            f.write("\t".join(x.replace("\\", "\\\\") for x in (dataset, series, text)) + "\n")
    pg.sql(f"\\copy t FROM '{f.name}'")
    os.unlink(f.name)
    pg.sql("CREATE INDEX ON t USING gin (text gin_trgm_ops)")
    pg.sql("ANALYZE t")
    pg.sql("SET pg_trgm.word_similarity_threshold = 0.5")

    def ask(text):
        q = "'" + text.replace("'", "''") + "'"
        pattern = "'" + like(text).replace("'", "''") + "'"
        rows = pg.sql(f"SELECT dataset, id FROM t WHERE text ILIKE {pattern} ORDER BY similarity(text, {q}) DESC, text LIMIT 10")
        return rows or pg.sql(f"SELECT dataset, id FROM t WHERE {q} <% text ORDER BY word_similarity({q}, text) DESC, "
                              f"similarity(text, {q}) DESC, text LIMIT 10")
    return ask


def fzf(catalog):
    """`fzf --filter` over the lines: the process and the reading of the lines are part of each question."""
    where = {}
    lines = tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt", delete=False)
    for dataset, series, text in catalog:
        where.setdefault(text, (dataset, series))
        lines.write(text + "\n")
    lines.close()

    def ask(text):
        with open(lines.name) as f:
            p = subprocess.Popen(["fzf", "--filter", text], stdin=f, stdout=subprocess.PIPE, text=True, encoding="utf-8")
            found = [line.rstrip("\n") for _, line in zip(range(CUT), p.stdout)]
            p.stdout.close()
            p.wait()
        return [where[line] for line in found]
    return ask


def tantivy_fuzzy(catalog):
    """Each word exact (worth more), as a prefix, or with one or two typos; all must occur, else any."""
    import tantivy
    schema = tantivy.SchemaBuilder().add_text_field("text", stored=False).add_text_field("name", stored=False).add_unsigned_field(
        "n", stored=True).build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=256_000_000, num_threads=1)
    for i, (_, series, text) in enumerate(catalog):
        spaced = " ".join(words(text))
        writer.add_document(tantivy.Document(text=spaced, name=" ".join(words(series)), n=i))
    writer.commit()
    index.reload()
    searcher = index.searcher()
    Q, Occur = tantivy.Query, tantivy.Occur

    def word(w):
        parts = [(Occur.Should, Q.boost_query(Q.term_query(schema, "text", w), 4.0)),
                 (Occur.Should, Q.boost_query(Q.fuzzy_term_query(schema, "text", w, distance=0, prefix=True), 2.0))]
        if len(w) >= 4:
            parts.append((Occur.Should, Q.fuzzy_term_query(schema, "text", w, distance=2 if len(w) >= 8 else 1, transposition_cost_one=True)))
        return Q.boolean_query(parts)

    def ask(text):
        terms = [word(w.lower()) for w in words(text)]
        if not terms:
            return []
        for occur in (Occur.Must, Occur.Should):
            hits = searcher.search(Q.boolean_query([(occur, t) for t in terms]), CUT).hits
            if hits:
                break
        return [catalog[searcher.doc(a)["n"][0]][:2] for _, a in hits]
    return ask


def rapidfuzz_wratio(catalog):
    """process.extract with its default scorer and processor, over names; a score of 80 at least."""
    from rapidfuzz import fuzz, process, utils
    names = [utils.default_process(r[1] or r[2]) for r in catalog]

    def ask(text):
        found = process.extract(utils.default_process(text), names, scorer=fuzz.WRatio, limit=CUT, score_cutoff=80)
        return [catalog[i][:2] for _, _, i in found]
    return ask


def rapidfuzz_osa(catalog):
    """The whole name against the whole query: optimal string alignment, two edits at most."""
    from rapidfuzz import process, utils
    from rapidfuzz.distance import OSA
    names = [utils.default_process(r[1] or r[0]) for r in catalog]

    def ask(text):
        found = process.extract(utils.default_process(text), names, scorer=OSA.distance, limit=CUT, score_cutoff=2)
        return [catalog[i][:2] for _, _, i in found]
    return ask


ENGINES = dict(duckdb_jaro_winkler=duckdb_jaro_winkler, duckdb_levenshtein=duckdb_levenshtein, duckdb_fts=duckdb_fts,
               sqlite_fts5=sqlite_fts5, pg_trgm=pg_trgm, fzf=fzf, tantivy=tantivy_fuzzy, rapidfuzz_wratio=rapidfuzz_wratio,
               rapidfuzz_osa=rapidfuzz_osa)


def _there(name):
    import importlib.util
    needs = {"duckdb": "duckdb", "tantivy": "tantivy", "rapidfuzz": "rapidfuzz"}
    module = next((m for p, m in needs.items() if name.startswith(p)), None)
    if name == "duckdb_fts":
        module = "duckdb_extensions"
    if module:
        return importlib.util.find_spec(module) is not None
    if name == "fzf":
        return shutil.which("fzf") is not None
    if name == "pg_trgm":
        return any(pathlib.Path("/usr/share/postgresql").glob("*/extension/pg_trgm.control"))
    return True


def available(wanted):
    for name, make in ENGINES.items():
        if wanted and name not in wanted:
            continue
        if _there(name):
            yield name, make
        else:
            print(f"{name}: not installed, left out")
