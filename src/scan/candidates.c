#include "scan/candidates.h"

#include <string.h>

#include "format/timestamp.h"
#include "scan/columns.h"

/* More single columns than anybody will look at; a file may have thousands of text columns. */
#define SINGLES_MAX 32
/* Pairs are made of the first few only: each costs its reader a look at both columns. */
#define PAIRED_MAX     ((size_t)6)
#define NAME_MAX_BYTES 64 /* no rule is longer; longer names match none */

/* Names compare without their separators and case: "item_id", "itemId" and "ITEM-ID" are one name.
 */
static const char *const id_names[] = {
    "uniqueid", "itemid", "seriesid", "tsid",     "id",      "uid",        "seriesname", "name",
    "symbol",   "ticker", "deviceid", "sensorid", "meterid", "buildingid", "stationid",  "storeid",
};
static const char *const time_names[] = {
    "timestamp", "ds", "date", "datetime", "time", "ts", "eventtime", "starttimestamp", "period",
};
/* The last word of a name that identifies something. The second list ("store_nbr" of Favorita) is
 * as often a count as an identity and comes behind the first. */
static const char *const id_words[] = {"id", "code", "name", "symbol", "key"};
static const char *const number_words[] = {"nbr", "number", "no", "nr"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool is_separator(char c)
{
    return c == '_' || c == '-' || c == '.' || c == ' ' || c == '\t';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Does a word start at name[i]? After a separator; at "tI" of itemId; at the last capital of
 * "IDName". */
static bool starts_word(const char *name, size_t i)
{
    if (i == 0 || is_separator(name[i - 1])) {
        return true;
    }
    return is_upper(name[i]) && (!is_upper(name[i - 1]) || is_lower(name[i + 1]));
}

static bool equals_folded(struct str s, const char *word)
{
    return str_eq_nocase(s, str_c(word));
}

/* The last word of a name: "id" of "store_id", "StoreID" and "store_id_"; "paid" stays "paid". */
static struct str last_word(const char *name)
{
    size_t end = strlen(name);
    while (end && is_separator(name[end - 1])) {
        end--;
    }
    size_t start = end;
    while (start) {
        start--;
        if (starts_word(name, start)) {
            break;
        }
    }
    return str_n(name + start, end - start);
}

/* The name without its separators in `out`; the length, 0 where it is too long for any rule. */
static size_t compact(const char *name, char out[NAME_MAX_BYTES])
{
    size_t n = 0;
    for (; *name; name++) {
        if (!is_separator(*name)) {
            if (n == NAME_MAX_BYTES) {
                return 0;
            }
            out[n++] = *name;
        }
    }
    return n;
}

static bool has_name(const struct parquet_column *c, const char *name)
{
    char text[NAME_MAX_BYTES];
    const char *called = c->max_rep == 1 ? c->name : c->path;
    return equals_folded(str_n(text, compact(called, text)), name);
}

static bool has_last_word(const struct parquet_column *c, const char *const *words, size_t n)
{
    struct str last = last_word(c->path);
    for (size_t i = 0; i < n; i++) {
        if (equals_folded(last, words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_flat(const struct parquet_column *c)
{
    return c->top_level && c->max_rep == 0;
}

static bool is_temporal(const struct parquet_column *c)
{
    return c->logical == PARQUET_DATE || c->logical == PARQUET_TIMESTAMP ||
           c->logical == PARQUET_TIME || c->physical == PARQUET_INT96;
}

static bool is_text(const struct parquet_column *c)
{
    bool bytes = c->physical == PARQUET_BYTE_ARRAY || c->physical == PARQUET_FIXED;
    return bytes && (c->logical == PARQUET_STRING || c->logical == PARQUET_ENUM ||
                     c->logical == PARQUET_UUID || c->logical == PARQUET_PLAIN_VALUE);
}

static bool is_whole_number(const struct parquet_column *c)
{
    return (c->physical == PARQUET_INT32 || c->physical == PARQUET_INT64) &&
           (c->logical == PARQUET_PLAIN_VALUE || c->logical == PARQUET_INTEGER);
}

/* Fractions and truth values identify nothing, and what is called a time is one, even as text. */
static bool may_be_id(const struct parquet_column *c)
{
    if (!is_flat(c) || is_temporal(c) || !(is_text(c) || is_whole_number(c))) {
        return false;
    }
    for (size_t i = 0; i < COUNT(time_names); i++) {
        if (has_name(c, time_names[i])) {
            return false;
        }
    }
    return true;
}

struct picker {
    const struct parquet_footer *f;
    bool *taken; /* one a column */
    uint32_t *out;
    size_t n, max;
};

static void pick(struct picker *p, size_t column)
{
    if (!p->taken[column] && p->n < p->max) {
        p->taken[column] = true;
        p->out[p->n++] = (uint32_t)column;
    }
}

static void pick_ids_by_name(struct picker *p)
{
    for (size_t i = 0; i < COUNT(id_names); i++) {
        for (size_t c = 0; c < p->f->n_columns; c++) {
            if (may_be_id(&p->f->columns[c]) && has_name(&p->f->columns[c], id_names[i])) {
                pick(p, c);
            }
        }
    }
}

static void pick_ids_by_word(struct picker *p, const char *const *words, size_t n)
{
    for (size_t c = 0; c < p->f->n_columns; c++) {
        if (may_be_id(&p->f->columns[c]) && has_last_word(&p->f->columns[c], words, n)) {
            pick(p, c);
        }
    }
}

static void pick_texts(struct picker *p)
{
    for (size_t c = 0; c < p->f->n_columns; c++) {
        if (may_be_id(&p->f->columns[c]) && is_text(&p->f->columns[c])) {
            pick(p, c);
        }
    }
}

static bool is_time_text(struct str text)
{
    struct timestamp unused;
    return timestamp_parse(text, &unused);
}

/* Columns of the wanted shape. */
static bool has_shape(const struct parquet_footer *f, size_t column, bool list)
{
    return list ? column_is_list(f, (uint32_t)column) : is_flat(&f->columns[column]);
}

/* Text is taken for times where the bounds of a row group say so: names alone ("date") prove
 * nothing of text. */
static bool may_be_time(const struct parquet_footer *f, size_t column)
{
    const struct parquet_column *c = &f->columns[column];
    for (size_t g = 0; column_is_time_text(c) && g < f->n_row_groups; g++) {
        const struct parquet_stats *stats = &f->row_groups[g].chunks[column].stats;
        if (stats->has_bounds) {
            return is_time_text(stats->min) && is_time_text(stats->max);
        }
    }
    return column_is_time(c);
}

static void pick_times_by_name(struct picker *p, bool list)
{
    for (size_t i = 0; i < COUNT(time_names); i++) {
        for (size_t c = 0; c < p->f->n_columns; c++) {
            if (has_shape(p->f, c, list) && may_be_time(p->f, c) &&
                has_name(&p->f->columns[c], time_names[i])) {
                pick(p, c);
            }
        }
    }
}

static void pick_times_by_type(struct picker *p, bool list)
{
    for (size_t c = 0; c < p->f->n_columns; c++) {
        if (has_shape(p->f, c, list) && column_is_time(&p->f->columns[c]) &&
            is_temporal(&p->f->columns[c])) {
            pick(p, c);
        }
    }
}

/* A name says more than a type: a list of that name goes before a column that merely holds times,
 * such as the day on which a series was recorded. */
static void pick_times(struct picker *p)
{
    pick_times_by_name(p, false);
    pick_times_by_name(p, true);
    pick_times_by_type(p, false);
    pick_times_by_type(p, true);
}

/* Single columns in order of trust, then pairs: those of better columns first. */
static void put_ids(const struct picker *p, struct arena *a, struct candidates *out)
{
    size_t paired = p->n < PAIRED_MAX ? p->n : PAIRED_MAX;
    out->ids = arena_array(a, p->n + PAIRED_MAX * PAIRED_MAX, sizeof *out->ids);
    for (size_t i = 0; i < p->n; i++) {
        out->ids[out->n_ids++] = (struct id_candidate){{p->out[i], 0}, 1};
    }
    for (size_t j = 1; j < paired; j++) {
        for (size_t i = 0; i < j; i++) {
            out->ids[out->n_ids++] = (struct id_candidate){{p->out[i], p->out[j]}, 2};
        }
    }
}

void candidates_find(const struct parquet_footer *f, struct arena *a, struct candidates *out)
{
    uint32_t singles[SINGLES_MAX];
    *out = (struct candidates){.times = arena_array(a, f->n_columns, sizeof *out->times)};
    struct picker times = {f, arena_array(a, f->n_columns, sizeof(bool)), out->times, 0,
                           f->n_columns};
    pick_times(&times);
    out->n_times = times.n;
    struct picker ids = {f, arena_array(a, f->n_columns, sizeof(bool)), singles, 0, SINGLES_MAX};
    pick_ids_by_name(&ids);
    pick_ids_by_word(&ids, id_words, COUNT(id_words));
    pick_ids_by_word(&ids, number_words, COUNT(number_words));
    pick_texts(&ids);
    put_ids(&ids, a, out);
}
