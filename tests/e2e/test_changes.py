"""Random sequences of changes: after each step the catalog is that of a fresh run, and the cost is that of the change.

How many steps: TSI_STEPS (12 without it). Seeds: TSI_SEED.
"""
import os
import random
import shutil

import corpora
from corpora import Corpus
from support import counter
from test_s3 import index_s3, same, uploaded

STEPS = int(os.environ.get("TSI_STEPS", "12"))
SEED = int(os.environ.get("TSI_SEED", "1"))


class Changing:
    """A corpus of small files of one shape, and the ways in which users change theirs."""

    def __init__(self, t):
        self.t, self.random = t, random.Random(SEED)
        self.corpus = Corpus(t)
        self.pool = []
        for i in range(6):
            path = t.tmp / f"pool-{i}.parquet"
            corpora.copy(t.duck, "SELECT item_id, 'site' || (i % 3) AS site, timestamp, target FROM ("
                         + corpora.series(5 + i, f"{10 + i} + i", first=3 * i, more=", i") + ") ORDER BY ALL", path)
            self.pool.append(path)
        self.named = 0
        for _ in range(4):
            self.add_dataset()

    def data_folders(self):
        return sorted(p for p in self.corpus.data.iterdir() if p.is_dir())

    def metadata_files(self):
        return sorted(self.corpus.metadata.iterdir())

    def files(self):
        return sorted(self.corpus.data.rglob("*.parquet"))

    def some(self, things):
        return self.random.choice(things) if things else None

    def put(self, folder):
        self.named += 1
        shutil.copyfile(self.some(self.pool), folder / f"file-{self.named:03}.parquet")

    def write_metadata(self, name, ids, description):
        d = corpora.Dataset(name, ids=ids)
        text = corpora.metadata_yaml(d).replace("Made for a test", description)
        (self.corpus.metadata / f"{name}_metadata.yaml").write_text(text)

    # ---- changes; each returns the datasets it may touch ----

    def add_dataset(self):
        self.named += 1
        name = f"set{self.named}"
        (self.corpus.data / name).mkdir()
        for _ in range(self.random.randint(1, 4)):
            self.put(self.corpus.data / name)
        if self.random.random() < 0.7 or not self.metadata_files():
            self.write_metadata(name, ["item_id"], "New")

    def add_file(self):
        folder = self.some(self.data_folders())
        if folder:
            self.put(folder)

    def change_file(self):
        path = self.some(self.files())
        if path:
            path.unlink()
            shutil.copyfile(self.some(self.pool), path)

    # An empty folder of data or metadata is a mistake that a run ends with: one file stays.
    def delete_file(self):
        path = self.some(self.files())
        if path and len(self.files()) > 1:
            path.unlink()

    def rename_file(self):
        path, folder = self.some(self.files()), self.some(self.data_folders())
        if path:
            self.named += 1
            path.rename(folder / f"moved-{self.named:03}.parquet")

    def break_file(self):
        path = self.some(self.files())
        if path:
            path.write_bytes(b"PAR1 is not enough")

    def rename_dataset(self):
        folder = self.some(self.data_folders())
        if folder:
            self.named += 1
            folder.rename(folder.with_name(f"set{self.named}"))

    def delete_dataset(self):
        folder = self.some(self.data_folders())
        if folder and len(self.data_folders()) > 2:
            shutil.rmtree(folder)

    def other_ids(self):
        path = self.some(self.metadata_files())
        if path:
            name = path.name[:-len("_metadata.yaml")]
            self.write_metadata(name, self.some([["site"], ["site", "item_id"], ["item_id"]]), "Other ids")

    def other_description(self):
        path = self.some(self.metadata_files())
        if path:
            path.write_text(path.read_text() + f"theme: theme {self.named}\n" if "theme" not in path.read_text()
                            else path.read_text().replace("Made", "Remade"))

    def delete_metadata(self):
        path = self.some(self.metadata_files())
        if path and len(self.metadata_files()) > 1:
            path.unlink()

    def add_metadata(self):
        folder = self.some(self.data_folders())
        if folder:
            self.write_metadata(folder.name, ["item_id"], "Added")

    def step(self):
        changes = [self.add_dataset, self.add_file, self.add_file, self.change_file, self.change_file, self.delete_file,
                   self.rename_file, self.break_file, self.rename_dataset, self.delete_dataset, self.other_ids,
                   self.other_description, self.delete_metadata, self.add_metadata]
        made = [self.some(changes) for _ in range(self.random.randint(1, 3))]
        for change in made:
            change()
        return [change.__name__ for change in made]


def test_any_changes_give_the_catalog_of_a_fresh_run(t):
    changing = Changing(t)
    codes = (0, 3)
    changing.corpus.index(codes=codes)
    for number in range(STEPS):
        made = changing.step()
        changing.corpus.index(codes=codes)
        t.remove("fresh.db")
        changing.corpus.index("fresh.db", codes=codes)
        try:
            same(t.dump("fresh.db"), t.dump())
        except AssertionError as fault:
            raise AssertionError(f"after step {number}: {made} {fault}") from None


test_any_changes_give_the_catalog_of_a_fresh_run.timeout = 120 + 6 * STEPS


def test_cost_is_that_of_the_change(t):
    corpus = Corpus(t)
    for name in ("a", "b", "c"):
        corpora.add_clustered(corpus, name, files=4, per_file=10)
    server, source, metadata = uploaded(t, corpus)
    bucket = source.split("/")[2]
    first = index_s3(t, server, source, metadata, "c.db")
    assert counter(first, "requests_get") >= 12 + 3, first
    # Nothing changed: the two listings are all; not even metadata are fetched.
    nothing = index_s3(t, server, source, metadata, "c.db")
    assert counter(nothing, "requests_get") == 0, nothing
    assert counter(nothing, "requests_list") == counter(first, "requests_list") <= 4, nothing
    # One file changed: at most three requests, as for any file.
    server.client.put(bucket, "data/b/chunk_0002.parquet", corpus.file(corpus.datasets[0], "chunk_0001.parquet").read_bytes())
    one = index_s3(t, server, source, metadata, "c.db")
    assert int(one["files_read"]) == 1 and 1 <= counter(one, "requests_get") <= 3, one
    # One metadata file changed in its text: that file alone.
    text = (corpus.metadata / "c_metadata.yaml").read_bytes()
    server.client.put(bucket, "metadata/c_metadata.yaml", text.replace(b"Made for", b"Written for"))
    described = index_s3(t, server, source, metadata, "c.db")
    assert int(described["files_read"]) == 0 and counter(described, "requests_get") == 1, described
    assert t.catalog("SELECT description FROM datasets WHERE dataset_id = 'c'") == [{"description": "Written for a test: c"}]
    # Other ids: the files of that dataset, and no others.
    server.client.put(bucket, "metadata/a_metadata.yaml",
                      (corpus.metadata / "a_metadata.yaml").read_bytes().replace(b'"item_id"', b'"target"'))
    ids = index_s3(t, server, source, metadata, "c.db")
    assert int(ids["files_read"]) == 4 and counter(ids, "requests_get") <= 1 + 3 * 4, ids
    # A file that is gone costs nothing.
    server.client.delete(bucket, "data/b/chunk_0003.parquet")
    gone = index_s3(t, server, source, metadata, "c.db")
    assert int(gone["files_gone"]) == 1 and counter(gone, "requests_get") == 0, gone
    index_s3(t, server, source, metadata, "fresh.db")
    same(t.dump("fresh.db"), t.dump())
