/* parse.h - the text of a query: words, phrases, exclusions, filters.
 *
 *     word          must occur, in any field, in any order        "two words"   must stand
 * together, without typos -word         must not occur as (the start of) a word       key:value a
 * field has this value; * stands for any text name>number   a number is so (>, >=, <, <=, =)
 *
 * Words are folded (fold.h), and split at separators: a_b asks for a and for b, together first.
 * What looks like a filter and is a misspelt one is an error that says what is allowed; an unknown
 * key that resembles none is text, as ids may have ':' in them. Bounds: SEARCH_QUERY_MAX,
 * SEARCH_TERMS_MAX, FILTERS_MAX. Memory: in the arena.
 */
#ifndef TSI_SEARCH_PARSE_H
#define TSI_SEARCH_PARSE_H

#include "search/match.h"

#define FILTERS_MAX 16

enum filter_kind {
    FILTER_DATASET,
    FILTER_THEME,
    FILTER_SOURCE,
    FILTER_TAG,
    FILTER_FREQUENCY,
    FILTER_COLUMN,
    FILTER_FOLDER,
    FILTER_GLOBS, /* the ones above compare texts, those below numbers */
    FILTER_LENGTH,
    FILTER_START,
    FILTER_END,
    FILTER_SERIES,
    FILTER_RECORDS,
    FILTER_MISSING,
};

struct filter {
    enum filter_kind kind;
    struct str glob;   /* folded, '*' kept */
    int64_t low, high; /* inclusive: of the numbers */
    bool negated;      /* -theme:energy */
};

struct query {
    struct term terms[SEARCH_TERMS_MAX], excluded[SEARCH_TERMS_MAX];
    size_t n_terms, n_excluded;
    struct filter filters[FILTERS_MAX];
    size_t n_filters;
    struct term together; /* all terms in one, a blank between; valid where n_terms > 0 */
};

MUST_CHECK enum error_code query_parse(struct str text, bool typos, struct arena *a,
                                       struct query *out, struct error *err);
/* Leaves term `drop` out. */
void query_drop(struct query *q, size_t drop, bool typos, struct arena *a);

bool filter_is_series(const struct filter *f); /* about one series rather than its dataset */
bool filter_glob_matches(struct str glob, struct str text);

#endif
