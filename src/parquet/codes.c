#include "parquet/codes.h"

#include "parquet/unpack.h"

void codes_init(struct codes *c, struct str bytes, unsigned width, uint64_t n, uint64_t limit)
{
    hybrid_init(&c->runs, bytes, width);
    c->run = (struct hybrid_run){0};
    c->left = n;
    c->limit = limit;
    c->at = c->n = 0;
    if (width == 0 && bytes.len == 0) {
        c->run.n = n; /* a writer with one code may leave its runs out */
    }
}

void codes_init_packed(struct codes *c, struct str bytes, unsigned width, uint64_t n,
                       uint64_t limit)
{
    codes_init(c, str_n(bytes.data, 0), width, n, limit);
    c->run = (struct hybrid_run){.n = (uint64_t)bytes.len * 8 / width,
                                 .bytes = (const uint8_t *)bytes.data,
                                 .bytes_len = bytes.len};
}

/* Whether a code of `width` bits is beyond the limit. Signed comparisons, where they do, are what
 * every processor has vector instructions for. */
static bool any_beyond(const uint32_t *v, size_t n, unsigned width, uint64_t limit)
{
    if (limit >> width) {
        return false; /* no code of so few bits is */
    }
    int32_t beyond = 0;
    if (width < 32) {
        int32_t last = (int32_t)limit - 1;
        for (size_t i = 0; i < n; i++) {
            beyond |= (int32_t)v[i] > last;
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            beyond |= v[i] >= limit;
        }
    }
    return beyond;
}

/* Only values that belong to the page are unpacked and checked: padding may hold anything. */
static const char *unpack_batch(struct codes *c)
{
    struct hybrid_run *run = &c->run;
    uint64_t n = run->n < c->left ? run->n : c->left;
    c->n = n < CODES_BATCH ? (size_t)n : CODES_BATCH;
    c->at = 0;
    unpack32(run->bytes, run->bytes_len, c->runs.width, c->batch, c->n);
    size_t used = c->n / 8 * c->runs.width; /* CODES_BATCH is whole groups; a rest ends the page */
    run->bytes += used;
    run->bytes_len -= used;
    run->n -= c->n;
    if (any_beyond(c->batch, c->n, c->runs.width, c->limit)) {
        return "a dictionary code is beyond the dictionary";
    }
    return NULL;
}

const char *codes_peek(struct codes *c, struct codes_piece *piece)
{
    if (c->at == c->n && c->run.n == 0 && !hybrid_next(&c->runs, &c->run)) {
        return "the page has fewer codes than values";
    }
    if (c->at == c->n && c->run.bytes) {
        const char *fault = unpack_batch(c);
        if (fault) {
            return fault;
        }
    }
    if (c->at < c->n) {
        *piece = (struct codes_piece){.n = c->n - c->at, .array = c->batch + c->at};
        return NULL;
    }
    if (c->run.value >= c->limit) {
        return "a dictionary code is beyond the dictionary";
    }
    *piece =
        (struct codes_piece){.n = c->run.n < c->left ? c->run.n : c->left, .code = c->run.value};
    return NULL;
}

void codes_advance(struct codes *c, uint64_t n)
{
    c->left -= n;
    if (c->at < c->n) {
        c->at += (size_t)n;
    } else {
        c->run.n -= n;
    }
}
