/* batches.c - a chunk in the form that costs least: runs, codes, or values without codes.
 *
 * Codes are counted before they become runs: where most neighbours differ, a run a row would be
 * twice the bytes for nothing. Values of pages without a dictionary are handed out as they lie in
 * the page, neighbours that are equal as one.
 */
#include "parquet/bits.h"
#include "parquet/reader.h"

/* Fewer codes than this are not worth a batch of their own between runs. */
#define CODES_MIN 64

static size_t changes(const uint32_t *codes, size_t n)
{
    uint32_t found = 0;
    for (size_t i = 1; i < n; i++) {
        found += codes[i] != codes[i - 1];
    }
    return found;
}

/* Runs until the next stretch of codes that differ, or that stretch. */
static const char *codes_batch(struct chunk_reader *r, struct chunk_batch *out)
{
    struct codes *codes = &r->source.codes;
    size_t n = 0;
    while (r->page_rows && n < SOURCE_BATCH) {
        struct codes_piece piece;
        const char *fault = codes_peek(codes, &piece);
        if (fault) {
            return fault;
        }
        uint64_t rows = piece.n < r->page_rows ? piece.n : r->page_rows;
        bool differ =
            piece.array && rows >= CODES_MIN && changes(piece.array, (size_t)rows) > rows / 2;
        if (n && (differ || (piece.array && rows > SOURCE_BATCH - n))) {
            break;
        }
        if (differ) {
            out->codes = piece.array;
            out->n = (size_t)rows;
        } else if (piece.array) {
            n += reader_runs_of(piece.array, (size_t)rows, r->runs + n);
        } else {
            r->runs[n++] = (struct chunk_run){piece.code, (uint32_t)rows};
        }
        if (piece.array && r->counters) {
            counter_add(&r->counters->values_decoded, rows);
        }
        codes_advance(codes, rows);
        r->page_rows -= rows;
        r->page_values -= rows;
        if (differ) {
            return NULL;
        }
    }
    out->runs = r->runs;
    out->n = n;
    return NULL;
}

static size_t collapse_strs(struct str *v, size_t n, uint32_t *rows)
{
    size_t at = 0;
    rows[0] = 1;
    for (size_t i = 1; i < n; i++) {
        if (v[i].len == v[at].len && same_bytes(v[i].data, v[at].data, v[i].len)) {
            rows[at]++;
        } else {
            v[++at] = v[i];
            rows[at] = 1;
        }
    }
    return at + 1;
}

/* Where values differ from the one before them: starts[k] for each of the values that remain.
 * Without branches, because how long values repeat cannot be predicted; and of two values that were
 * read, because what has just been written takes its time to come back. */
static inline size_t find_starts(const int64_t *v, size_t n, uint32_t *starts)
{
    size_t at = 0;
    int64_t before = v[0];
    for (size_t i = 0; i < n; i++) {
        int64_t value = v[i];
        starts[at + 1] = (uint32_t)i;
        at += value != before;
        before = value;
    }
    starts[0] = 0;
    starts[at + 1] = (uint32_t)n;
    return at + 1;
}

static size_t collapse_ints(int64_t *v, size_t n, uint32_t *rows)
{
    uint32_t starts[SOURCE_BATCH + 1];
    size_t kept = find_starts(v, n, starts);
    for (size_t k = 0; k < kept; k++) {
        v[k] = v[starts[k]];
        rows[k] = starts[k + 1] - starts[k];
    }
    return kept;
}

/* The batch's values as integers: where they lie, or made of four bytes each in r->ints. */
static int64_t *load_ints(struct chunk_reader *r, const uint8_t *p, size_t n)
{
    int64_t *out = r->ints;
    if (r->column->physical == PARQUET_INT64) {
        if (p == (const uint8_t *)r->source.ints) {
            return r->source.ints;
        }
        memcpy(out, p, n * sizeof *out);
    } else if (r->column->is_signed) {
        for (size_t i = 0; i < n; i++) {
            out[i] = (int32_t)load32(p + 4 * i);
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            out[i] = load32(p + 4 * i);
        }
    }
    return out;
}

static const char *values_batch(struct chunk_reader *r, struct chunk_batch *out)
{
    struct source_batch batch;
    struct source *s = &r->source;
    uint64_t max = r->page_rows < SOURCE_BATCH ? r->page_rows : SOURCE_BATCH;
    const char *fault = source_next(s, (size_t)max, &batch);
    if (fault) {
        return fault;
    }
    enum parquet_physical p = r->column->physical;
    if (p == PARQUET_INT32 || p == PARQUET_INT64) {
        int64_t *ints = load_ints(r, batch.fixed, batch.n);
        out->n = collapse_ints(ints, batch.n, r->repeats);
        out->ints = ints;
    } else {
        for (size_t i = 0; batch.fixed && i < batch.n; i++) {
            s->strs[i] = str_n(batch.fixed + i * s->width, s->width);
        }
        out->n = collapse_strs(s->strs, batch.n, r->repeats);
        out->strs = s->strs;
    }
    out->rows = r->repeats;
    r->page_rows -= batch.n;
    r->page_values -= batch.n;
    if (r->counters) {
        counter_add(&r->counters->values_decoded, batch.n);
    }
    return NULL;
}

enum error_code chunk_next_batch(struct chunk_reader *r, struct chunk_batch *out, struct error *err)
{
    *out = (struct chunk_batch){0};
    enum error_code rc = reader_enter(r, READER_RUNS, err);
    bool more = true;
    if (rc == OK && r->page_rows == 0) {
        rc = reader_next_page(r, &more, err);
    }
    if (rc != OK || !more) {
        return rc;
    }
    if (r->page_values < r->page_rows || r->level_rows || r->pending_at < r->pending_n) {
        out->runs = r->runs; /* there are nulls between the values */
        return chunk_next_runs(r, r->runs, SOURCE_BATCH, &out->n, err);
    }
    const char *fault = r->source.kind == SOURCE_CODES ? codes_batch(r, out) : values_batch(r, out);
    if (fault) {
        *out = (struct chunk_batch){0};
        return reader_fault(r, fault, err);
    }
    if (r->counters) {
        counter_add(&r->counters->runs_decoded, out->n);
    }
    return OK;
}
