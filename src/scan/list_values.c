#include "scan/list_values.h"

#include "base/memory.h"

#define NULLS 1024

enum error_code list_next(struct chunk_reader *r, const struct parquet_column *column,
                          struct chunk_lists *lists, size_t *at, uint64_t *elements, bool *valid,
                          struct error *err)
{
    if (*at == lists->n) {
        *at = 0;
        enum error_code code = chunk_next_lists(r, lists, err);
        if (code) {
            return code;
        }
        if (lists->n == 0) {
            return error_set(err, ERR_CORRUPT, "column '%s' ends before its row group",
                             column->path);
        }
    }
    *elements = lists->elements[*at];
    *valid = lists->valid[*at];
    ++*at;
    return OK;
}

static void note(struct list_values *l, enum list_piece_kind kind, uint64_t n)
{
    if (l->piece == l->n_pieces) {
        l->piece = l->n_pieces = 0;
    }
    if (n == 0) {
        return;
    }
    if (l->n_pieces > l->piece && l->pieces[l->n_pieces - 1].kind == kind) {
        l->pieces[l->n_pieces - 1].n += n;
        return;
    }
    l->pieces = mem_grow(l->pieces, l->n_pieces, &l->cap_pieces, sizeof *l->pieces);
    l->pieces[l->n_pieces++] = (struct list_piece){kind, n};
}

enum error_code list_values_expect(struct list_values *l, uint64_t records, bool valid,
                                   struct error *err)
{
    uint64_t elements = records;
    if (l->lengths && !l->uneven) {
        enum error_code code =
            list_next(l->lengths, l->column, &l->lists, &l->list_at, &elements, &valid, err);
        if (code) {
            return code;
        }
        l->uneven = valid && elements != records;
    }
    if (l->uneven) {
        note(l, LIST_NULLS, records);
        return OK;
    }
    note(l, elements ? LIST_TAKE : LIST_SKIP, elements ? elements : 1);
    if (!valid) {
        note(l, LIST_NULLS, records);
    }
    return OK;
}

/* At least one entry at hand. */
static enum error_code need_entries(struct list_values *l, struct error *err)
{
    if (l->at < l->batch.n) {
        return OK;
    }
    l->at = 0;
    enum error_code code = chunk_next_f64(l->values, &l->batch, err);
    if (!code && l->batch.n == 0) {
        code =
            error_set(err, ERR_CORRUPT, "column '%s' ends before its row group", l->column->path);
    }
    return code;
}

static void hand_out_nulls(size_t n, struct chunk_f64s *out)
{
    static const double zeros[NULLS];
    static const uint8_t none[NULLS];
    *out = (struct chunk_f64s){.values = zeros, .valid = none, .n = n};
}

static void hand_out(const struct list_values *l, size_t n, struct chunk_f64s *out)
{
    const struct chunk_f64s *b = &l->batch;
    *out = (struct chunk_f64s){.values = b->values + l->at,
                               .valid = b->valid ? b->valid + l->at : NULL,
                               .integers = b->integers ? b->integers + l->at : NULL,
                               .n = n,
                               .inexact = b->inexact};
}

enum error_code list_values_next(struct list_values *l, struct chunk_f64s *out, struct error *err)
{
    *out = (struct chunk_f64s){0};
    while (l->piece < l->n_pieces && out->n == 0) {
        struct list_piece *p = &l->pieces[l->piece];
        size_t most = NULLS;
        if (p->kind != LIST_NULLS) {
            enum error_code code = need_entries(l, err);
            if (code) {
                return code;
            }
            most = l->batch.n - l->at;
        }
        size_t n = p->n < most ? (size_t)p->n : most;
        if (p->kind == LIST_NULLS) {
            hand_out_nulls(n, out);
        } else {
            if (p->kind == LIST_TAKE) {
                hand_out(l, n, out);
            }
            l->at += n;
        }
        p->n -= n;
        l->piece += p->n == 0;
    }
    return OK;
}

void list_values_close(struct list_values *l)
{
    chunk_close(l->lengths);
    chunk_close(l->values);
    mem_free(l->pieces);
    *l = (struct list_values){0};
}
