#include "scan/id_runs.h"

#include <string.h>

#include "model/series_id.h"
#include "scan/value_text.h"

/* Runs taken from a reader at once: large enough to hide the call, small enough for the cache. */
#define BATCH   2048
#define UNKNOWN UINT32_MAX
/* A code that waits for its series. */
#define ASKED (UINT32_MAX - 1)

struct pair_slot {
    uint64_t pair;   /* two packed 32-bit halves */
    uint32_t number; /* + 1; 0 is free */
};

/* Pairs (left, code) -> number, in order of first sight. Open addressing. */
struct pair_table {
    struct pair_slot *slots;
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
    uint64_t rows, rows_left;
    struct id_set *set;
    size_t had;          /* series in the set before this row group */
    uint32_t *series_of; /* folded code -> series; UNKNOWN where not yet asked */
    size_t n_series_of;
    struct strbuf text, part_texts[ID_COLUMNS_MAX]; /* of the id under way; kept, so that a new id
                                                       allocates nothing */
    struct id_batch batch;                          /* under way */
    struct id_batch held;                           /* what id_runs_next has not given out yet */
    struct id_run runs[BATCH];
    uint32_t series[BATCH];
    uint32_t fresh[BATCH]; /* codes that are ASKED for */
    struct str values[BATCH];
    int64_t numbers[BATCH];
    struct column_runs columns[];
};

static uint64_t pair_hash(uint64_t pair)
{
    pair *= 0x9E3779B97F4A7C15ull;
    return pair ^ pair >> 29;
}

static inline struct pair_slot *pair_find(const struct pair_table *t, uint64_t pair)
{
    size_t at = pair_hash(pair) & (t->n_slots - 1);
    while (t->slots[at].number && t->slots[at].pair != pair) {
        at = (at + 1) & (t->n_slots - 1);
    }
    return &t->slots[at];
}

static void pair_grow(struct pair_table *t)
{
    mem_free(t->slots);
    t->n_slots = t->n_slots ? t->n_slots * 2 : 64;
    t->slots = mem_zalloc(t->n_slots * sizeof *t->slots);
    for (size_t i = 0; i < t->count; i++) {
        *pair_find(t, t->pairs[i]) = (struct pair_slot){t->pairs[i], (uint32_t)i + 1};
    }
}

static uint32_t pair_add(struct pair_table *t, uint64_t pair)
{
    if ((t->count + 1) * 2 > t->n_slots) {
        pair_grow(t);
    }
    t->pairs = mem_grow(t->pairs, t->count, &t->cap, sizeof *t->pairs);
    t->pairs[t->count] = pair;
    *pair_find(t, pair) = (struct pair_slot){pair, (uint32_t)++t->count};
    return (uint32_t)t->count - 1;
}

static inline uint32_t pair_number(struct pair_table *t, uint32_t left, uint32_t code)
{
    uint64_t pair = (uint64_t)left << 32 | code;
    if (t->n_slots) {
        const struct pair_slot *slot = pair_find(t, pair);
        if (slot->number) {
            return slot->number - 1;
        }
    }
    return pair_add(t, pair);
}

/* What series are known by is the same in all row groups of a file. */
static void choose_kind(struct id_set *set, const struct parquet_column *c)
{
    if (scan_value_is_integer(c)) {
        set->kind = ID_NUMBERS;
        set->is_signed = c->is_signed;
    } else if (scan_value_is_text(c)) {
        set->kind = ID_STRINGS;
    }
}

struct id_runs *id_runs_open(struct id_source *sources, size_t n, uint64_t rows, struct id_set *set)
{
    if (set->count == 0 && n == 1) {
        choose_kind(set, sources[0].column);
    }
    struct id_runs *r = mem_zalloc(sizeof *r + n * sizeof r->columns[0]);
    r->sources = sources;
    r->n_sources = n;
    r->rows = r->rows_left = rows;
    r->set = set;
    r->had = set->count;
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
        mem_free(r->columns[i].fold.slots);
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

static enum error_code too_many(struct error *err)
{
    return error_set(err, ERR_LIMIT, "more than %u series in one file", UNKNOWN - 2);
}

static enum error_code too_long(struct error *err)
{
    return error_set(err, ERR_LIMIT, "an id is longer than %zu bytes", ID_TEXT_MAX);
}

/* Enter the text of an id's parts into the set. */
static enum error_code put_parts(struct id_runs *r, const struct str *parts, uint32_t *series,
                                 struct error *err)
{
    strbuf_clear(&r->text);
    series_id_format(parts, r->n_sources, &r->text);
    if (r->text.overflow) {
        return too_long(err);
    }
    struct str text = strbuf_view(&r->text);
    return id_set_put_strs(r->set, &text, 1, series) ? OK : too_many(err);
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
    return put_parts(r, parts, series, err);
}

static void reserve_codes(struct id_runs *r, size_t n)
{
    if (n > r->n_series_of) {
        size_t grown = r->n_series_of * 2 > n ? r->n_series_of * 2 : n;
        grown = grown > 256 ? grown : 256;
        r->series_of = mem_realloc(r->series_of, grown * sizeof *r->series_of);
        memset(r->series_of + r->n_series_of, 0xFF,
               (grown - r->n_series_of) * sizeof *r->series_of);
        r->n_series_of = grown;
    }
}

/* ---- one column ---- */

/* PLAIN bytes of any type but strings and integers, through their text. */
static enum error_code put_texts(struct id_runs *r, const struct str *v, size_t n, uint32_t *series,
                                 struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        struct strbuf *text = &r->part_texts[0];
        strbuf_clear(text);
        enum error_code code = scan_value_text(r->sources[0].column, v[i], text, err);
        struct str part = strbuf_view(text);
        if (!code) {
            code = put_parts(r, &part, &series[i], err);
        }
        if (code) {
            return code;
        }
    }
    return OK;
}

/* Of one width, that of the column. */
static int64_t load_number(const struct parquet_column *c, struct str plain)
{
    if (plain.len == 4) {
        int32_t v;
        memcpy(&v, plain.data, sizeof v);
        return c->is_signed ? v : (int64_t)(uint32_t)v;
    }
    int64_t v = 0;
    memcpy(&v, plain.data, plain.len < sizeof v ? plain.len : sizeof v);
    return v;
}

/* The series of at most BATCH values in their PLAIN bytes. */
static enum error_code put_values(struct id_runs *r, const struct str *v, size_t n,
                                  uint32_t *series, struct error *err)
{
    const struct parquet_column *c = r->sources[0].column;
    if (r->set->kind == ID_TEXTS) {
        return put_texts(r, v, n, series, err);
    }
    if (r->set->kind == ID_NUMBERS) {
        for (size_t i = 0; i < n; i++) {
            r->numbers[i] = load_number(c, v[i]);
        }
        return id_set_put_numbers(r->set, r->numbers, n, series) ? OK : too_many(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (v[i].len > ID_TEXT_MAX) {
            return too_long(err);
        }
    }
    return id_set_put_strs(r->set, v, n, series) ? OK : too_many(err);
}

static enum error_code put_ints(struct id_runs *r, const int64_t *v, size_t n, uint32_t *series,
                                struct error *err)
{
    if (r->set->kind == ID_NUMBERS) {
        return id_set_put_numbers(r->set, v, n, series) ? OK : too_many(err);
    }
    size_t width = r->sources[0].column->physical == PARQUET_INT32 ? 4 : 8;
    for (size_t i = 0; i < n; i++) {
        r->values[i] = str_n(&v[i], width); /* the lower half comes first */
    }
    return put_values(r, r->values, n, series, err);
}

static enum error_code put_null(struct id_runs *r, uint32_t *series, struct error *err)
{
    const struct str null = {0};
    if (r->set->kind == ID_TEXTS) {
        return put_parts(r, &null, series, err);
    }
    return id_set_put_null(r->set, series) ? OK : too_many(err);
}

/* Ask for the series of a code, unless that was done. */
static inline void ask(struct id_runs *r, uint32_t code, size_t *n)
{
    if (r->series_of[code] == UNKNOWN) {
        r->series_of[code] = ASKED;
        r->fresh[(*n)++] = code;
    }
}

/* Enter the `n` codes that were asked for. */
static enum error_code answer(struct id_runs *r, size_t n, struct error *err)
{
    if (n == 0) {
        return OK;
    }
    for (size_t i = 0; i < n; i++) {
        r->values[i] = chunk_value(r->sources[0].reader, r->fresh[i]);
    }
    enum error_code code = put_values(r, r->values, n, r->series, err);
    for (size_t i = 0; !code && i < n; i++) {
        r->series_of[r->fresh[i]] = r->series[i];
    }
    return code;
}

/* The series of `n` codes; false where one of them is not known yet. */
static bool series_of_codes(const struct id_runs *r, const uint32_t *codes, size_t n,
                            uint32_t *series)
{
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t of = r->series_of[codes[i]];
        series[i] = of;
        most = of > most ? of : most;
    }
    return most < ASKED;
}

/* Once a dictionary is known, which is soon, one look a row is all. */
static enum error_code map_codes(struct id_runs *r, const struct chunk_batch *b, struct error *err)
{
    r->batch.series = r->series;
    if (series_of_codes(r, b->codes, b->n, r->series)) {
        return OK;
    }
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) {
        ask(r, b->codes[i], &n);
    }
    enum error_code code = answer(r, n, err);
    for (size_t i = 0; !code && i < b->n; i++) {
        r->series[i] = r->series_of[b->codes[i]];
    }
    return code;
}

static enum error_code map_runs(struct id_runs *r, const struct chunk_batch *b, struct error *err)
{
    size_t n = 0;
    bool nulls = false;
    uint32_t null = UNKNOWN;
    for (size_t i = 0; i < b->n; i++) {
        if (b->runs[i].code == CHUNK_NULL) {
            nulls = true;
        } else {
            ask(r, b->runs[i].code, &n);
        }
    }
    enum error_code code = answer(r, n, err);
    if (!code && nulls) {
        code = put_null(r, &null, err);
    }
    for (size_t i = 0; !code && i < b->n; i++) {
        uint32_t of = b->runs[i].code;
        r->runs[i] = (struct id_run){of == CHUNK_NULL ? null : r->series_of[of], b->runs[i].rows};
    }
    r->batch.runs = r->runs;
    return code;
}

/* The rows that are left may bring new series as often as those so far. */
static void expect_series(struct id_runs *r)
{
    uint64_t rows = r->rows - r->rows_left;
    if (rows) {
        double share = (double)(r->set->count - r->had) / (double)rows;
        id_set_expect(r->set, r->set->count + (size_t)(share * (double)r->rows_left));
    }
}

static enum error_code map_values(struct id_runs *r, const struct chunk_batch *b, struct error *err)
{
    expect_series(r);
    enum error_code code = b->ints ? put_ints(r, b->ints, b->n, r->series, err)
                                   : put_values(r, b->strs, b->n, r->series, err);
    for (size_t i = 0; i < b->n; i++) {
        r->runs[i] = (struct id_run){r->series[i], b->rows[i]};
    }
    r->batch.runs = r->runs;
    return code;
}

/* Take the rows of the batch off those that are left. */
static enum error_code count_rows(struct id_runs *r, struct error *err)
{
    uint64_t rows = r->batch.runs ? 0 : r->batch.n;
    for (size_t i = 0; r->batch.runs && i < r->batch.n; i++) {
        rows += r->batch.runs[i].rows;
    }
    if (rows > r->rows_left) {
        return error_set(err, ERR_CORRUPT, "column '%s' has more rows than its row group",
                         r->sources[0].column->path);
    }
    r->rows_left -= rows;
    return OK;
}

static enum error_code next_single(struct id_runs *r, struct error *err)
{
    struct chunk_batch b;
    enum error_code code = chunk_next_batch(r->sources[0].reader, &b, err);
    if (code) {
        return code;
    }
    if (b.n == 0) {
        return error_set(err, ERR_CORRUPT, "column '%s' ends %llu rows before its row group",
                         r->sources[0].column->path, (unsigned long long)r->rows_left);
    }
    r->batch.n = b.n;
    size_t n_codes = chunk_n_codes(r->sources[0].reader);
    if (n_codes > r->n_series_of) {
        id_set_reserve(r->set, n_codes);
    }
    reserve_codes(r, n_codes);
    code = b.codes ? map_codes(r, &b, err) : b.runs ? map_runs(r, &b, err) : map_values(r, &b, err);
    return code ? code : count_rows(r, err);
}

/* A constant column is one run as long as the row group; 32 bits of it at a time. */
static enum error_code next_constant(struct id_runs *r, struct error *err)
{
    const struct id_source *s = &r->sources[0];
    uint64_t rows = r->rows_left < UINT32_MAX ? r->rows_left : UINT32_MAX;
    enum error_code code = s->constant_null
                               ? put_null(r, &r->runs[0].series, err)
                               : put_values(r, &s->constant, 1, &r->runs[0].series, err);
    r->runs[0].rows = (uint32_t)rows;
    r->batch = (struct id_batch){.n = 1, .runs = r->runs};
    r->rows_left -= rows;
    return code;
}

/* ---- several columns ---- */

static enum error_code series_of(struct id_runs *r, uint32_t number, uint32_t *series,
                                 struct error *err)
{
    reserve_codes(r, (size_t)number + 1);
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

/* The next piece is as long as the shortest run at hand. Every column has one, and has when this
 * returns true again. */
static inline bool fold_piece(struct id_runs *r, uint32_t *number, uint64_t *rows)
{
    uint32_t folded = r->columns[0].batch[r->columns[0].at].code;
    uint64_t shortest = r->columns[0].left;
    for (size_t i = 1; i < r->n_sources; i++) {
        struct column_runs *c = &r->columns[i];
        shortest = c->left < shortest ? c->left : shortest;
        folded = pair_number(&c->fold, folded, c->batch[c->at].code);
    }
    shortest = shortest < r->rows_left ? shortest : r->rows_left;
    shortest = shortest < UINT32_MAX ? shortest : UINT32_MAX;
    bool at_hand = true;
    for (size_t i = 0; i < r->n_sources; i++) {
        struct column_runs *c = &r->columns[i];
        c->left -= shortest;
        if (c->left == 0 && c->at + 1 < c->n) {
            c->left = c->batch[++c->at].rows;
        }
        at_hand &= c->left != 0;
    }
    *number = folded;
    *rows = shortest;
    return at_hand;
}

/* Pieces until a column has to be asked again. */
static enum error_code fold_batch(struct id_runs *r, size_t *n, struct error *err)
{
    bool more = true;
    while (more && *n < BATCH && r->rows_left) {
        uint32_t number;
        uint64_t rows;
        more = fold_piece(r, &number, &rows);
        struct id_run *run = &r->runs[(*n)++];
        run->rows = (uint32_t)rows;
        r->rows_left -= rows;
        if (number < r->n_series_of && r->series_of[number] != UNKNOWN) {
            run->series = r->series_of[number];
            continue;
        }
        enum error_code code = series_of(r, number, &run->series, err);
        if (code) {
            return code;
        }
    }
    return OK;
}

static enum error_code next_folds(struct id_runs *r, struct error *err)
{
    size_t n = 0;
    enum error_code code = OK;
    while (!code && n < BATCH && r->rows_left) {
        for (size_t i = 0; i < r->n_sources && !code; i++) {
            code = fill(r, &r->columns[i], err);
        }
        code = code ? code : fold_batch(r, &n, err);
    }
    r->batch = (struct id_batch){.n = n, .runs = r->runs};
    return code;
}

enum error_code id_runs_next_batch(struct id_runs *r, struct id_batch *out, struct error *err)
{
    enum error_code code = OK;
    r->batch = (struct id_batch){0};
    if (r->rows_left == 0) {
        *out = r->batch;
        return OK;
    }
    if (r->n_sources > 1) {
        code = next_folds(r, err);
    } else {
        code = r->sources[0].reader ? next_single(r, err) : next_constant(r, err);
    }
    *out = code ? (struct id_batch){0} : r->batch;
    return code;
}

enum error_code id_runs_next(struct id_runs *r, struct id_run *out, size_t cap, size_t *n,
                             struct error *err)
{
    *n = 0;
    if (r->held.n == 0) {
        enum error_code code = id_runs_next_batch(r, &r->held, err);
        if (code) {
            return code;
        }
    }
    struct id_batch *b = &r->held;
    size_t some = b->n < cap ? b->n : cap;
    for (size_t i = 0; i < some; i++) {
        out[i] = b->runs ? b->runs[i] : (struct id_run){b->series[i], 1};
    }
    b->runs = b->runs ? b->runs + some : NULL;
    b->series = b->series ? b->series + some : NULL;
    b->n -= some;
    *n = some;
    return OK;
}
