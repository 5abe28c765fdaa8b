"""search, show, status, datasets: what they say is what the catalog holds."""
import csv
import io

import corpora
from corpora import Corpus, Dataset


def indexed(t):
    corpus = Corpus(t)
    corpora.add_two_columns(corpus)
    corpora.add_odd_text_ids(corpus)
    corpora.add_clustered(corpus)
    corpus.index()
    return corpus


def test_every_series_can_be_shown_by_its_own_name(t):
    """The text form of an id is reversible, for composite keys and odd characters too."""
    indexed(t)
    rows = t.catalog("SELECT dataset_id, series_id, record_count FROM series_metadata WHERE dataset_id = 'odd_ids' "
                     "OR dataset_id = 'two_columns' AND record_count % 3 = 0")
    assert len(rows) == 41, len(rows)
    for row in rows:
        shown = t.ti("show", f"{row['dataset_id']}:{row['series_id']}", "--database", "c.db", "--format", "json").ok().json()
        item = shown["items"][0] if "items" in shown else shown
        assert item["series_id"] == row["series_id"], (row, item)
        assert int(item["record_count"]) == int(row["record_count"]), (row, item)


def test_search_finds_a_series_and_a_dataset(t):
    indexed(t)
    hits = t.ti("search", "zürich", "--database", "c.db", "--format", "json").ok().json()
    assert any(h.get("series_id") == "Zürich" for h in hits["items"]), hits
    hits = t.ti("search", "two columns", "--database", "c.db", "--format", "json").ok().json()
    assert all(h["dataset_id"] == "two_columns" for h in hits["items"]) and hits["items"], hits


def test_search_takes_wildcards_of_sql_for_characters(t):
    indexed(t)
    hits = t.ti("search", "50%", "--database", "c.db", "--format", "json").ok().json()["items"]
    assert any(h.get("series_id") == "50%" for h in hits), hits
    assert t.ti("search", "5%0", "--database", "c.db").code == 4


def test_nothing_found_is_exit_code_4(t):
    indexed(t)
    assert t.ti("search", "xyzzy-nothing", "--database", "c.db").code == 4
    assert t.ti("show", "xyzzy-nothing", "--database", "c.db").code == 4


def test_csv_can_be_read_back(t):
    indexed(t)
    for query, wanted in (("7", "007"), ("quoted", '"quoted"'), ("b", "a\nb"), ("x y", "x:y")):
        out = t.ti("search", query, "--dataset", "odd_ids", "--limit", "all", "--database", "c.db", "--format", "csv").ok().out
        ids = {r["series_id"] for r in csv.DictReader(io.StringIO(out, newline=""))}
        assert wanted in ids, (query, ids)


def test_datasets_and_status_agree_with_the_catalog(t):
    indexed(t)
    want = {r["dataset_id"]: (r["total_series"], r["total_records"]) for r in t.catalog("FROM datasets")}
    listed = t.ti("datasets", "--database", "c.db", "--format", "json").ok().json()
    got = {r["dataset_id"]: (str(r["series"]), str(r["records"])) for r in listed["items"]}
    assert got == want, (got, want)
    assert listed["total"] == 3 and listed["returned"] == 3, listed
    t.ti("status", "--database", "c.db", "--format", "json").ok().json()


def test_machine_output_has_no_talk_in_it(t):
    corpus = Corpus(t)
    corpora.add_clustered(corpus)
    result = t.ti("index", corpus.data, "--metadata", corpus.metadata, "--database", "c.db", "--format", "json", "-v").ok()
    result.json()
    for command in (["status"], ["datasets"], ["search", "clustered"], ["failures"]):
        result = t.ti(*command, "--database", "c.db", "--format", "json", "-v")
        assert result.code in (0, 4), result
        if result.out:
            result.json()


def test_a_dataset_is_described_as_its_metadata_say(t):
    corpus = Corpus(t)
    d = corpus.add(Dataset("power"))
    corpus.copy(d, corpora.series(3, "10") + " ORDER BY i, j")
    (corpus.metadata / "power_metadata.yaml").write_text(
        "name: Power of things\nts_id:\n  - {name: item_id, type: str, subtype: str}\ntargets:\n"
        "  - {name: target, type: num, subtype: float}\ncovariates: {hist: [], future: []}\ntype: public\n"
        "theme: energy\ntags: [watts, meters]\ndescription: >-\n  Two lines\n  in one\nsource: lotsa\n")
    corpus.index()
    (row,) = t.catalog("SELECT dataset_id, name, theme, description, source, type, series_id_columns FROM datasets")
    assert row == {"dataset_id": "power", "name": "Power of things", "theme": "energy", "description": "Two lines in one",
                   "source": "lotsa", "type": "public", "series_id_columns": '["item_id"]'}, row
    for word in ("energy", "watts", "things", "lines"):
        hits = t.ti("search", word, "--database", "c.db", "--format", "json").ok().json()["items"]
        assert any(h["dataset_id"] == "power" for h in hits), (word, hits)


def search(t, *words):
    return t.ti("search", *words, "--database", "c.db", "--format", "json").ok().json()


def test_search_sorts_by_numbers_and_names(t):
    indexed(t)
    items = search(t, "--series", "--limit", "all", "--sort=-length")["items"]
    lengths = [i["records"] for i in items]
    assert lengths == sorted(lengths, reverse=True) and lengths[0] > lengths[-1], lengths
    ids = [(i["dataset_id"], i["series_id"]) for i in search(t, "--series", "--limit", "all", "--sort", "length")["items"]]
    assert len(ids) == len(items) and [i["records"] for i in search(t, "--series", "--limit", "all", "--sort", "length")["items"]] == lengths[::-1]
    names = [i["dataset_id"] for i in search(t, "--datasets", "--sort", "name")["items"]]
    assert names == sorted(names) and len(names) == 3, names
    wrong = t.ti("search", "x", "--sort", "size", "--database", "c.db")
    assert wrong.code == 2 and "length" in wrong.err, wrong


def test_search_pages_of_a_sorted_list_join_to_the_whole(t):
    indexed(t)
    whole = [(i["dataset_id"], i["series_id"]) for i in search(t, "--series", "--limit", "all", "--sort=-length")["items"]]
    pages, cursor = [], []
    for _ in range(100):
        page = search(t, "--series", "--limit", "7", "--sort=-length", *cursor)
        pages += [(i["dataset_id"], i["series_id"]) for i in page["items"]]
        if not page["cursor"] or len(pages) == len(whole):
            break
        cursor = ["--cursor", page["cursor"]]
    assert pages == whole, (len(pages), len(whole))


def test_search_counts_by_facets(t):
    indexed(t)
    rows = search(t, "--facets", "--series")["items"]
    got = {r["value"]: r["series"] for r in rows if r["field"] == "dataset"}
    want = {r["dataset_id"]: int(r["n"]) for r in t.catalog("SELECT dataset_id, count(*) AS n FROM series_metadata GROUP BY ALL")}
    assert got == want, (got, want)


def test_search_picks_fields_and_writes_names_for_xargs(t):
    indexed(t)
    out = t.ti("search", "--datasets", "--sort", "name", "--fields", "records,dataset_id", "--database", "c.db", "--format", "csv").ok().out
    assert out.splitlines()[0] == "records,dataset_id" and len(out.splitlines()) == 4, out
    wrong = t.ti("search", "--datasets", "--fields", "recods", "--database", "c.db")
    assert wrong.code == 2 and "records" in wrong.err, wrong
    names = t.ti("search", "-0", "dataset:odd_ids", "--series", "--limit", "all", "--database", "c.db").ok().out.split("\0")
    assert names[-1] == "" and len(names) - 1 == len(t.catalog("FROM series_metadata WHERE dataset_id = 'odd_ids'")), names
    for name in names[:-1]:
        t.ti("show", name, "--database", "c.db", "--format", "json").ok()


def test_search_groups_and_bounds_the_series_of_a_dataset(t):
    indexed(t)
    items = search(t, "1", "--series", "--group", "--per-dataset", "2", "--limit", "all")["items"]
    order = [i["dataset_id"] for i in items]
    assert order == [d for n, d in enumerate(order) if d not in order[:n] for _ in range(order.count(d))], order
    assert max(order.count(d) for d in order) == 2, order


def test_search_says_what_json_needs(t):
    indexed(t)
    answer = search(t, "clusterd")
    assert answer["typos"] == 1 and answer["items"] and answer["partial"] is False, answer
    nothing = t.ti("search", "zzqqxxkk", "--database", "c.db", "--format", "json")
    assert nothing.code == 4 and nothing.json()["items"] == [] and nothing.json()["matched"] == 0, nothing
    near = t.ti("search", "two_colums", "--exact", "--database", "c.db")
    assert near.code == 4 and "did you mean: two_columns" in near.err, near


def test_search_filters_by_missing_values(t):
    corpus = Corpus(t)
    d = corpus.add(Dataset("holes"))
    corpus.copy(d, "SELECT i::VARCHAR AS item_id, TIMESTAMP '2020-01-01' + INTERVAL (j) HOUR AS timestamp, "
                   "CASE WHEN j < i * 10 THEN NULL ELSE j::DOUBLE END AS target FROM range(4) a(i), range(100) b(j) ORDER BY i, j")
    corpus.index(depth="values")
    found = {i["series_id"]: i["missing"] for i in search(t, "missing<=10%", "--sort", "missing")["items"]}
    assert found == {"0": 0, "1": 0.1}, found
    assert [i["series_id"] for i in search(t, "missing>0.1", "--sort=-missing")["items"]] == ["3", "2"]


def test_search_writes_parquet(t):
    indexed(t)
    csv_rows = list(csv.DictReader(io.StringIO(t.ti("search", "--datasets", "--database", "c.db", "--format", "csv").ok().out)))
    written = t.ti("search", "--datasets", "--database", "c.db", "--format", "parquet").ok().out
    (t.tmp / "out.parquet").write_bytes(written.encode("utf-8", "surrogateescape"))
    rows = t.duck.rows(f"SELECT dataset_id, records, theme FROM '{t.tmp}/out.parquet'")
    assert [r["dataset_id"] for r in rows] == [r["dataset_id"] for r in csv_rows], rows
    assert [str(r["records"]) for r in rows] == [r["records"] for r in csv_rows], rows
