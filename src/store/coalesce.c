#include "store/coalesce.h"

#include <stdlib.h>

struct gap {
    uint64_t bytes;
    size_t before; /* index, among the ranges that are not empty, of the range in front of it */
};

static int compare_gaps(const void *a, const void *b)
{
    const struct gap *x = a, *y = b;
    if (x->bytes != y->bytes) {
        return x->bytes < y->bytes ? -1 : 1;
    }
    return x->before < y->before ? -1 : x->before > y->before;
}

static enum error_code check_ranges(const struct store_range *r, size_t n, struct error *err)
{
    uint64_t end = 0;
    for (size_t i = 0; i < n; i++) {
        if (r[i].length > UINT64_MAX - r[i].offset) {
            return error_set(err, ERR_INTERNAL, "range %zu of a read leaves 64 bits", i);
        }
        if (r[i].length == 0) {
            continue;
        }
        if (r[i].offset < end) {
            return error_set(err, ERR_INTERNAL, "range %zu of a read overlaps the one before", i);
        }
        end = r[i].offset + r[i].length;
    }
    return OK;
}

/* closed[i] tells that the gap behind range i is fetched too. */
static void close_gaps(struct gap *gaps, size_t n, uint64_t waste_max, bool *closed)
{
    if (n > 1) {
        qsort(gaps, n, sizeof *gaps, compare_gaps);
    }
    uint64_t left = waste_max;
    for (size_t i = 0; i < n && gaps[i].bytes <= left; i++) {
        left -= gaps[i].bytes;
        closed[gaps[i].before] = true;
    }
}

enum error_code coalesce_ranges(const struct store_range *ranges, size_t n, uint64_t waste_max,
                                struct arena *a, struct coalesce_plan *out, struct error *err)
{
    *out = (struct coalesce_plan){0};
    enum error_code rc = check_ranges(ranges, n, err);
    if (rc != OK) {
        return rc;
    }
    size_t *full = arena_array(a, n, sizeof *full), n_full = 0;
    for (size_t i = 0; i < n; i++) {
        if (ranges[i].length) {
            full[n_full++] = i;
        }
    }
    struct gap *gaps = arena_array(a, n_full, sizeof *gaps);
    bool *closed = arena_array(a, n_full, sizeof *closed);
    for (size_t i = 0; i + 1 < n_full; i++) {
        const struct store_range *r = &ranges[full[i]];
        gaps[i] = (struct gap){ranges[full[i + 1]].offset - (r->offset + r->length), i};
    }
    close_gaps(gaps, n_full ? n_full - 1 : 0, waste_max, closed);
    out->spans = arena_array(a, n_full, sizeof *out->spans);
    for (size_t i = 0; i < n_full; i++) {
        const struct store_range *r = &ranges[full[i]];
        if (i == 0 || !closed[i - 1]) {
            out->spans[out->n_spans++] = (struct coalesce_span){r->offset, 0, out->bytes};
        }
        struct coalesce_span *span = &out->spans[out->n_spans - 1];
        uint64_t length = r->offset + r->length - span->offset;
        /* The ranges are disjoint within 64 bits, so the sum of the spans is too. */
        out->bytes += length - span->length;
        span->length = length;
    }
    return OK;
}

size_t coalesce_pieces(uint64_t length)
{
    return length == 0 ? 0 : (size_t)((length - 1) / COALESCE_PIECE_MAX + 1);
}

uint64_t coalesce_piece_start(uint64_t length, size_t n, size_t i)
{
    /* Pieces of equal size, the remainder spread over the first ones. */
    uint64_t each = length / n, more = length % n;
    return each * i + (i < more ? i : more);
}

const struct coalesce_span *coalesce_find(const struct coalesce_plan *p, uint64_t offset)
{
    size_t lo = 0, hi = p->n_spans;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->spans[mid].offset + p->spans[mid].length <= offset) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < p->n_spans && p->spans[lo].offset <= offset ? &p->spans[lo] : NULL;
}
