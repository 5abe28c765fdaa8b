#include "scan/period_reader.h"

#include <string.h>

#include "base/memory.h"

static enum error_code parse(struct period_reader *r, uint32_t code, struct error *err)
{
    struct str text = chunk_value(r->chunk, code);
    if (period_parse(text, &r->periods[code])) {
        return OK;
    }
    return error_set(err, ERR_UNSUPPORTED, "'%.*s' in column '%s' is no known period",
                     (int)(text.len < 40 ? text.len : 40), text.data, r->column->path);
}

/* Values may move with the next page: every code of these runs is read now. */
static enum error_code more_runs(struct period_reader *r, struct error *err)
{
    r->run = 0;
    enum error_code code = chunk_next_runs(r->chunk, r->runs, PERIOD_RUNS, &r->n_runs, err);
    size_t n = chunk_n_codes(r->chunk);
    if (!code && n > r->n_periods) {
        r->periods = mem_realloc(r->periods, n * sizeof *r->periods);
        memset(r->periods + r->n_periods, 0, (n - r->n_periods) * sizeof *r->periods);
        r->n_periods = n;
    }
    if (!code && r->n_runs == 0) {
        code =
            error_set(err, ERR_CORRUPT, "column '%s' ends before its row group", r->column->path);
    }
    for (size_t i = 0; !code && i < r->n_runs; i++) {
        uint32_t value = r->runs[i].code;
        if (value != CHUNK_NULL && r->periods[value].kind == PERIOD_NONE) {
            code = parse(r, value, err);
        }
    }
    return code;
}

enum error_code period_reader_next(struct period_reader *r, struct period *out, struct error *err)
{
    *out = r->all;
    if (!r->chunk) {
        return OK;
    }
    if (r->run == r->n_runs) {
        enum error_code code = more_runs(r, err);
        if (code) {
            return code;
        }
    }
    struct chunk_run *run = &r->runs[r->run];
    if (run->code == CHUNK_NULL) {
        return error_set(err, ERR_UNSUPPORTED, "a row of column '%s' has no period",
                         r->column->path);
    }
    *out = r->periods[run->code];
    r->run += --run->rows == 0;
    return OK;
}

void period_reader_close(struct period_reader *r)
{
    chunk_close(r->chunk);
    mem_free(r->periods);
    *r = (struct period_reader){0};
}
