/* entries.c - a chunk as entries: any leaf, flat or repeated, with its levels and PLAIN values.
 *
 * Levels and values are decoded in batches of their own; what is handed out is the longest stretch
 * that both have, so that nothing is copied.
 */
#include "base/memory.h"
#include "parquet/reader.h"

void nest_free(struct nest *n)
{
    if (n) {
        level_numbers_free(&n->rep);
        level_numbers_free(&n->def);
        mem_free(n);
    }
}

static const char *fill_levels(struct chunk_reader *r)
{
    struct nest *n = r->nest;
    n->level_at = 0;
    n->level_n = r->page_rows < SOURCE_BATCH ? (size_t)r->page_rows : SOURCE_BATCH;
    const char *fault = level_numbers_read(&n->def, n->defs, n->level_n);
    return fault ? fault : level_numbers_read(&n->rep, n->reps, n->level_n);
}

/* Dictionary codes (and booleans) by their values' bytes. */
static const char *fill_codes(struct chunk_reader *r)
{
    struct nest *n = r->nest;
    struct codes_piece piece;
    const char *fault = codes_peek(&r->source.codes, &piece);
    if (fault) {
        return fault;
    }
    n->value_n = piece.n < SOURCE_BATCH ? (size_t)piece.n : SOURCE_BATCH;
    for (size_t i = 0; i < n->value_n; i++) {
        n->strs[i] = interner_value(&r->values, piece.array ? piece.array[i] : piece.code);
    }
    codes_advance(&r->source.codes, n->value_n);
    n->batch = (struct source_batch){.n = n->value_n, .strs = n->strs};
    return NULL;
}

static const char *fill_values(struct chunk_reader *r)
{
    struct nest *n = r->nest;
    n->value_at = n->value_n = 0;
    if (r->page_values == 0) {
        return NULL;
    }
    const char *fault = r->source.kind == SOURCE_CODES
                            ? fill_codes(r)
                            : source_next(&r->source, SOURCE_BATCH, &n->batch);
    n->value_n = fault ? 0 : n->batch.n;
    r->page_values -= n->value_n;
    return fault;
}

/* As many entries as the levels and values at hand allow. */
static void take(struct chunk_reader *r, size_t max, struct chunk_entries *out)
{
    struct nest *n = r->nest;
    const struct source_batch *b = &n->batch;
    size_t left = n->value_n - n->value_at;
    size_t k = n->level_n - n->level_at;
    size_t values = 0, i = 0;
    k = k < max ? k : max;
    const uint16_t *defs = n->defs + n->level_at;
    for (; i < k; i++) {
        bool has_value = defs[i] == r->column->max_def;
        if (has_value && values == left) {
            break;
        }
        values += has_value;
    }
    *out = (struct chunk_entries){.n = i,
                                  .n_values = values,
                                  .def = defs,
                                  .rep = n->reps + n->level_at,
                                  .width = r->source.width};
    if (b->fixed) {
        out->fixed = b->fixed + n->value_at * r->source.width;
    } else if (b->strs) {
        out->strs = b->strs + n->value_at;
    }
    n->level_at += i;
    n->value_at += values;
    r->page_rows -= i;
    if (r->counters) {
        counter_add(&r->counters->values_decoded, values);
    }
}

enum error_code chunk_next_entries(struct chunk_reader *r, size_t max, struct chunk_entries *out,
                                   struct error *err)
{
    *out = (struct chunk_entries){0};
    enum error_code rc = reader_enter(r, READER_ENTRIES, err);
    if (rc == OK && r->page_rows == 0) {
        bool more;
        rc = reader_next_page(r, &more, err);
        if (rc != OK || !more) {
            return rc;
        }
        struct nest *n = r->nest;
        n->level_at = n->level_n = n->value_at = n->value_n = 0;
        n->batch = (struct source_batch){0};
    }
    if (rc != OK || max == 0) {
        return rc;
    }
    const char *fault = NULL;
    if (r->nest->level_at == r->nest->level_n) {
        fault = fill_levels(r);
    }
    if (!fault && r->nest->value_at == r->nest->value_n) {
        fault = fill_values(r);
    }
    if (fault) {
        return reader_fault(r, fault, err);
    }
    take(r, max, out);
    return out->n ? OK : reader_fault(r, "the page has fewer values than its levels say", err);
}
