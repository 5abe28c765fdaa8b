#include "scan/value_order.h"

#include <string.h>

#include "base/memory.h"

static uint32_t span_of(const struct value_builder *b, uint32_t series)
{
    const struct span_builder *s = b->spans;
    return s->span_of[series] - 1 - (uint32_t)s->group_start;
}

static struct value_piece *add_piece(struct value_builder *b, struct value_piece p)
{
    b->pieces = mem_grow(b->pieces, b->n_pieces, &b->cap_pieces, sizeof *b->pieces);
    b->pieces[b->n_pieces] = p;
    return &b->pieces[b->n_pieces++];
}

static bool ascends(const int64_t *t, size_t n)
{
    bool back = false;
    for (size_t i = 1; i < n; i++) {
        back |= t[i] < t[i - 1];
    }
    return !back;
}

/* Each span in one piece, in order, and no row without a time: nothing needs to move. */
static bool lies_in_order(struct value_builder *b)
{
    uint32_t from = 0;
    size_t n_spans = b->spans->n - b->spans->group_start;
    b->n_pieces = 0;
    if (b->n_runs > n_spans || (b->has_times && b->some_timeless)) {
        return false;
    }
    uint8_t *seen = mem_zalloc(n_spans);
    bool in_order = true;
    for (size_t i = 0; i < b->n_runs && in_order; i++) {
        uint32_t span = span_of(b, b->runs[i].series), rows = b->runs[i].rows;
        in_order = !seen[span] && (!b->has_times || ascends(b->times + from, rows));
        seen[span] = 1;
        add_piece(b, (struct value_piece){span, from, rows, 0});
        from += rows;
    }
    mem_free(seen);
    return in_order;
}

struct row_time {
    int64_t t;
    uint32_t row;
};

/* Merge sort: rows of the same time stay in their order, and parts that ascend already cost
 * nothing. */
static void sort_rows(struct row_time *v, struct row_time *scratch, size_t n)
{
    if (n < 2) {
        return;
    }
    size_t half = n / 2, i = 0, k = half, out = 0;
    sort_rows(v, scratch, half);
    sort_rows(v + half, scratch, n - half);
    if (v[half - 1].t <= v[half].t) {
        return;
    }
    memcpy(scratch, v, half * sizeof *v);
    while (i < half && k < n) {
        v[out++] = scratch[i].t <= v[k].t ? scratch[i++] : v[k++];
    }
    memcpy(v + out, scratch + i, (half - i) * sizeof *v);
}

/* The rows of a piece, which are in row order, by time; those without one behind. */
static void order_piece(struct value_builder *b, struct value_piece *p, struct row_time *rows,
                        struct row_time *scratch, uint32_t *timeless)
{
    uint32_t n = p->timed, timed = 0, without = 0, *order = b->order + p->from;
    for (uint32_t i = 0; i < n; i++) {
        if (b->timed[order[i]]) {
            rows[timed++] = (struct row_time){b->times[order[i]], order[i]};
        } else {
            timeless[without++] = order[i];
        }
    }
    sort_rows(rows, scratch, timed);
    for (uint32_t i = 0; i < timed; i++) {
        order[i] = rows[i].row;
        b->sorted[p->from + i] = rows[i].t;
    }
    memcpy(order + timed, timeless, without * sizeof *order);
    p->timed = timed;
    p->timeless = without;
}

/* Rows of each span together, in row order. */
static void gather(struct value_builder *b)
{
    size_t n_spans = b->spans->n - b->spans->group_start;
    uint32_t *next = mem_zalloc(n_spans * sizeof *next), from = 0, row = 0;
    for (size_t i = 0; i < b->n_runs; i++) {
        next[span_of(b, b->runs[i].series)] += b->runs[i].rows;
    }
    b->n_pieces = 0;
    for (uint32_t s = 0; s < n_spans; s++) {
        uint32_t rows = next[s];
        next[s] = from;
        if (rows) {
            add_piece(b, (struct value_piece){s, from, rows, 0});
        }
        from += rows;
    }
    for (size_t i = 0; i < b->n_runs; i++) {
        uint32_t *at = &next[span_of(b, b->runs[i].series)];
        for (uint32_t k = 0; k < b->runs[i].rows; k++) {
            b->order[(*at)++] = row++;
        }
    }
    mem_free(next);
}

void values_order(struct value_builder *b)
{
    b->moved = !lies_in_order(b);
    if (!b->moved) {
        return;
    }
    if (!b->order) {
        b->order = mem_alloc(VALUES_BLOCK_ROWS * sizeof *b->order);
        b->sorted = mem_alloc(VALUES_BLOCK_ROWS * sizeof *b->sorted);
    }
    gather(b);
    if (!b->has_times) {
        return;
    }
    struct row_time *rows = mem_alloc(b->rows * sizeof *rows),
                    *scratch = mem_alloc((b->rows / 2 + 1) * sizeof *scratch);
    uint32_t *timeless = mem_alloc(b->rows * sizeof *timeless);
    for (size_t i = 0; i < b->n_pieces; i++) {
        order_piece(b, &b->pieces[i], rows, scratch, timeless);
    }
    mem_free(timeless);
    mem_free(scratch);
    mem_free(rows);
}
