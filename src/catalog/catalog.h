/* catalog.h - the truth, in one DuckDB file that any DuckDB client can open. The only home of
 * duckdb.h.
 *
 * Writing: one process at a time (DuckDB's lock), one thread in it (the run's writer). Everything
 * between catalog_begin and catalog_commit is one transaction: a file's row, its spans and its
 * failures become visible together or not at all.
 *
 * Reading: never blocked. Where the file is locked by a run, the snapshot that the run published
 * beside it
 * ("<file>.snapshot") is opened instead; catalog_is_snapshot tells. A snapshot is made by copying
 * the file while the writer stands still after a CHECKPOINT, in a child process: closing a second
 * descriptor of the file in this one would drop DuckDB's POSIX lock.
 *
 * Figures of a dataset are made of its spans in an order of their content (merge.c, aggregate.sql),
 * so they are the same for any order of files and any number of workers, and a file is taken back
 * by deleting its rows. Labels: `quality` is 'exact', 'partial' with what is missing beside it, or
 * 'sampled' with an interval beside it. A figure that was not computed is NULL, never 0.
 *
 * Schema: schema.sql; migrations are numbered and forward; a newer catalog gives ERR_CATALOG_NEWER.
 */
#ifndef TSI_CATALOG_CATALOG_H
#define TSI_CATALOG_CATALOG_H

#include <stdio.h>

#include "base/counters.h"
#include "base/error.h"
#include "base/memory.h"
#include "model/dataset_info.h"
#include "model/span.h"
#include "model/table.h"

struct catalog;

/* ---- opening ---- */

struct catalog_options {
    uint64_t memory; /* DuckDB's memory_limit in bytes; 0: DuckDB's default */
    int threads;     /* 0: DuckDB's default */
    size_t writers;  /* threads that compress and write large numbers of rows, which wait until each
                        has a row group of 122,880 of them; fewer than 2: one */
};

/* Create or open for writing. ERR_CATALOG_LOCKED names the holder where it can be known. */
MUST_CHECK enum error_code catalog_open_write(const char *path, const struct catalog_options *o,
                                              struct catalog **out, struct error *err);
/* ERR_NO_CATALOG where there is none, with the command that makes one. */
MUST_CHECK enum error_code catalog_open_read(const char *path, const struct catalog_options *o,
                                             struct catalog **out, struct error *err);
bool catalog_is_snapshot(const struct catalog *c);
/* Checkpoints and closes; removes the snapshot of a writer, since the file itself can be read
 * again. */
void catalog_close(struct catalog *c);

/* ---- what is known (for the plan) ---- */

struct known_file {
    const char *key, *etag;
    uint64_t size;
    enum depth depth; /* rung completed */
    bool failed;
};

/* What the catalog holds of a dataset; *found false and nothing else where it holds nothing. */
struct known_dataset {
    bool found;
    const char **id_columns;
    size_t n_id_columns;
    const char *time_column;
    enum columns_origin origin;
    const char *metadata_key, *metadata_etag; /* NULL: described without metadata */
    const char *targets;   /* JSON, as the metadata named them; NULL: it did not */
    const char *frequency; /* of the metadata; NULL */
    bool lists;            /* some files hold a series in each row (files.elements) */
    bool pending; /* files were put or dropped since the figures were last computed (a run was cut
                     off) */
    struct known_file *files;
    size_t n_files;
};
MUST_CHECK enum error_code catalog_known(struct catalog *c, const char *dataset_id, struct arena *a,
                                         struct known_dataset *out, struct error *err);
/* Does the metadata (NULL: there is none) name the same targets as it did then? */
bool catalog_same_targets(const struct known_dataset *k, const struct dataset_meta *m);
/* Ids of all datasets of a source, to notice those that are gone. */
MUST_CHECK enum error_code catalog_dataset_ids(struct catalog *c, const char *source_uri,
                                               struct arena *a, const char ***ids, size_t *n,
                                               struct error *err);

/* The same with their folders, in parallel arrays. */
MUST_CHECK enum error_code catalog_dataset_places(struct catalog *c, const char *source_uri,
                                                  struct arena *a, const char ***ids,
                                                  const char ***folders, size_t *n,
                                                  struct error *err);

/* A metadata file as it was read by an earlier run. */
struct known_metadata {
    const char *key, *etag;
    uint64_t size;
    struct str content;
};
/* Those of a source, or of a folder of metadata: `root` is its URI. */
MUST_CHECK enum error_code catalog_metadata_load(struct catalog *c, const char *root,
                                                 struct arena *a, struct known_metadata **out,
                                                 size_t *n, struct error *err);

/* ---- writing: all inside begin/commit ---- */

MUST_CHECK enum error_code catalog_begin(struct catalog *c, struct error *err);
MUST_CHECK enum error_code catalog_commit(struct catalog *c, struct error *err);
void catalog_rollback(struct catalog *c);

/* Insert or replace a metadata file; one that is no text or has no ETag is not kept. */
MUST_CHECK enum error_code catalog_metadata_put(struct catalog *c, const char *root,
                                                const struct known_metadata *m, struct error *err);
MUST_CHECK enum error_code catalog_metadata_drop(struct catalog *c, const char *root,
                                                 const char *key, struct error *err);

/* Insert or replace the description of a dataset; its figures are left as they are. */
MUST_CHECK enum error_code catalog_dataset_put(struct catalog *c, const struct dataset_info *d,
                                               const char *source_root, struct error *err);
/* The columns of a dataset that is described were decided since, and nothing else of it has
 * changed: they are written with its figures, by the next catalog_dataset_aggregate. */
void catalog_dataset_columns(struct catalog *c, const struct dataset_info *d);
MUST_CHECK enum error_code catalog_dataset_drop(struct catalog *c, const char *dataset_id,
                                                struct error *err);
/* Insert or replace a file with its columns and spans. Where r->failed, its older rows stay out of
 * every figure, the file counts as missing, and a failure is recorded; else a recorded failure of
 * the file is removed. A result that comes in portions is written as they come. */
MUST_CHECK enum error_code catalog_file_put(struct catalog *c, const char *dataset_id,
                                            const struct file_result *r, struct error *err);
MUST_CHECK enum error_code catalog_file_drop(struct catalog *c, const char *dataset_id,
                                             const char *key, struct error *err);
/* All files of a dataset at once; its figures stay, and are pending. */
MUST_CHECK enum error_code catalog_dataset_forget_files(struct catalog *c, const char *dataset_id,
                                                        struct error *err);
/* The values of its files are not those of its targets any more: depth `time` is left. */
MUST_CHECK enum error_code catalog_dataset_forget_values(struct catalog *c, const char *dataset_id,
                                                         struct error *err);
/* The figures of a dataset are out of date: it stays 'pending' until they are computed again. */
MUST_CHECK enum error_code catalog_dataset_pending(struct catalog *c, const char *dataset_id,
                                                   struct error *err);
/* Recompute series_metadata and the figures of one dataset from its spans. */
MUST_CHECK enum error_code catalog_dataset_aggregate(struct catalog *c, const char *dataset_id,
                                                     enum depth depth, struct error *err);
/* From now on a dataset of which some files were read beyond their footers and the others not is a
 * sample: its figures are estimates and labelled so. */
void catalog_sample(struct catalog *c, uint64_t files, uint64_t seed);

/* What the footers of all files of a dataset say, for one that has no figures yet: it stays
 * pending. */
struct dataset_footers {
    uint64_t files, rows, bytes;
};
MUST_CHECK enum error_code catalog_dataset_footers(struct catalog *c, const char *dataset_id,
                                                   const struct dataset_footers *f,
                                                   struct error *err);

/* A slice of a file that is not finished: `content` is the caller's, `reading` says how it was
 * read. */
struct file_slice_state {
    uint64_t reading, first_group, n_groups;
    struct str content;
};
MUST_CHECK enum error_code catalog_slice_put(struct catalog *c, const char *dataset_id,
                                             const struct object *o,
                                             const struct file_slice_state *s, struct error *err);
/* The slices of this very object that were read in the same way. catalog_file_put removes them,
 * unless the file failed. Inside a transaction or outside. */
MUST_CHECK enum error_code catalog_slices_load(struct catalog *c, const char *dataset_id,
                                               const struct object *o, uint64_t reading,
                                               struct arena *a, struct file_slice_state **out,
                                               size_t *n, struct error *err);
/* May there be some of this file? */
bool catalog_has_slices(const struct catalog *c, const char *dataset_id, const char *key);
/* The keys of all files of the dataset that have some. */
void catalog_sliced_files(const struct catalog *c, const char *dataset_id, struct arena *a,
                          const char ***keys, size_t *n);

/* Something that went wrong, or was passed over (severity by the code: exit code 0 is a note).
 * dataset_id "" where it belongs to none. The same (dataset, key, code) again only moves last_seen.
 */
MUST_CHECK enum error_code catalog_failure_put(struct catalog *c, const char *dataset_id,
                                               const char *key, enum error_code code,
                                               const char *text, struct error *err);
/* Forget the failures of a dataset that were not seen since catalog_run_start, of "" too. */
MUST_CHECK enum error_code catalog_failures_sweep(struct catalog *c, const char *dataset_id,
                                                  struct error *err);

/* The same for those filed under the name of what is no dataset, as runs over this source put them.
 */
MUST_CHECK enum error_code catalog_failures_sweep_orphans(struct catalog *c, const char *source_uri,
                                                          struct error *err);

MUST_CHECK enum error_code catalog_run_start(struct catalog *c, const char *source,
                                             const char *options_json, struct error *err);
/* How far the run is: what a killed run leaves of itself. In or outside of a transaction. */
struct catalog_progress {
    uint64_t files_total, files_done, files_failed, files_unchanged;
    uint64_t bytes_total, bytes_done;
    const char *limited; /* the limit that ended the run early; NULL */
};
MUST_CHECK enum error_code catalog_run_progress(struct catalog *c, const struct catalog_progress *p,
                                                struct error *err);
/* "" before catalog_run_start. */
const char *catalog_run_id(const struct catalog *c);
/* `state`: "complete", "limited", "failed", "interrupted"; costs are kept with the run. */
MUST_CHECK enum error_code catalog_run_finish(struct catalog *c, const char *state,
                                              const struct counters *counters, uint64_t peak_memory,
                                              struct error *err);

/* Sums over the datasets of a source, for the summary of a run. *series_known is false where a
 * dataset was not counted; *datasets_failed counts those whose indexing_status is 'partial' or
 * 'failed'. */
MUST_CHECK enum error_code catalog_totals(struct catalog *c, const char *source_uri, uint64_t *rows,
                                          uint64_t *series, bool *series_known,
                                          uint64_t *datasets_failed, struct error *err);

/* Bring everything into the file itself (not inside a transaction). */
MUST_CHECK enum error_code catalog_checkpoint(struct catalog *c, struct error *err);
/* DuckDB's memory_limit from now on, in bytes. */
MUST_CHECK enum error_code catalog_set_memory(struct catalog *c, uint64_t memory,
                                              struct error *err);
/* Publish a snapshot for readers (not inside a transaction). */
MUST_CHECK enum error_code catalog_publish(struct catalog *c, struct error *err);

/* ---- reading: each fills a table that the caller frees ---- */

MUST_CHECK enum error_code catalog_status(struct catalog *c, struct table *out, struct error *err);
/* The newest runs first. A run that says 'running' and does not hold the catalog's lock was killed:
 * 'interrupted'. */
MUST_CHECK enum error_code catalog_runs(struct catalog *c, uint64_t limit, struct table *out,
                                        struct error *err);
MUST_CHECK enum error_code catalog_datasets(struct catalog *c, uint64_t limit, struct table *out,
                                            struct error *err);
/* One row with everything known; ERR_NOT_FOUND with near names in the text. */
MUST_CHECK enum error_code catalog_show_dataset(struct catalog *c, const char *id_or_name,
                                                struct table *out, struct error *err);
/* `series` as "dataset:series_id", or a series id that is unique over all datasets (several:
 * ERR_USAGE lists them). */
MUST_CHECK enum error_code catalog_show_series(struct catalog *c, const char *series,
                                               struct table *out, struct error *err);
/* The spans of one series: where its rows lie. */
MUST_CHECK enum error_code catalog_series_spans(struct catalog *c, const char *dataset_id,
                                                const char *series_id, struct table *out,
                                                struct error *err);
/* What its values are, one row a target; none where they were not read. */
MUST_CHECK enum error_code catalog_series_values(struct catalog *c, const char *dataset_id,
                                                 const char *series_id, struct table *out,
                                                 struct error *err);
/* Series that hold the same values, or one the other's in a coarser form: those of a dataset or of
 * "dataset:series_id"; of all where `text` is NULL. */
MUST_CHECK enum error_code catalog_twins(struct catalog *c, const char *text, uint64_t limit,
                                         struct table *out, struct error *err);
MUST_CHECK enum error_code catalog_failures(struct catalog *c, const char *dataset_id,
                                            struct table *out, struct error *err);

/* How the columns of files differ; NULL: of all datasets. */
MUST_CHECK enum error_code catalog_drift(struct catalog *c, const char *dataset_id,
                                         struct table *out, struct error *err);

/* The whole content as NDJSON in a canonical order, without what differs between equal runs (times
 * of the run, ETags, absolute URIs): two catalogs of the same data give the same bytes. */
MUST_CHECK enum error_code catalog_dump(struct catalog *c, FILE *out, struct error *err);

#endif
