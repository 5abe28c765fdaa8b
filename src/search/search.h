/* search.h - find datasets and series by name: build the index, open it, ask it.
 *
 * The index lies in a directory beside the catalog (`<database>.search/`): a small MANIFEST that
 * names the live segments, and the segments, immutable memory-mapped files (docs/FORMATS.md,
 * "Search index"). It is derived data: whatever is missing, damaged, or made by another version is
 * reported as such and rebuilt from the catalog, never trusted.
 *
 * Build:  search_builder_new, then for each dataset search_builder_dataset and its series, then
 * search_builder_commit. Ask:    search_open once; search_run from any number of threads at once,
 * without locks; search_close when no query runs.
 *
 * Same index and same query give the same bytes, on any processor, with any number of segments.
 */
#ifndef TSI_SEARCH_SEARCH_H
#define TSI_SEARCH_SEARCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/str.h"

/* ---- Build
 * -------------------------------------------------------------------------------------------------------
 */

/* Numbers known of a series. A new one is added at the end: older readers skip the section, newer
 * ones answer "not known" for an index without it. X(symbol, name in filters) */
#define SEARCH_ATTRIBUTES(X)                                                                       \
    X(SEARCH_LENGTH, "length")                                                                     \
    X(SEARCH_START, "start")                                                                       \
    X(SEARCH_END, "end")                                                                           \
    X(SEARCH_MISSING, "missing")

#define SEARCH_ATTRIBUTE_ENUM(sym, name) sym,
enum search_attribute { SEARCH_ATTRIBUTES(SEARCH_ATTRIBUTE_ENUM) SEARCH_ATTRIBUTE_COUNT };

/* How far the figures of a dataset and its series can be trusted; the catalog's column `quality`.
 */
enum search_quality {
    SEARCH_QUALITY_UNKNOWN, /* an index made before there were labels */
    SEARCH_EXACT,
    SEARCH_PARTIAL,
    SEARCH_SAMPLED,
};

/* What is known of a dataset. Strings are UTF-8; NULL where unknown. All are copied. */
struct search_doc {
    const char *dataset_id; /* unique in the catalog */
    const char *name, *theme, *description, *source, *folder, *frequency;
    const char *const *tags;
    size_t n_tags;
    const char *const *targets;
    size_t n_targets;
    const char *const *covariates;
    size_t n_covariates;
    uint64_t series, records;
    int64_t start, end; /* microseconds since 1970 UTC, valid where has_times */
    bool has_times;
    enum search_quality quality;
};

/* One series. `id` is the text form of model/series_id.h: no NUL byte in it. */
struct search_series {
    struct str id;
    int64_t values[SEARCH_ATTRIBUTE_COUNT]; /* records; microseconds; microseconds; missing values
                                               in 1e-9 of all */
    uint32_t has;                           /* bit i: values[i] is known */
};

struct search_build_options {
    bool fresh;      /* start from nothing: what is not added again is gone */
    uint64_t memory; /* bytes of ids, and of postings, held before they go to disk; 0: 256 MiB */
    uint32_t segment_limit; /* live segments before they are merged; 0: 8 */
};

struct search_builder;

/* Memory while building: `memory` for the ids of the dataset at hand and as much for the postings
 * of the segment being written, up to 5 bytes for each of its series (at most 16 M, or one dataset
 * where that is larger), 192 MiB of tables (mapped as far as they are used). Nothing that readers
 * see changes before the commit. One builder at a time per directory: a second one gets
 * ERR_CATALOG_LOCKED. */
MUST_CHECK enum error_code search_builder_new(const char *dir,
                                              const struct search_build_options *options,
                                              struct search_builder **out, struct error *err);

/* The order of `a` and `b` in which datasets are best added: large ones first, equal ones by id.
 * Searches then stop sooner; any other order gives the same answers. */
int search_doc_order(const struct search_doc *a, const struct search_doc *b);
/* Begins a dataset (and ends the one before); it replaces the dataset of the same id, whole. */
MUST_CHECK enum error_code search_builder_dataset(struct search_builder *b,
                                                  const struct search_doc *doc, struct error *err);
/* In any order; ids of one dataset are distinct. */
MUST_CHECK enum error_code search_builder_series(struct search_builder *b,
                                                 const struct search_series *s, struct error *err);
MUST_CHECK enum error_code search_builder_remove(struct search_builder *b, const char *dataset_id,
                                                 struct error *err);
/* Publishes what was added, as the index of catalog generation `generation`. The builder is freed
 * by search_builder_free, after a failure too; without a commit nothing has changed. */
MUST_CHECK enum error_code search_builder_commit(struct search_builder *b, uint64_t generation,
                                                 struct error *err);
void search_builder_free(struct search_builder *b);

/* ---- Open
 * --------------------------------------------------------------------------------------------------------
 */

struct search_index;

struct search_info {
    uint64_t
        generation; /* of the catalog, as given to the commit: compare it to notice a stale index */
    uint64_t sequence; /* of the index: raised by every commit */
    uint64_t datasets, series;
    uint64_t bytes;    /* of all live segments */
    uint64_t id_bytes; /* of the ids' own text */
    uint64_t text_bytes, posting_bytes, attribute_bytes, document_bytes;
    uint64_t runs, series_in_runs, blocks;
    uint32_t segments;
};

/* ERR_NO_CATALOG: there is no index. ERR_CATALOG_NEWER, ERR_CATALOG_DAMAGED: it must be rebuilt;
 * the text says why. */
MUST_CHECK enum error_code search_open(const char *dir, struct search_index **out,
                                       struct error *err);
void search_close(struct search_index *ix);
/* What the index was made of has been written to, and is the same: it is as young again. Where the
 * directory may not be written to it stays as it is, and is no worse for that. */
void search_touch(const char *dir);
void search_index_info(const struct search_index *ix, struct search_info *out);
/* Reads everything and compares checksums; opening alone checks the headers and every bound. */
MUST_CHECK enum error_code search_verify(const struct search_index *ix, struct error *err);

/* ---- Ask
 * ---------------------------------------------------------------------------------------------------------
 */

/* Words beyond these bounds are refused with ERR_USAGE: a query is typed or pasted, not uploaded.
 */
#define SEARCH_QUERY_MAX 512 /* bytes of text */
#define SEARCH_TERMS_MAX 24  /* ids of a dozen words are pasted, with a word or two beside them */

#define SEARCH_MISSING_ALL 1000000000 /* every value is missing */

/* What hits are ordered by; all but the first visit everything that matches. */
#define SEARCH_SORTS(X)                                                                            \
    X(SEARCH_BY_SCORE, "score")                                                                    \
    X(SEARCH_BY_NAME, "name")                                                                      \
    X(SEARCH_BY_LENGTH, "length")                                                                  \
    X(SEARCH_BY_START, "start")                                                                    \
    X(SEARCH_BY_END, "end")                                                                        \
    X(SEARCH_BY_MISSING, "missing")
#define SEARCH_SORT_ENUM(sym, name) sym,
enum search_sort { SEARCH_SORTS(SEARCH_SORT_ENUM) SEARCH_SORT_COUNT };

/* Where one person types, each query replaces the one before: that one is cancelled. */
struct search_line {
    _Atomic uint64_t latest;
};

enum search_kinds { SEARCH_BOTH, SEARCH_DATASETS_ONLY, SEARCH_SERIES_ONLY };

struct search_options {
    size_t limit; /* hits returned; 0: 20 */
    size_t offset;
    const char *cursor; /* search_result.cursor of the page before; instead of offset */
    enum search_kinds kinds;
    bool exact; /* typo-free, and the whole id or field */
    bool
        more_typos; /* typos as long as hits are wanted; else only where nothing is found without */
    bool explain;
    bool facets;          /* counts over everything that matches: visits all of it */
    bool count;           /* exact totals: the same cost */
    size_t per_dataset;   /* series of one dataset at most; 0: no bound */
    uint64_t work_limit;  /* blocks looked at before the answer is given as it is (`partial`); 0: no
                             bound */
    uint64_t deadline_ns; /* clock_monotonic_ns of the same; 0: none */
    const atomic_bool *cancel; /* set by another thread: ERR_CANCELLED */
    struct search_line *line;  /* a query that begins on it cancels the one that runs on it */
    enum search_sort sort;
    bool descending; /* of `sort`, but for the score; what is not known comes last in either case */
    bool brute_force; /* score every string, use no filter: the oracle of the tests */
};

enum search_field {
    SEARCH_FIELD_SERIES, /* the series id */
    SEARCH_FIELD_DATASET,
    SEARCH_FIELD_NAME,
    SEARCH_FIELD_TAG,
    SEARCH_FIELD_THEME,
    SEARCH_FIELD_SOURCE,
    SEARCH_FIELD_FREQUENCY,
    SEARCH_FIELD_TARGET,
    SEARCH_FIELD_COVARIATE,
    SEARCH_FIELD_FOLDER,
    SEARCH_FIELD_DESCRIPTION,
    SEARCH_FIELD_COUNT,
};
const char *search_field_name(enum search_field f);

/* How a word lies in the text, best last. */
enum search_match {
    SEARCH_MATCH_NONE,
    SEARCH_MATCH_INSIDE, /* somewhere */
    SEARCH_MATCH_EDGE,   /* digits that follow a letter: 12 in h12 */
    SEARCH_MATCH_WORD_START,
    SEARCH_MATCH_WORD,        /* a whole word */
    SEARCH_MATCH_PREFIX,      /* the start of the text */
    SEARCH_MATCH_PREFIX_WORD, /* the first words of it, whole */
    SEARCH_MATCH_WHOLE,
};
const char *search_match_name(enum search_match m);

struct search_range {
    uint32_t begin, end; /* bytes of the original text */
};

struct search_hit {
    bool is_dataset;
    uint32_t dataset; /* position in the index, by dataset id; with search_index_doc */
    uint32_t series;  /* position in the dataset, natural order */
    const char *dataset_id;
    struct str
        text; /* the id of the series; the name of the dataset, or the field that matched best */
    enum search_field field;
    enum search_match
        match; /* of all the words together where they stand together, else of the weakest */
    uint8_t typos, words_matched;
    uint64_t score; /* larger is better: the order of the hits */
    int64_t values[SEARCH_ATTRIBUTE_COUNT];
    uint32_t has;
    struct search_range *ranges; /* in `text`, ascending, apart */
    size_t n_ranges;
    const char *explain; /* NULL unless asked */
};

struct search_facet {
    enum search_field field;
    const char *value;
    uint64_t datasets, series;
};

struct search_result {
    struct arena arena; /* owns everything below */
    struct search_hit *hits;
    size_t n_hits;
    uint64_t total_datasets, total_series; /* that exist */
    uint64_t matched_datasets, matched_series;
    bool at_least;        /* the matched counts are lower bounds */
    bool partial;         /* the work limit or the deadline came first */
    uint8_t typos;        /* up to so many were looked for */
    const char **dropped; /* words that nothing has beside the others; the hits are for the rest */
    size_t n_dropped;
    struct search_facet *facets;
    size_t n_facets;
    const char **suggestions;
    size_t n_suggestions;
    const char *cursor;   /* of the next page; NULL: there is none */
    uint64_t blocks_read; /* what it cost */
};

/* Parses `text` (words, "a phrase", -not, key:value with * globs, length>5000) and answers.
 * ERR_USAGE: the text is at fault, and the error says what is allowed. The result is always in a
 * state for search_result_free. */
MUST_CHECK enum error_code search_run(const struct search_index *ix, struct str text,
                                      const struct search_options *options,
                                      struct search_result *out, struct error *err);
void search_result_free(struct search_result *r);

/* Everything that was given at build time. The strings live as long as the index is open, the
 * arrays in `a`. */
MUST_CHECK enum error_code search_index_doc(const struct search_index *ix, uint32_t dataset,
                                            struct arena *a, struct search_doc *out,
                                            struct error *err);

#endif
