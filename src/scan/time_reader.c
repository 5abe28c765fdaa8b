#include "scan/time_reader.h"

#include <string.h>

#include "base/memory.h"
#include "format/timestamp.h"

/* Rows of a batch of text; runs looked at in one go. Fits the first-level cache. */
#define TEXT_ROWS 1024
#define TEXT_RUNS 256

enum text_state { TEXT_UNREAD, TEXT_TIME, TEXT_EMPTY };

/* What a code of the chunk stands for. */
struct text_time {
    int64_t t;
    enum text_state state;
};

struct time_reader {
    struct chunk_reader *chunk;
    const struct parquet_column *column;
    enum time_unit unit;
    bool is_text;
    struct time_remarks remarks;
    struct text_time *texts; /* one a code */
    size_t n_texts;
    struct chunk_run runs[TEXT_RUNS];
    size_t n_runs, run; /* runs[run] is the next; its rows count what is left of it */
    int64_t values[TEXT_ROWS];
    uint8_t valid[TEXT_ROWS];
};

enum error_code time_reader_open(const struct parquet_footer *f, size_t row_group, uint32_t column,
                                 const struct chunk_piece *piece, enum time_unit unit,
                                 struct counters *counters, struct time_reader **out,
                                 struct error *err)
{
    struct chunk_reader *chunk;
    *out = NULL;
    enum error_code code =
        chunk_open(f, row_group, column, piece, 1, PARQUET_PAGE_MAX, counters, &chunk, err);
    if (code) {
        return code;
    }
    struct time_reader *r = mem_zalloc(sizeof *r);
    r->chunk = chunk;
    r->column = &f->columns[column];
    r->unit = unit;
    r->is_text = column_is_time_text(r->column);
    *out = r;
    return OK;
}

void time_reader_close(struct time_reader *r)
{
    if (r) {
        chunk_close(r->chunk);
        mem_free(r->texts);
        mem_free(r);
    }
}

struct time_remarks time_reader_remarks(const struct time_reader *r)
{
    struct time_remarks remarks = r->remarks;
    remarks.rounded = chunk_int96_rounded(r->chunk);
    return remarks;
}

void time_remarks_add(struct time_remarks *all, struct time_remarks more)
{
    all->rounded |= more.rounded;
    all->zoned |= more.zoned;
    all->local |= more.local;
}

/* Enough of a value to find it, as one line for people. */
static int shown_length(struct str text)
{
    const int most = 40;
    return text.len < (size_t)most ? (int)text.len : most;
}

static enum error_code parse(struct time_reader *r, uint32_t code, struct error *err)
{
    struct text_time *t = &r->texts[code];
    struct str text = chunk_value(r->chunk, code);
    struct timestamp stamp;
    bool lost;
    if (str_trim(text).len == 0) {
        t->state = TEXT_EMPTY;
        return OK;
    }
    if (!timestamp_parse(text, &stamp)) {
        return error_set(err, ERR_UNSUPPORTED, "'%.*s' in time column '%s' is no ISO 8601 time",
                         shown_length(text), text.data, r->column->path);
    }
    if (!timestamp_to_unit(&stamp, r->unit, &t->t, &lost) || lost) {
        return error_set(err, ERR_LIMIT, "'%.*s' in time column '%s' does not fit 64 bits in %s",
                         shown_length(text), text.data, r->column->path, time_unit_name(r->unit));
    }
    t->state = TEXT_TIME;
    r->remarks.zoned |= stamp.zoned;
    r->remarks.local |= !stamp.zoned;
    if (r->remarks.zoned && r->remarks.local) {
        return error_set(err, ERR_UNSUPPORTED,
                         "some times of column '%s' have an offset from UTC, others have none",
                         r->column->path);
    }
    return OK;
}

static enum error_code more_runs(struct time_reader *r, struct error *err)
{
    r->run = 0;
    enum error_code code = chunk_next_runs(r->chunk, r->runs, TEXT_RUNS, &r->n_runs, err);
    size_t n = chunk_n_codes(r->chunk);
    if (!code && n > r->n_texts) {
        r->texts = mem_realloc(r->texts, n * sizeof *r->texts);
        memset(r->texts + r->n_texts, 0, (n - r->n_texts) * sizeof *r->texts);
        r->n_texts = n;
    }
    /* Values may move with the next page: every code of these runs is read now. */
    for (size_t i = 0; !code && i < r->n_runs; i++) {
        uint32_t value = r->runs[i].code;
        if (value != CHUNK_NULL && r->texts[value].state == TEXT_UNREAD) {
            code = parse(r, value, err);
        }
    }
    return code;
}

/* Rows of the next run to the batch; how many it holds then. */
static size_t expand(struct time_reader *r, size_t at)
{
    struct chunk_run *run = &r->runs[r->run];
    size_t n = run->rows < TEXT_ROWS - at ? run->rows : TEXT_ROWS - at;
    bool is_null = run->code == CHUNK_NULL || r->texts[run->code].state == TEXT_EMPTY;
    int64_t t = is_null ? 0 : r->texts[run->code].t;
    for (size_t i = 0; i < n; i++) {
        r->values[at + i] = t;
        r->valid[at + i] = !is_null;
    }
    run->rows -= (uint32_t)n;
    r->run += run->rows == 0;
    return at + n;
}

static enum error_code next_texts(struct time_reader *r, struct chunk_i64s *out, struct error *err)
{
    *out = (struct chunk_i64s){0};
    if (r->run == r->n_runs) {
        enum error_code code = more_runs(r, err);
        if (code) {
            return code;
        }
    }
    size_t n = 0;
    while (n < TEXT_ROWS && r->run < r->n_runs) {
        n = expand(r, n);
    }
    *out = (struct chunk_i64s){r->values, memchr(r->valid, 0, n) ? r->valid : NULL, n};
    return OK;
}

enum error_code time_reader_next(struct time_reader *r, struct chunk_i64s *out, struct error *err)
{
    return r->is_text ? next_texts(r, out, err) : chunk_next_i64(r->chunk, r->unit, out, err);
}
