/* internal.h - what the files of this module share: the open catalog and its registers.
 *
 * db.h holds the thin layer over DuckDB's C API (named statements, binding, faults), bulk.h the
 * appender.
 */
#ifndef TSI_CATALOG_INTERNAL_H
#define TSI_CATALOG_INTERNAL_H

#include "catalog/duckdb_api.h"

#include "base/map.h"
#include "catalog/bulk.h"
#include "catalog/catalog.h"
#include "catalog/db.h"

/* Room for "20260131T235959123456-4194304". */
#define RUN_ID_SIZE 48

/* The columns of one dataset that wait for its figures, to be written with them. */
struct decided {
    struct strbuf dataset_id, id_columns, time_column;
    bool has_time_column;
    enum columns_origin origin;
};

struct catalog {
    char *path;          /* as the caller gave it */
    char *snapshot_path; /* "<path>.snapshot" */
    struct db db;
    bool writer, is_snapshot, in_transaction;
    long holder;         /* of a snapshot: the process that writes the file; 0 unknown */
    uint64_t registered; /* ticket of registry.h; 0 none */

    /* Of a writer only: */
    uint64_t memory; /* catalog_options */
    struct bulk datasets, figures, failures, files, columns, spans, series, values, slices;
    struct map file_ids; /* "dataset\0key" -> file_id; 0: gone */
    struct map
        failing; /* "dataset\0key" that may have failures: what is not in here surely has none */
    struct map sliced;     /* "dataset\0key" -> 1: the file may have rows in file_slices */
    struct map marks;      /* dataset -> marks.h */
    struct map id_columns; /* dataset -> 1 + their number, as it was described last */
    struct decided decided;
    int64_t next_file_id;
    uint64_t sample_files, sample_seed; /* catalog_sample; 0 files: no sample */
    char run_id[RUN_ID_SIZE];           /* "" before catalog_run_start */
    int64_t run_started_us;
};

/* Send the rows that still wait in the appenders to DuckDB: before any statement that must see
 * them. */
MUST_CHECK enum error_code catalog_flush(struct catalog *c, struct error *err);
/* Those of series_metadata and series_values alone. */
MUST_CHECK enum error_code catalog_flush_series(struct catalog *c, struct error *err);
/* Fill file_ids and failing from the tables. */
MUST_CHECK enum error_code catalog_registers_load(struct catalog *c, struct error *err);
/* Mark the figures of a dataset as out of date, once until they are computed again. */
MUST_CHECK enum error_code catalog_touch(struct catalog *c, const char *dataset_id,
                                         struct error *err);
/* write_dataset.c: put the columns that wait for the figures of this dataset, if they do, into its
 * row. */
void catalog_put_decided(struct catalog *c, const char *dataset_id);
/* known.c: the number of id columns of a dataset. */
MUST_CHECK enum error_code catalog_count_id_columns(struct catalog *c, const char *dataset_id,
                                                    size_t *n, struct error *err);
/* A statement that takes nothing but $dataset. */
MUST_CHECK enum error_code catalog_run_for_dataset(struct catalog *c, enum db_statement which,
                                                   const char *dataset_id, struct error *err);
/* ERR_INTERNAL where the caller forgot catalog_begin. */
MUST_CHECK enum error_code catalog_need_transaction(const struct catalog *c, const char *what,
                                                    struct error *err);
/* "dataset\0key", the key of the registers. */
void catalog_pair(struct strbuf *b, const char *dataset_id, const char *key);

/* slices.c: forget the slices of a file, of a dataset. */
MUST_CHECK enum error_code catalog_slices_drop(struct catalog *c, const char *dataset_id,
                                               const char *key, struct error *err);
MUST_CHECK enum error_code catalog_slices_drop_dataset(struct catalog *c, const char *dataset_id,
                                                       struct error *err);

/* schema.c: create, migrate or refuse. */
MUST_CHECK enum error_code schema_prepare(struct db *db, const char *path, struct error *err);
MUST_CHECK enum error_code schema_check(struct db *db, const char *path, struct error *err);

/* create.c: make the file with its tables where there is none. */
MUST_CHECK enum error_code catalog_create(const char *path, const struct catalog_options *o,
                                          struct error *err);

/* snapshot.c: copy a file that nobody is writing now to `to`, atomically. */
MUST_CHECK enum error_code snapshot_copy(const char *from, const char *to, struct error *err);

#endif
