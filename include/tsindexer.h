/* tsindexer.h - the public C API of ts-indexer. This header is the manual.
 *
 * ts-indexer crawls a source (an S3 prefix or a directory) of time-series datasets, reads only the
 * bytes that carry the answer, keeps exact statistics of every dataset and series in a DuckDB
 * catalog, and answers questions about them.
 *
 * Conventions. Functions that can fail return 0 or the exit code that a command should end with
 * (see tsi_error), and fill `err`, which may be NULL. Text is UTF-8 and NUL-terminated; a length is
 * given beside it where it can hold NUL bytes. Strings in options are borrowed for the call.
 * Nothing is printed except through callbacks and, for log lines, stderr. Threads: a catalog handle
 * belongs to one thread at a time; separate handles are independent.
 */
#ifndef TSINDEXER_H
#define TSINDEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

const char *tsi_version(void);

/* ---- errors ---- */

/* Exit codes, a contract: 0 done; 1 failed; 2 usage; 3 finished, with failed files or datasets; 4
 * nothing found; 5 credentials or permission; 7 catalog locked, newer or damaged; 130/143
 * interrupted, everything so far saved. */
struct tsi_error {
    int exit_code;
    char code[32];   /* for programs: "not_parquet", "catalog_locked", ... (docs/OPERATIONS.md lists
                        them) */
    char text[2048]; /* for people: what failed, on which object, why, what to do */
};

/* ---- talk ---- */

enum tsi_log_level { TSI_LOG_ERROR, TSI_LOG_WARN, TSI_LOG_INFO, TSI_LOG_DEBUG, TSI_LOG_TRACE };
void tsi_log_set_level(enum tsi_log_level level); /* of every module */
/* "info", "store=trace" or "warn,store=debug,run=info": a level for all, then levels of single
 * modules (catalog, cli, run, search, store). 2 where that cannot be read. */
int tsi_log_set_levels(const char *text, struct tsi_error *err);
/* Lines for people, or one JSON object a line: time, level, module, message. */
enum tsi_log_format { TSI_LOG_TEXT, TSI_LOG_JSON };
void tsi_log_set_format(enum tsi_log_format format);
/* Append to a file in place of stderr, where only errors are then told. NULL: stderr. */
int tsi_log_set_file(const char *path, struct tsi_error *err);
/* Called around each log line, so that a progress bar can be taken away and drawn again. */
void tsi_log_set_hooks(void (*before)(void *user), void (*after)(void *user), void *user);

/* ---- where things are ---- */

struct tsi_store_options {
    const char *endpoint_url; /* NULL: AWS, or as environment and profile say */
    const char *region;       /* NULL: environment, profile, us-east-1 */
    const char *profile;      /* NULL: AWS_PROFILE or "default" */
    const char *addressing;   /* NULL or "auto", "path", "virtual" */
    bool no_sign_request;     /* anonymous requests */
    bool request_payer;       /* pay for requests and bytes, where a bucket asks for that */
    bool no_verify_ssl;       /* do not check certificates: a warning is logged */
};

/* ---- indexing ---- */

struct tsi_result;

struct tsi_counter {
    const char *name; /* "requests_get" */
    const char *text; /* "GET requests" */
    uint64_t value;
};

/* A file under way. */
struct tsi_active {
    const char *key;   /* relative to the source; lives as long as the run */
    const char *doing; /* "reading", "decoding", "recording", "waiting" */
    uint64_t size;     /* bytes */
    double seconds;    /* since it was started */
    double share;      /* of its row groups that are done, 0 to 1 */
};

struct tsi_progress {
    const char *phase; /* "listing", "planning", "reading", "aggregating", "done" */
    uint64_t datasets_total, datasets_done;
    uint64_t files_total, files_done, files_failed, files_unchanged;
    uint64_t bytes_total;     /* size of the files to read */
    uint64_t bytes_done;      /* size of those that are done: the base of the ETA */
    uint64_t bytes_unchanged; /* size of those that earlier runs have done */
    uint64_t bytes_received, requests;
    uint64_t rows, series;         /* so far; series are counted where their dataset is complete */
    double seconds;                /* since the start */
    double stalled_seconds;        /* since the last byte or finished file: tells slow from stuck */
    struct tsi_active active[16];  /* those of the files under way that have been so for longest */
    size_t n_active, files_active; /* in the list; all */
    struct tsi_counter counters[32]; /* what the run has cost so far; n_counters 0: not told */
    size_t n_counters;
};

struct tsi_index_options {
    const char *source;   /* "s3://bucket/prefix", "gs://...", "r2://...", "file:///dir", "dir" */
    const char *metadata; /* NULL: beside the data; else another prefix or directory */
    const char *database; /* path of the catalog */
    const char *depth;    /* NULL or "time"; "files", "series", "values" */
    int concurrency;      /* requests in flight; 0: chosen */
    uint64_t memory;      /* bytes; 0: half of what the machine has free */
    bool force;           /* read everything again */
    /* "warn" (or NULL): a file that cannot be read is told and counts for the exit code; "error":
     * it ends the run; "skip": it does neither. In any case it is recorded, and its dataset is
     * partial. */
    const char *on_bad_file;
    /* Of each dataset so many files, drawn at random by the seed; of the others the footer only.
     * What is estimated from them is labelled 'sampled'; a later run without it completes them. 0:
     * all. */
    uint64_t sample, seed;
    /* What is looked at; NULL: everything. Lists are separated by commas; '*' and '?' stand for any
     * text and any byte, ASCII letters match in either case. What is not looked at stays in the
     * catalog as it is. */
    const char *filter;  /* datasets, by id or folder */
    const char *exclude; /* keys relative to the source that are not there for this run */
    const char *since;   /* "2026-01-31" or "2026-01-31T12:00:00Z": only objects changed since */
    /* Hard stops, 0: none. A run that reaches one ends in order, and the next run goes on. */
    uint64_t max_datasets, max_files, max_requests, max_bytes;
    double max_cost;    /* in the currency of the prices */
    const char *prices; /* an INI file of prices; NULL: S3 Standard, us-east-1 */
    struct tsi_store_options store;
    void (*on_progress)(const struct tsi_progress *p,
                        void *user); /* about ten times a second; may be NULL */
    void *user;
    const volatile int *stop; /* set to a signal's number to end the run with everything finished
                                 saved; may be NULL */
};

struct tsi_phase {
    const char *name;
    double seconds, cpu_seconds; /* of all threads */
};

struct tsi_index_summary {
    uint64_t datasets, datasets_failed, files_read, files_unchanged, files_failed, files_gone;
    uint64_t files_left; /* that a limit or --since kept from being read */
    uint64_t files_excluded, files_retried;
    const char *limited;  /* the option whose limit ended the run early; NULL */
    uint64_t bytes_files; /* size of the files that were read */
    double cpu_seconds;   /* of all threads, this process */
    double cost;          /* of requests and bytes, by the prices */
    char currency[8];
    struct tsi_phase phases[8];
    size_t n_phases;
    struct tsi_counter errors[64]; /* failures of this run by code; zeros are left out */
    size_t n_errors;
    uint64_t series, rows; /* over the whole catalog of this source, after the run */
    bool series_known;     /* false where depth `files` never counted them */
    uint64_t failures;     /* failures recorded (notes not counted) */
    uint64_t notes;        /* things passed over: markers, folders without metadata, ... */
    uint64_t peak_memory;  /* bytes, resident set */
    double seconds;
    struct tsi_counter counters[32];
    size_t n_counters;
};

/* Index a source into a catalog: new and changed files are read, files that are gone are taken out,
 * the rest is kept. Returns 0, 3 where some files or datasets failed, 130/143 where *stop ended it,
 * or another exit code with `err`. */
int tsi_index(const struct tsi_index_options *options, struct tsi_index_summary *summary,
              struct tsi_error *err);

/* What tsi_index would read with these options: a row for each dataset with work, the last one the
 * total. Lists the source and reads new metadata; the catalog is not written and may be missing.
 * What is estimated is called so. *cost is that of the whole. */
int tsi_estimate(const struct tsi_index_options *options, struct tsi_result **out, double *cost,
                 struct tsi_error *err);

/* ---- watching ---- */

/* What the run that writes a catalog says of itself, about once a second, in "<database>.run.json".
 */
struct tsi_live {
    bool found; /* some run left a word there */
    bool alive; /* its process lives; false: it was killed, and the next run goes on */
    char run_id[64], host[256], phase[32];
    int64_t pid;
    double heartbeat_seconds;     /* since its last word */
    double bytes_per_second;      /* of files done, since reading began; 0: not known yet */
    double eta_seconds;           /* until all files are done; negative: not known yet */
    struct tsi_progress progress; /* `phase` points into this struct */
};
int tsi_live(const char *database, struct tsi_live *out, struct tsi_error *err);

/* ---- asking the source ---- */

/* How a source would be read, whether that works, and what to change: rows of check, status ("ok",
 * "warn", "fail"), detail, hint and ms. Without a source (NULL) only what is configured for S3, and
 * whose credentials answer. Of a key id the last four characters are told, of secrets nothing.
 * Returns 0, 1 where a check failed, 5 where credentials or permissions did; *out is set in all
 * three cases. */
int tsi_doctor(const char *source, const struct tsi_store_options *options, struct tsi_result **out,
               struct tsi_error *err);

/* ---- asking the catalog ---- */

struct tsi_catalog;

/* Opens for reading; never waits for a run that is writing. */
int tsi_catalog_open(const char *database, struct tsi_catalog **out, struct tsi_error *err);
void tsi_catalog_close(struct tsi_catalog *c);
/* True where a run holds the catalog and this is the state it last published. */
bool tsi_catalog_is_snapshot(const struct tsi_catalog *c);

enum tsi_type { TSI_NULL, TSI_BOOL, TSI_INT, TSI_DOUBLE, TSI_TEXT, TSI_TIME, TSI_JSON };

struct tsi_value {
    enum tsi_type type;
    bool boolean;
    int64_t integer;
    double real;
    const char *text; /* TSI_TEXT, TSI_TIME (ISO 8601), TSI_JSON; lives as long as the result */
    size_t length;
};

/* An answer: named columns, rows, and how many rows there are beyond these. */
struct tsi_result;
size_t tsi_result_columns(const struct tsi_result *r);
const char *tsi_result_name(const struct tsi_result *r, size_t column);
size_t tsi_result_rows(const struct tsi_result *r);
struct tsi_value tsi_result_value(const struct tsi_result *r, size_t row, size_t column);
uint64_t tsi_result_total(const struct tsi_result *r);   /* rows there are, before any filter */
uint64_t tsi_result_matched(const struct tsi_result *r); /* rows that match */
void tsi_result_free(struct tsi_result *r);

int tsi_status(struct tsi_catalog *c, struct tsi_result **out, struct tsi_error *err);
/* The newest runs first: state ('running', 'complete', 'limited', 'interrupted', 'failed'), when,
 * how much, at what cost. */
int tsi_runs(struct tsi_catalog *c, uint64_t limit, struct tsi_result **out, struct tsi_error *err);
int tsi_datasets(struct tsi_catalog *c, uint64_t limit, struct tsi_result **out,
                 struct tsi_error *err);
/* What `name` is decides: a dataset (by id or name), else a series ("dataset:series_id" or an id
 * that is unique). *is_dataset tells which. One row. */
int tsi_show(struct tsi_catalog *c, const char *name, bool *is_dataset, struct tsi_result **out,
             struct tsi_error *err);
/* What the values of a series are, one row a target: docs/STATISTICS.md. No rows where the run did
 * not reach depth `values`. */
int tsi_values(struct tsi_catalog *c, const char *series, struct tsi_result **out,
               struct tsi_error *err);
/* Pairs of series whose values are equal, or of which one is the other's rounded or resampled form.
 * `name`: a dataset's id or "dataset:series_id"; NULL for all. */
int tsi_twins(struct tsi_catalog *c, const char *name, uint64_t limit, struct tsi_result **out,
              struct tsi_error *err);
/* Where the rows of a series lie: file, row group, first row, rows. */
int tsi_spans(struct tsi_catalog *c, const char *series, struct tsi_result **out,
              struct tsi_error *err);
/* Failures and notes; of one dataset, or of all where dataset is NULL. */
int tsi_failures(struct tsi_catalog *c, const char *dataset, struct tsi_result **out,
                 struct tsi_error *err);
/* Columns that differ between the files of a dataset (NULL: of any dataset): change is "added",
 * "lost", "missing", "type" or "case"; the files are named. */
int tsi_drift(struct tsi_catalog *c, const char *dataset, struct tsi_result **out,
              struct tsi_error *err);
/* The whole catalog as canonical NDJSON onto a file descriptor: equal data gives equal bytes. */
int tsi_dump(struct tsi_catalog *c, int fd, struct tsi_error *err);

/* Rows of any origin. */
struct tsi_rows {
    const void *source;
    const char *(*name)(const void *source, size_t column);
    struct tsi_value (*value)(const void *source, size_t row, size_t column);
    size_t columns, rows;
};

/* Writes them as a Parquet file, anew: numbers as such, times as ISO 8601 text, documents as JSON
 * text. */
int tsi_write_parquet(const struct tsi_rows *rows, const char *path, struct tsi_error *err);

/* ---- searching ---- */

/* The search index lies beside the catalog and is answered from without opening the catalog. One
 * handle serves any number of threads at once. */
struct tsi_search;

/* Opens the index of a catalog. One that is missing, damaged or older than the catalog is brought
 * up to date first. */
int tsi_search_open(const char *database, struct tsi_search **out, struct tsi_error *err);
void tsi_search_close(struct tsi_search *s);

enum tsi_search_kinds { TSI_SEARCH_ALL, TSI_SEARCH_DATASETS, TSI_SEARCH_SERIES };

struct tsi_search_options {
    uint64_t limit; /* rows; 0: 20 */
    uint64_t offset;
    const char *cursor; /* of the page before, in place of offset; NULL: the first page */
    enum tsi_search_kinds kinds;
    bool exact;     /* no typos, whole names only */
    bool explain;   /* a column `why` with the reasons of each rank */
    bool highlight; /* a column `highlight`: [[first byte, end], ...] of what matched, in the text
                       of `field` */
    bool count;     /* exact counts of what matches: visits all of it */
    bool facets; /* how many matches there are by theme, source, frequency and dataset: the same */
    const char
        *sort;            /* NULL or "score"; "name", "length", "start", "end", "missing"; "-length"
                             turns it     round. What is not known comes last. Visits all that matches. */
    uint64_t per_dataset; /* series of one dataset at most; 0: no bound; not with a cursor */
    bool grouped;         /* the hits of a dataset stand together, where its best one stands */
    struct tsi_search_line *line;   /* a newer query on it cancels this one; NULL: none does */
    struct tsi_search_cache *cache; /* answers are taken from it and kept in it; NULL: no */
};

/* Where one person types, each query replaces the one before: the older one ends at once, with the
 * code "cancelled". A line serves any number of threads. */
struct tsi_search_line;
struct tsi_search_line *tsi_search_line_new(void);
void tsi_search_line_free(struct tsi_search_line *l);

/* Answers of one or several handles, by generation of the index, query and options: one that is
 * opened again after a change finds none of the old ones. The least recently asked go first. Any
 * number of threads. */
struct tsi_search_cache;
struct tsi_search_cache *tsi_search_cache_new(size_t entries); /* 0: 256 */
void tsi_search_cache_free(struct tsi_search_cache *c);
struct tsi_search_cache_counts {
    uint64_t hits, misses, entries;
};
void tsi_search_cache_counts(struct tsi_search_cache *c, struct tsi_search_cache_counts *out);

/* What is to be said beside the rows. Texts live as long as the result. */
struct tsi_search_facts {
    bool at_least;       /* tsi_result_matched is a lower bound */
    bool partial;        /* the work was bounded before everything was looked at */
    int typos;           /* spelling differences that were allowed for */
    const char *ignored; /* words that nothing has beside the others, joined by ", "; "" none */
    const char
        *suggestions;   /* where nothing was found: names that are near, joined by ", "; "" none */
    const char *cursor; /* of the next page; "" there is none */
    const struct tsi_result *facets; /* rows of field, value, datasets, series; belongs to the
                                        result; NULL: not asked for */
};

/* `query`: words, "a phrase", -not, filters as theme:energy dataset:azure* length>5000 start<2015.
 * Rows, best first: kind
 * ("dataset", "series"), dataset_id, series_id, name, theme, records, first_timestamp,
 * last_timestamp, field, match, typos, and what the options add. A query that makes no sense gives
 * exit code 2 and says what is allowed. */
int tsi_search_run(const struct tsi_search *s, const char *query,
                   const struct tsi_search_options *options, struct tsi_search_facts *facts,
                   struct tsi_result **out, struct tsi_error *err);

#ifdef __cplusplus
}
#endif

#endif
