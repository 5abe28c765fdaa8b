/* runs.c - a chunk as runs of codes.
 *
 * A repeat in the file becomes one run without a look at its rows. Packed codes are unpacked 1,024
 * at a time (codes.h) and become runs in one pass over an array that is in the first-level cache;
 * PLAIN and DELTA values are compared with the one before, and looked up only where they differ.
 * Pages with nulls merge two sequences: runs of levels and runs of values.
 */
#include <string.h>

#include "parquet/bits.h"
#include "parquet/reader.h"

/* Where runs go: `out[n - 1]` grows while the code stays the same. */
struct sink {
    struct chunk_run *out;
    size_t n, cap;
};

/* There is room for a run. rows > 0. */
static void sink_add(struct sink *s, uint32_t code, uint32_t rows)
{
    if (s->n) {
        struct chunk_run *last = &s->out[s->n - 1];
        if (last->code == code && last->rows <= UINT32_MAX - rows) {
            last->rows += rows;
            return;
        }
    }
    s->out[s->n++] = (struct chunk_run){code, rows};
}

/* Codes looked at together: ids are either clustered (all equal) or interleaved (all different)
 * nearly always. Vectors of the compiler, four codes each, become instructions that every 64-bit
 * processor has. */
#define GROUP        8
#define VECTOR_BYTES 16

typedef uint32_t vector __attribute__((vector_size(VECTOR_BYTES)));

enum group_kind { GROUP_MIXED, GROUP_EQUAL, GROUP_DIFFERENT };

static vector load_vector(const uint32_t *codes)
{
    vector v;
    memcpy(&v, codes, sizeof v);
    return v;
}

/* Codes compared with the codes before them. */
static enum group_kind kind_of_group(const uint32_t *codes)
{
    vector low = (vector)(load_vector(codes) != load_vector(codes - 1));
    vector high = (vector)(load_vector(codes + 4) != load_vector(codes + 3));
    vector changes = low + high; /* each lane: 0, -1 or -2 */
    uint64_t halves[2];
    memcpy(halves, &changes, sizeof halves);
    if ((halves[0] | halves[1]) == 0) {
        return GROUP_EQUAL;
    }
    const uint64_t both = 0xFFFFFFFEFFFFFFFEull;
    return halves[0] == both && halves[1] == both ? GROUP_DIFFERENT : GROUP_MIXED;
}

/* Eight runs of one row. */
static void put_singles(struct chunk_run *at, const uint32_t *codes)
{
    const vector ones = {1, 1, 1, 1};
    for (int half = 0; half < 2; half++) {
        vector v = load_vector(codes + (ptrdiff_t)half * 4);
        vector first = __builtin_shufflevector(v, ones, 0, 4, 1, 5);
        vector second = __builtin_shufflevector(v, ones, 2, 6, 3, 7);
        memcpy(at + (ptrdiff_t)half * 4, &first, sizeof first);
        memcpy(at + (ptrdiff_t)half * 4 + 2, &second, sizeof second);
    }
}

/* A group of both kinds behind the run `at`: without branches on the data, which would be
 * mispredicted. */
static struct chunk_run *add_mixed(struct chunk_run *at, const uint32_t *codes)
{
    uint32_t rows = at->rows;
    for (int j = 0; j < GROUP; j++) {
        uint32_t same = codes[j] == codes[j - 1] && rows != UINT32_MAX;
        at += !same;
        rows = (same ? rows : 0) + 1;
        *at = (struct chunk_run){codes[j], rows};
    }
    return at;
}

/* There is room for `n` runs. */
static void sink_codes(struct sink *s, const uint32_t *codes, size_t n)
{
    sink_add(s, codes[0], 1);
    struct chunk_run *at = &s->out[s->n - 1];
    for (size_t i = 1; i < n;) {
        if (n - i < GROUP) {
            s->n = (size_t)(at - s->out) + 1;
            sink_add(s, codes[i++], 1);
            at = &s->out[s->n - 1];
            continue;
        }
        enum group_kind kind = kind_of_group(codes + i);
        if (kind == GROUP_DIFFERENT) {
            put_singles(at + 1, codes + i);
            at += GROUP;
        } else if (kind == GROUP_EQUAL && at->rows <= UINT32_MAX - GROUP) {
            at->rows += GROUP;
        } else {
            at = add_mixed(at, codes + i);
        }
        i += GROUP;
    }
    s->n = (size_t)(at - s->out) + 1;
}

size_t reader_runs_of(const uint32_t *codes, size_t n, struct chunk_run *out)
{
    struct sink s = {.out = out, .cap = n};
    sink_codes(&s, codes, n);
    return s.n;
}

static void count_values(const struct chunk_reader *r, size_t n)
{
    if (r->counters) {
        counter_add(&r->counters->values_decoded, n);
    }
}

/* At most `max` values of codes; *took of them went into the sink. */
static const char *take_codes(struct chunk_reader *r, uint64_t max, struct sink *s, uint64_t *took)
{
    struct codes_piece piece;
    const char *fault = codes_peek(&r->source.codes, &piece);
    if (fault) {
        return fault;
    }
    uint64_t n = piece.n < max ? piece.n : max;
    if (piece.array) {
        n = n < s->cap - s->n ? n : s->cap - s->n;
        sink_codes(s, piece.array, (size_t)n);
        count_values(r, (size_t)n);
    } else {
        sink_add(s, piece.code, (uint32_t)n); /* a page has fewer than 2^32 rows */
    }
    codes_advance(&r->source.codes, n);
    *took = n;
    return NULL;
}

static const char full[] = "the chunk has more distinct values than fit the page limit";

/* Values that differ from the one before them, until there are enough for a look-up together. */
struct heads {
    struct str values[INTERNER_BATCH];
    uint32_t rows[INTERNER_BATCH];
    size_t n;
};

/* Look the heads up; false where there is no room for their values. */
static bool flush_heads(struct chunk_reader *r, struct heads *h, struct sink *s)
{
    uint32_t codes[INTERNER_BATCH];
    if (!interner_put_all(&r->values, h->values, h->n, codes)) {
        return false;
    }
    for (size_t i = 0; i < h->n; i++) {
        sink_add(s, codes[i], h->rows[i]);
    }
    h->n = 0;
    return true;
}

static inline bool add_head(struct chunk_reader *r, struct heads *h, struct str value, size_t rows,
                            struct sink *s)
{
    h->values[h->n] = value;
    h->rows[h->n++] = (uint32_t)rows;
    return h->n < INTERNER_BATCH || flush_heads(r, h, s);
}

/* Inlined with a constant width, so that values are compared as numbers. */
static inline const char *add_fixed(struct chunk_reader *r, const uint8_t *p, size_t width,
                                    size_t n, struct sink *s)
{
    struct heads heads;
    heads.n = 0;
    for (size_t i = 0; i < n;) {
        const uint8_t *value = p + i * width;
        size_t same = i + 1;
        while (same < n && memcmp(p + same * width, value, width) == 0) {
            same++;
        }
        if (!add_head(r, &heads, str_n(value, width), same - i, s)) {
            return full;
        }
        i = same;
    }
    return flush_heads(r, &heads, s) ? NULL : full;
}

static const char *add_strs(struct chunk_reader *r, const struct str *v, size_t n, struct sink *s)
{
    struct heads heads;
    heads.n = 0;
    for (size_t i = 0; i < n;) {
        size_t same = i + 1;
        while (same < n && v[same].len == v[i].len &&
               same_bytes(v[same].data, v[i].data, v[i].len)) {
            same++;
        }
        if (!add_head(r, &heads, v[i], same - i, s)) {
            return full;
        }
        i = same;
    }
    return flush_heads(r, &heads, s) ? NULL : full;
}

/* At most `max` values that have no codes yet. */
static const char *take_values(struct chunk_reader *r, uint64_t max, struct sink *s, uint64_t *took)
{
    struct source_batch batch;
    size_t room = s->cap - s->n;
    const char *fault = source_next(&r->source, max < room ? (size_t)max : room, &batch);
    if (fault) {
        return fault;
    }
    *took = batch.n;
    count_values(r, batch.n);
    if (!batch.fixed) {
        return add_strs(r, batch.strs, batch.n, s);
    }
    switch (r->source.width) {
    case 4:
        return add_fixed(r, batch.fixed, 4, batch.n, s);
    case 8:
        return add_fixed(r, batch.fixed, 8, batch.n, s);
    default:
        return add_fixed(r, batch.fixed, r->source.width, batch.n, s);
    }
}

static const char *take(struct chunk_reader *r, uint64_t max, struct sink *s, uint64_t *took)
{
    return r->source.kind == SOURCE_CODES ? take_codes(r, max, s, took)
                                          : take_values(r, max, s, took);
}

/* A page without nulls: straight into the caller's runs. */
static const char *take_all_valid(struct chunk_reader *r, struct sink *s)
{
    while (r->page_rows && s->n < s->cap) {
        uint64_t took;
        const char *fault = take(r, r->page_rows, s, &took);
        if (fault) {
            return fault;
        }
        r->page_rows -= took;
        r->page_values -= took;
    }
    return NULL;
}

static const char *refill_pending(struct chunk_reader *r)
{
    struct sink s = {.out = r->pending, .cap = READER_PENDING};
    uint64_t took;
    const char *fault = take(r, r->page_values, &s, &took);
    r->pending_at = 0;
    r->pending_n = fault ? 0 : s.n;
    r->page_values -= fault ? 0 : took;
    return fault;
}

/* A page with nulls: the shorter of the run of levels and the run of values goes out. */
static const char *take_merged(struct chunk_reader *r, struct sink *s)
{
    while (r->page_rows && s->n < s->cap) {
        if (r->level_rows == 0) {
            r->level_rows = levels_next(&r->levels, r->page_rows, &r->level_valid);
        }
        uint64_t n = r->level_rows;
        uint32_t code = CHUNK_NULL;
        if (r->level_valid) {
            const char *fault = r->pending_at == r->pending_n ? refill_pending(r) : NULL;
            if (fault) {
                return fault;
            }
            struct chunk_run *run = &r->pending[r->pending_at];
            code = run->code;
            n = n < run->rows ? n : run->rows;
            run->rows -= (uint32_t)n;
            r->pending_at += run->rows == 0;
        }
        sink_add(s, code, (uint32_t)n);
        r->level_rows -= n;
        r->page_rows -= n;
    }
    return NULL;
}

static const char *take_page(struct chunk_reader *r, struct sink *s)
{
    if (r->page_values == r->page_rows && r->level_rows == 0 && r->pending_at == r->pending_n) {
        return take_all_valid(r, s);
    }
    return take_merged(r, s);
}

enum error_code chunk_next_runs(struct chunk_reader *r, struct chunk_run *out, size_t cap,
                                size_t *n, struct error *err)
{
    *n = 0;
    enum error_code rc = reader_enter(r, READER_RUNS, err);
    if (rc != OK) {
        return rc;
    }
    struct sink s = {.out = out, .cap = cap};
    while (s.n < cap) {
        bool more = true;
        if (r->page_rows == 0) {
            rc = reader_next_page(r, &more, err);
        }
        if (rc != OK || !more) {
            break;
        }
        const char *fault = take_page(r, &s);
        if (fault) {
            rc = reader_fault(r, fault, err);
            break;
        }
    }
    if (rc == OK) {
        *n = s.n;
    }
    if (r->counters) {
        counter_add(&r->counters->runs_decoded, s.n);
    }
    return rc;
}

size_t chunk_n_codes(const struct chunk_reader *r)
{
    return r->values.count;
}

struct str chunk_value(const struct chunk_reader *r, uint32_t code)
{
    return interner_value(&r->values, code);
}
