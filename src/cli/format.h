/* format.h - write an answer to a stream: for people (table, record) or for programs (json, ndjson,
 * csv, tsv).
 *
 * What is written is a `view`: columns and rows behind two functions, so that results of the API
 * and values made here (the summary of a run) take the same way out. Field names are a contract;
 * machine formats hold raw numbers and ISO-8601 times, and nothing in them depends on the terminal.
 *
 * Errors of the stream stay in it (ferror): the caller looks once, at the end.
 */
#ifndef TSI_CLI_FORMAT_H
#define TSI_CLI_FORMAT_H

#include <stdio.h>

#include "base/str.h"
#include "tsindexer.h"

/* The order of the choices of --format in spec.c. */
enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_NDJSON, FORMAT_CSV, FORMAT_TSV, FORMAT_PARQUET };

struct view {
    const void *source;
    const char *(*name)(const void *source, size_t column);
    struct tsi_value (*value)(const void *source, size_t row, size_t column);
    size_t columns, rows;
    uint64_t total, matched;
    const char
        *extra; /* more of the JSON envelope, as it stands: "\"cursor\":\"x\","; NULL: nothing */
    const size_t *picked; /* which columns of the source are shown, `columns` of them; NULL: all */
    /* "[[begin,end],...]", the bytes of a cell that a table shows in colour, or NULL; may be NULL
     * itself. */
    const char *(*marks)(const void *source, size_t row, size_t column);
};

/* Only the columns that `names` lists, in that order. 0, or -1 where one of them is unknown:
 * `*unknown` is it. `picked` has room for v->columns of them, and lives as long as the view. */
int view_pick(struct view *v, struct str names, size_t *picked, struct str *unknown);
/* Name and value of a column as it is shown. */
const char *view_name(const struct view *v, size_t column);
struct tsi_value view_value(const struct view *v, size_t row, size_t column);

/* Borrow a result; valid as long as it. */
struct view view_of_result(const struct tsi_result *r);

/* One row whose names and values are arrays. */
struct view_row {
    const char *const *names;
    const struct tsi_value *values;
    size_t columns;
};
struct view view_of_row(const struct view_row *row);

struct tsi_value value_text(const char *s); /* NULL gives TSI_NULL */
struct tsi_value value_integer(int64_t i);
struct tsi_value value_count(uint64_t n); /* beyond INT64_MAX: a double */

struct format_style {
    size_t width; /* columns of the terminal; 0: no terminal, nothing is cut */
    bool color;   /* headers in bold */
};

/* Returns how many columns a table had no room for; 0 for the other formats. Not for Parquet, which
 * is a file and may fail: format_parquet. */
size_t format_write(FILE *out, enum format f, const struct view *v,
                    const struct format_style *style);

/* One row for people, a line for each field. */
void format_record(FILE *out, const struct view *v, size_t row, const struct format_style *style);

/* A value for people: digits grouped, text made harmless, "-" for nothing. */
void format_cell(struct strbuf *b, const struct tsi_value *v);

/* The parts, each in its own file. */
size_t format_table(FILE *out, const struct view *v, const struct format_style *style);
void format_json(FILE *out, const struct view *v);
void format_ndjson(FILE *out, const struct view *v);
/* 0, or the exit code, and the error is told in `err`. */
int format_parquet(FILE *out, const struct view *v, struct tsi_error *err);
void format_separated(FILE *out, const struct view *v, bool tabs);
/* "[{...},{...}]": the rows of a view as one JSON value inside another. */
void format_json_array(struct strbuf *b, const struct view *v);

/* More than any answer that fits in memory would need in one buffer. */
#define FORMAT_MAX ((size_t)1 << 40)

#endif
