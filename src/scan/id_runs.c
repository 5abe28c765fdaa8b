#include "scan/id_runs.h"

#include <string.h>

#include "model/series_id.h"
#include "scan/value_text.h"

/* Runs taken from a reader at once: large enough to hide the call, small enough for the cache. */
#define BATCH   2048
#define UNKNOWN UINT32_MAX

/* Pairs (left, code) -> number, in order of first sight. Open addressing on two packed 32-bit
 * halves. */
struct pair_table {
    uint64_t *keys;  /* slot -> pair */
    uint32_t *ids;   /* slot -> number, UNKNOWN where free */
    uint64_t *pairs; /* number -> pair */
    size_t n_slots, count, cap;
};

struct column_runs {
    struct id_source *source;
    struct chunk_run batch[BATCH];
    size_t at, n;
    uint64_t left;          /* rows of batch[at] not yet given out */
    struct pair_table fold; /* of this column's codes with everything left of it */
};

struct id_runs {
    struct id_source *sources;
    size_t n_sources;
    uint64_t rows_left;
    struct id_set *set;
    uint32_t *series_of; /* folded code -> series; UNKNOWN where not yet asked */
    size_t n_series_of;
    uint32_t null_series;                           /* one column: the series of NULL */
    struct strbuf text, part_texts[ID_COLUMNS_MAX]; /* of the id under way; kept, so that a new id
                                                       allocates nothing */
    struct column_runs columns[];
};

static uint64_t pair_hash(uint64_t pair)
{
    pair *= 0x9E3779B97F4A7C15ull;
    return pair ^ pair >> 29;
}

static size_t pair_slot(const struct pair_table *t, uint64_t pair)
{
    size_t at = pair_hash(pair) & (t->n_slots - 1);
    while (t->ids[at] != UNKNOWN && t->keys[at] != pair) {
        at = (at + 1) & (t->n_slots - 1);
    }
    return at;
}

static void pair_grow(struct pair_table *t)
{
    mem_free(t->keys);
    mem_free(t->ids);
    t->n_slots = t->n_slots ? t->n_slots * 2 : 64;
    t->keys = mem_alloc(t->n_slots * sizeof *t->keys);
    t->ids = mem_alloc(t->n_slots * sizeof *t->ids);
    memset(t->ids, 0xFF, t->n_slots * sizeof *t->ids);
    for (size_t i = 0; i < t->count; i++) {
        size_t at = pair_slot(t, t->pairs[i]);
        t->keys[at] = t->pairs[i];
        t->ids[at] = (uint32_t)i;
    }
}

static uint32_t pair_number(struct pair_table *t, uint32_t left, uint32_t code)
{
    uint64_t pair = (uint64_t)left << 32 | code;
    if ((t->count + 1) * 2 > t->n_slots) {
        pair_grow(t);
    }
    size_t at = pair_slot(t, pair);
    if (t->ids[at] == UNKNOWN) {
        t->pairs = mem_grow(t->pairs, t->count, &t->cap, sizeof *t->pairs);
        t->pairs[t->count] = pair;
        t->keys[at] = pair;
        t->ids[at] = (uint32_t)t->count++;
    }
    return t->ids[at];
}

struct id_runs *id_runs_open(struct id_source *sources, size_t n, uint64_t rows, struct id_set *set)
{
    struct id_runs *r = mem_zalloc(sizeof *r + n * sizeof r->columns[0]);
    r->sources = sources;
    r->n_sources = n;
    r->rows_left = rows;
    r->set = set;
    r->null_series = UNKNOWN;
    strbuf_init(&r->text, ID_TEXT_MAX * 4);
    for (size_t i = 0; i < n; i++) {
        r->columns[i].source = &sources[i];
        strbuf_init(&r->part_texts[i], ID_TEXT_MAX);
    }
    return r;
}

void id_runs_close(struct id_runs *r)
{
    if (!r) {
        return;
    }
    for (size_t i = 0; i < r->n_sources; i++) {
        mem_free(r->columns[i].fold.keys);
        mem_free(r->columns[i].fold.ids);
        mem_free(r->columns[i].fold.pairs);
        strbuf_free(&r->part_texts[i]);
    }
    strbuf_free(&r->text);
    mem_free(r->series_of);
    mem_free(r);
}

/* Make sure that the column has a run to give; a constant column is one run as long as the row
 * group. */
static enum error_code fill(struct id_runs *r, struct column_runs *c, struct error *err)
{
    while (c->left == 0) {
        if (c->at + 1 < c->n) {
            c->left = c->batch[++c->at].rows;
            continue;
        }
        c->at = 0;
        if (!c->source->reader) {
            c->batch[0] = (struct chunk_run){c->source->constant_null ? CHUNK_NULL : 0, 0};
            c->n = 1;
            c->left = r->rows_left;
            return OK;
        }
        enum error_code code = chunk_next_runs(c->source->reader, c->batch, BATCH, &c->n, err);
        if (code) {
            return code;
        }
        if (c->n == 0) {
            return error_set(err, ERR_CORRUPT, "column '%s' ends %llu rows before its row group",
                             c->source->column->path, (unsigned long long)r->rows_left);
        }
        c->left = c->batch[0].rows;
    }
    return OK;
}

static enum error_code part_text(const struct id_source *s, uint32_t code, struct strbuf *out,
                                 struct str *part, struct error *err)
{
    strbuf_clear(out);
    if (code == CHUNK_NULL) {
        *part = str_n(NULL, 0);
        return OK;
    }
    struct str plain = s->reader ? chunk_value(s->reader, code) : s->constant;
    enum error_code failed = scan_value_text(s->column, plain, out, err);
    *part = strbuf_view(out);
    return failed;
}

/* The codes of all columns behind a folded number, right to left. */
static void unfold(const struct id_runs *r, uint32_t number, uint32_t *codes)
{
    for (size_t i = r->n_sources; i-- > 1;) {
        uint64_t pair = r->columns[i].fold.pairs[number];
        codes[i] = (uint32_t)pair;
        number = (uint32_t)(pair >> 32);
    }
    codes[0] = number;
}

/* Enter the series of these codes into the file's set: once per distinct key of a row group. */
static enum error_code intern(struct id_runs *r, const uint32_t *codes, uint32_t *series,
                              struct error *err)
{
    struct str parts[ID_COLUMNS_MAX] = {{0}};
    for (size_t i = 0; i < r->n_sources; i++) {
        enum error_code code =
            part_text(&r->sources[i], codes[i], &r->part_texts[i], &parts[i], err);
        if (code) {
            return code;
        }
    }
    strbuf_clear(&r->text);
    series_id_format(parts, r->n_sources, &r->text);
    if (r->text.overflow) {
        return error_set(err, ERR_LIMIT, "an id is longer than %zu bytes", ID_TEXT_MAX);
    }
    struct map *texts = &r->set->texts;
    if (texts->count >= UNKNOWN - 1) {
        return error_set(err, ERR_LIMIT, "more than %u series in one file", UNKNOWN - 1);
    }
    *series = (uint32_t)(map_put(texts, strbuf_view(&r->text), NULL) - texts->entries);
    return OK;
}

static enum error_code series_of(struct id_runs *r, uint32_t number, uint32_t *series,
                                 struct error *err)
{
    if (r->n_sources == 1 && number == CHUNK_NULL) {
        enum error_code code = OK;
        if (r->null_series == UNKNOWN) {
            code = intern(r, &number, &r->null_series, err);
        }
        *series = r->null_series;
        return code;
    }
    if (number >= r->n_series_of) {
        size_t grown = r->n_series_of ? r->n_series_of * 2 : 256;
        grown = grown > number ? grown : (size_t)number + 1;
        r->series_of = mem_realloc(r->series_of, grown * sizeof *r->series_of);
        memset(r->series_of + r->n_series_of, 0xFF,
               (grown - r->n_series_of) * sizeof *r->series_of);
        r->n_series_of = grown;
    }
    if (r->series_of[number] == UNKNOWN) {
        uint32_t codes[ID_COLUMNS_MAX] = {0};
        unfold(r, number, codes);
        enum error_code code = intern(r, codes, &r->series_of[number], err);
        if (code) {
            return code;
        }
    }
    *series = r->series_of[number];
    return OK;
}

/* Runs behind the current one, which has been given out, as long as they are whole and of known
 * series: most are, and of interleaved series there is one a row. */
static size_t known_runs(struct id_runs *r, struct id_run *out, size_t cap)
{
    struct column_runs *c = &r->columns[0];
    uint64_t rows_left = r->rows_left;
    size_t n = 0, at = c->at + 1, end = c->n;
    end = end - at < cap ? end : at + cap;
    for (; at < end; at++) {
        struct chunk_run run = c->batch[at];
        if (run.rows == 0 || run.rows > rows_left || run.code >= r->n_series_of ||
            r->series_of[run.code] == UNKNOWN) {
            break;
        }
        out[n++] = (struct id_run){r->series_of[run.code], run.rows};
        rows_left -= run.rows;
    }
    c->at = at - 1;
    r->rows_left = rows_left;
    return n;
}

/* One column: each run of the reader is a run of the series, as it comes. */
static enum error_code next_single(struct id_runs *r, struct id_run *out, size_t cap, size_t *n,
                                   struct error *err)
{
    struct column_runs *c = &r->columns[0];
    while (*n < cap && r->rows_left) {
        enum error_code code = fill(r, c, err);
        if (code) {
            return code;
        }
        uint64_t rows = c->left < UINT32_MAX ? c->left : UINT32_MAX;
        if (rows > r->rows_left) {
            return error_set(err, ERR_CORRUPT, "column '%s' has more rows than its row group",
                             c->source->column->path);
        }
        uint32_t number = c->batch[c->at].code;
        if (number < r->n_series_of && r->series_of[number] != UNKNOWN) {
            out[*n].series = r->series_of[number];
        } else if ((code = series_of(r, number, &out[*n].series, err))) {
            return code;
        }
        out[(*n)++].rows = (uint32_t)rows;
        c->left -= rows;
        r->rows_left -= rows;
        if (c->left == 0) {
            *n += known_runs(r, out + *n, cap - *n);
        }
    }
    return OK;
}

/* Several columns: the next piece is as long as the shortest run at hand. */
static enum error_code next_folded(struct id_runs *r, struct id_run *out, struct error *err)
{
    uint64_t rows = r->rows_left < UINT32_MAX ? r->rows_left : UINT32_MAX;
    uint32_t number = 0;
    for (size_t i = 0; i < r->n_sources; i++) {
        struct column_runs *c = &r->columns[i];
        enum error_code code = fill(r, c, err);
        if (code) {
            return code;
        }
        rows = c->left < rows ? c->left : rows;
        number = i ? pair_number(&c->fold, number, c->batch[c->at].code) : c->batch[c->at].code;
    }
    for (size_t i = 0; i < r->n_sources; i++) {
        r->columns[i].left -= rows;
    }
    r->rows_left -= rows;
    out->rows = (uint32_t)rows;
    return series_of(r, number, &out->series, err);
}

enum error_code id_runs_next(struct id_runs *r, struct id_run *out, size_t cap, size_t *n,
                             struct error *err)
{
    *n = 0;
    if (r->n_sources == 1) {
        return next_single(r, out, cap, n, err);
    }
    while (*n < cap && r->rows_left) {
        enum error_code code = next_folded(r, &out[*n], err);
        if (code) {
            return code;
        }
        (*n)++;
    }
    return OK;
}
