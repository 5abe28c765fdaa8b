/* columns.h - which columns of a file identify its series and carry its time.
 *
 * The dataset decides names once (metadata, or detection on its first readable file); every file
 * resolves them against its own footer. Names match byte for byte, else without regard to ASCII
 * case where that is unambiguous.
 */
#ifndef TSI_SCAN_COLUMNS_H
#define TSI_SCAN_COLUMNS_H

#include "model/period.h"
#include "parquet/footer.h"

/* Id columns of one key. Real keys have one to three; a bound keeps per-row-group tables on the
 * stack. */
#define ID_COLUMNS_MAX 16

/* The names, as the dataset decided them. Immutable while files are scanned. */
struct scan_columns {
    const char **id;
    size_t n_id;
    const char *time; /* NULL: the dataset has no time column */
};

/* The columns of values (targets.h). */
struct file_targets {
    uint32_t *columns; /* indexes into footer->columns, ascending */
    size_t n;
    const char **notes; /* one a column of the footer: why it is no target although it should be, or
                           NULL; NULL where no targets are read */
};

/* Files of one series a row, whose lists hold its records (row_lists.h). */
struct file_lists {
    bool on;         /* the file is one */
    uint32_t length; /* the column whose lists have an element for each record */
    bool has_start;  /* the time column holds the time of a row's first record; a period leads to
                        each of the next */
    bool has_period_column;
    uint32_t period_column; /* text: the period of each row */
    struct period period;   /* of all rows, where there is no column */
};

/* The same, found in one footer: indexes into footer->columns. */
struct file_columns {
    uint32_t id[ID_COLUMNS_MAX];
    size_t n_id;
    uint32_t time;
    bool has_time;
    struct file_targets targets; /* none below depth `values` */
    struct file_lists lists;
};

/* A list of plain values, and nothing else below its name. */
bool column_is_list(const struct parquet_footer *f, uint32_t column);

/* Index of the column called `name`, or -1. Lists are found by the name of their field, too. An
 * exact match wins; a match but for case counts when there is only one. */
int64_t column_find(const struct parquet_footer *f, const char *name);

/* The id columns. ERR_COLUMN_MISSING names what is missing and what there is; ERR_UNSUPPORTED names
 * a nested column. */
MUST_CHECK enum error_code columns_resolve(const struct parquet_footer *f,
                                           const struct scan_columns *want,
                                           struct file_columns *out, struct error *err);

/* The time column, where one is wanted; it may be a list. A file whose time column is missing,
 * nested deeper, or of a type that holds no times still has its series: the caller goes on without.
 */
MUST_CHECK enum error_code columns_resolve_time(const struct parquet_footer *f,
                                                const struct scan_columns *want,
                                                struct file_columns *out, struct error *err);

/* Can values of this column, or the elements of this list, be times: DATE, TIMESTAMP, INT96, a
 * plain integer (an index, or a count since 1970)? */
bool column_is_time(const struct parquet_column *c);

/* Text, which may hold times (format/timestamp.h). */
bool column_is_time_text(const struct parquet_column *c);

enum time_kind column_time_kind(const struct parquet_column *c);

/* The unit that spans of this column are kept in. INT96 gives TIME_UNIT_NS, text TIME_UNIT_US: see
 * time_reader.h. */
enum time_unit column_time_unit(const struct parquet_column *c);

#endif
