/* statements.h - the named statements of the .sql files, declared once. */
#ifndef TSI_CATALOG_STATEMENTS_H
#define TSI_CATALOG_STATEMENTS_H

/* X(symbol, name in the .sql files) */
#define DB_STATEMENTS(X)                                                                           \
    X(STMT_BEGIN, "begin")                                                                         \
    X(STMT_COMMIT, "commit")                                                                       \
    X(STMT_ROLLBACK, "rollback")                                                                   \
    X(STMT_CHECKPOINT, "checkpoint")                                                               \
    X(STMT_LIST_TABLES, "list_tables")                                                             \
    X(STMT_SCHEMA_VERSION, "schema_version")                                                       \
    X(STMT_SCHEMA_VERSION_PUT, "schema_version_put")                                               \
    X(STMT_LOAD_FILE_IDS, "load_file_ids")                                                         \
    X(STMT_LOAD_FAILURE_KEYS, "load_failure_keys")                                                 \
    X(STMT_KNOWN_DATASET, "known_dataset")                                                         \
    X(STMT_KNOWN_FILES, "known_files")                                                             \
    X(STMT_DATASET_IDS, "dataset_ids")                                                             \
    X(STMT_DATASET_PLACES, "dataset_places")                                                       \
    X(STMT_METADATA_LOAD, "metadata_load")                                                         \
    X(STMT_METADATA_DELETE, "metadata_delete")                                                     \
    X(STMT_METADATA_INSERT, "metadata_insert")                                                     \
    X(STMT_DATASET_DESCRIBE, "dataset_describe")                                                   \
    X(STMT_DATASET_PENDING, "dataset_pending")                                                     \
    X(STMT_DROP_SPANS, "drop_spans")                                                               \
    X(STMT_DROP_COLUMNS, "drop_columns")                                                           \
    X(STMT_DROP_FILES, "drop_files")                                                               \
    X(STMT_DROP_SERIES, "drop_series")                                                             \
    X(STMT_DROP_SERIES_VALUES, "drop_series_values")                                               \
    X(STMT_FORGET_VALUES, "forget_values")                                                         \
    X(STMT_DROP_FAILURES, "drop_failures")                                                         \
    X(STMT_DROP_DATASET, "drop_dataset")                                                           \
    X(STMT_FILE_DELETE_SPANS, "file_delete_spans")                                                 \
    X(STMT_FILE_DELETE_COLUMNS, "file_delete_columns")                                             \
    X(STMT_FILE_DELETE, "file_delete")                                                             \
    X(STMT_FAILURE_DELETE, "failure_delete")                                                       \
    X(STMT_FAILURE_DELETE_OTHERS, "failure_delete_others")                                         \
    X(STMT_FAILURE_SEEN, "failure_seen")                                                           \
    X(STMT_FAILURES_SWEEP, "failures_sweep")                                                       \
    X(STMT_FAILURES_SWEEP_ORPHANS, "failures_sweep_orphans")                                       \
    X(STMT_RUNS_INTERRUPTED, "runs_interrupted")                                                   \
    X(STMT_RUN_INSERT, "run_insert")                                                               \
    X(STMT_RUN_PROGRESS, "run_progress")                                                           \
    X(STMT_RUN_FINISH, "run_finish")                                                               \
    X(STMT_TOTALS, "totals")                                                                       \
    X(STMT_DATASET_FOOTERS, "dataset_footers")                                                     \
    X(STMT_LOAD_SLICE_KEYS, "load_slice_keys")                                                     \
    X(STMT_LOAD_MARKS, "load_marks")                                                               \
    X(STMT_SLICES_LOAD, "slices_load")                                                             \
    X(STMT_SLICES_DELETE, "slices_delete")                                                         \
    X(STMT_SLICES_DELETE_DATASET, "slices_delete_dataset")                                         \
    X(STMT_AGG_FILES, "agg_files")                                                                 \
    X(STMT_AGG_UNIT_BOUNDS, "agg_unit_bounds")                                                     \
    X(STMT_AGG_ERRORS, "agg_errors")                                                               \
    X(STMT_AGG_TARGETS, "agg_targets")                                                             \
    X(STMT_AGG_SPANS, "agg_spans")                                                                 \
    X(STMT_AGG_SPANS_OF_FILE, "agg_spans_of_file")                                                 \
    X(STMT_SAMPLE_FILES, "sample_files")                                                           \
    X(STMT_SAMPLE_SERIES, "sample_series")                                                         \
    X(STMT_SAMPLE_PUT, "sample_put")                                                               \
    X(STMT_DRIFT_COUNT, "drift_count")                                                             \
    X(STMT_DRIFT_SHOWN, "drift_shown")                                                             \
    X(STMT_LIST_DRIFT, "list_drift")                                                               \
    X(STMT_NEAR_IDS, "near_ids")                                                                   \
    X(STMT_NEAR_IDS_AMONG, "near_ids_among")                                                       \
    X(STMT_SERIES_IDS, "series_ids")                                                               \
    X(STMT_NOTE_DELETE, "note_delete")                                                             \
    X(STMT_COUNT_DATASETS, "count_datasets")                                                       \
    X(STMT_COUNT_FAILURES, "count_failures")                                                       \
    X(STMT_STATUS, "status")                                                                       \
    X(STMT_LIST_RUNS, "list_runs")                                                                 \
    X(STMT_COUNT_RUNS, "count_runs")                                                               \
    X(STMT_LIST_DATASETS, "list_datasets")                                                         \
    X(STMT_SHOW_DATASET, "show_dataset")                                                           \
    X(STMT_DATASET_SCHEMA, "dataset_schema")                                                       \
    X(STMT_FIND_DATASET, "find_dataset")                                                           \
    X(STMT_NEAR_DATASETS, "near_datasets")                                                         \
    X(STMT_FIND_SERIES, "find_series")                                                             \
    X(STMT_NEAR_SERIES, "near_series")                                                             \
    X(STMT_SHOW_SERIES, "show_series")                                                             \
    X(STMT_SERIES_SPANS, "series_spans")                                                           \
    X(STMT_LIST_FAILURES, "list_failures")                                                         \
    X(STMT_SERIES_VALUES, "series_values")                                                         \
    X(STMT_LIST_TWINS, "list_twins")                                                               \
    X(STMT_DUMP_DATASETS, "dump_datasets")                                                         \
    X(STMT_DUMP_FILES, "dump_files")                                                               \
    X(STMT_DUMP_COLUMNS, "dump_columns")                                                           \
    X(STMT_DUMP_SERIES, "dump_series_metadata")                                                    \
    X(STMT_DUMP_VALUES, "dump_series_values")                                                      \
    X(STMT_DUMP_SPANS, "dump_spans")                                                               \
    X(STMT_DUMP_FAILURES, "dump_failures")                                                         \
    X(STMT_FEED_DATASETS, "feed_datasets")                                                         \
    X(STMT_FEED_SERIES, "feed_series")

#define DB_STATEMENT_ENUM(sym, name) sym,
enum db_statement { DB_STATEMENTS(DB_STATEMENT_ENUM) DB_STATEMENT_COUNT };

const char *statement_name(enum db_statement which);
/* The text of a statement (not NUL-terminated at its end: `len` bounds it). */
const char *statement_text(enum db_statement which, unsigned long *len);

#endif
