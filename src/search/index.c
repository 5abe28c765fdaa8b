#include "search/index.h"

#include "search/bits.h"

/* A commit may replace the segments between our reading of the manifest and our opening of them. */
#define OPEN_TRIES 5

static bool is_dead(const struct search_index *ix, uint32_t segment, uint32_t dataset)
{
    return bitmap_get(ix->manifest.segments[segment].dead, dataset);
}

/* The live datasets of all segments in the order of their ids: a merge of lists that are sorted
 * already. */
static void merge_orders(struct search_index *ix, uint32_t *cursor)
{
    for (;;) {
        uint32_t best = UINT32_MAX;
        struct str best_id = {0};
        for (uint32_t i = 0; i < ix->n_segments; i++) {
            const struct segment *s = ix->segments[i];
            while (cursor[i] < s->n_datasets && is_dead(ix, i, s->order[cursor[i]])) {
                cursor[i]++;
            }
            if (cursor[i] == s->n_datasets) {
                continue;
            }
            struct str id = segment_dataset_id(s, s->order[cursor[i]]);
            if (best == UINT32_MAX || str_cmp(id, best_id) < 0) {
                best = i;
                best_id = id;
            }
        }
        if (best == UINT32_MAX) {
            return;
        }
        uint32_t dataset = ix->segments[best]->order[cursor[best]++];
        ix->ranks[best][dataset] = ix->n_live;
        ix->live[ix->n_live++] = (struct live_dataset){best, dataset};
        ix->n_series += ix->segments[best]->datasets[dataset].n_series;
    }
}

/* A builder that adds datasets by size makes searches stop sooner; others are right as well. */
static struct segment_order order_of(const struct segment *s, const uint32_t *ranks)
{
    struct segment_order o = {.by_size = true, .best_rank = RANK_DEAD};
    unsigned last = PRIOR_MAX;
    uint32_t rank = 0;
    for (uint32_t d = 0; d < s->n_datasets; d++) {
        uint8_t prior = segment_prior(s, d);
        if (ranks[d] == RANK_DEAD) {
            continue;
        }
        o.by_size = o.by_size && prior <= last && (prior < last || ranks[d] >= rank);
        last = prior;
        rank = ranks[d];
        if (prior > o.best_prior || (prior == o.best_prior && rank < o.best_rank)) {
            o.best_prior = prior;
            o.best_rank = rank;
        }
    }
    return o;
}

static enum error_code rank_datasets(struct search_index *ix, struct error *err)
{
    size_t total = 0;
    ix->ranks = arena_array(&ix->arena, ix->n_segments + 1, sizeof *ix->ranks);
    uint32_t *cursor = arena_array(&ix->arena, ix->n_segments + 1, sizeof *cursor);
    for (uint32_t i = 0; i < ix->n_segments; i++) {
        uint32_t n = ix->segments[i]->n_datasets;
        if (n != ix->manifest.segments[i].n_datasets) {
            return error_set(err, ERR_CATALOG_DAMAGED,
                             "the manifest and the segments of the search index do not agree");
        }
        ix->ranks[i] = arena_array(&ix->arena, (size_t)n + 1, sizeof **ix->ranks);
        for (uint32_t d = 0; d < n; d++) {
            ix->ranks[i][d] = RANK_DEAD;
        }
        total += n;
    }
    ix->live = arena_array(&ix->arena, total + 1, sizeof *ix->live);
    merge_orders(ix, cursor);
    ix->orders = arena_array(&ix->arena, ix->n_segments + 1, sizeof *ix->orders);
    for (uint32_t i = 0; i < ix->n_segments; i++) {
        ix->orders[i] = order_of(ix->segments[i], ix->ranks[i]);
    }
    return OK;
}

static enum error_code open_segments(struct search_index *ix, const char *dir, struct error *err)
{
    ix->segments = arena_array(&ix->arena, ix->manifest.n + 1, sizeof *ix->segments);
    for (uint32_t i = 0; i < ix->manifest.n; i++) {
        const struct manifest_segment *m = &ix->manifest.segments[i];
        enum error_code rc = segment_open(dir, m->number, &ix->segments[i], err);
        if (rc != OK) {
            return rc;
        }
        ix->n_segments++;
        if (ix->segments[i]->len != m->file_len || ix->segments[i]->header_crc != m->header_crc) {
            return error_set(err, ERR_CATALOG_DAMAGED,
                             "segment %016llx is not the one that the manifest names",
                             (unsigned long long)m->number);
        }
    }
    return rank_datasets(ix, err);
}

enum error_code search_open(const char *dir, struct search_index **out, struct error *err)
{
    enum error_code rc = OK;
    for (int attempt = 0; attempt < OPEN_TRIES; attempt++) {
        struct search_index *ix = mem_zalloc(sizeof *ix);
        arena_init(&ix->arena);
        error_reset(err);
        rc = manifest_read(dir, &ix->arena, &ix->manifest, err);
        bool named = rc == OK;
        rc = named ? open_segments(ix, dir, err) : rc;
        if (rc == OK) {
            *out = ix;
            return OK;
        }
        search_close(ix);
        if (!named || rc != ERR_NOT_FOUND) {
            break;
        }
    }
    *out = NULL;
    /* A segment that the manifest names and that is not there, time and again, is damage. */
    if (rc == ERR_NOT_FOUND && err) {
        err->code = ERR_CATALOG_DAMAGED;
    }
    return rc == ERR_NOT_FOUND ? ERR_CATALOG_DAMAGED : rc;
}

void search_close(struct search_index *ix)
{
    if (!ix) {
        return;
    }
    for (size_t i = 0; i < INDEX_SCRATCH_SLOTS; i++) {
        query_scratch_free(atomic_load(&ix->scratch[i]));
    }
    for (uint32_t i = 0; i < ix->n_segments; i++) {
        segment_close(ix->segments[i]);
    }
    arena_reset(&ix->arena);
    mem_free(ix);
}

void search_touch(const char *dir)
{
    manifest_touch(dir);
}

static void add_segment_info(const struct segment *s, struct search_info *out)
{
    out->bytes += s->len;
    for (uint32_t i = 0; i < s->n_sections; i++) {
        const struct segment_section *c = &s->sections[i];
        switch (c->id) {
        case SECTION_TEXT:
        case SECTION_FOLDED:
        case SECTION_BLOCKS:
        case SECTION_SHORTEST:
        case SECTION_GROUPS:
        case SECTION_RUNS:
        case SECTION_RUN_TEXT:
            out->text_bytes += c->len;
            break;
        case SECTION_GRAMS:
        case SECTION_POSTINGS:
        case SECTION_RUN_GRAMS:
        case SECTION_RUN_POSTINGS:
            out->posting_bytes += c->len;
            break;
        default:
            *(c->id >= SECTION_ATTRIBUTE ? &out->attribute_bytes : &out->document_bytes) += c->len;
        }
    }
    for (uint32_t i = 0; i < s->n_runs; i++) {
        out->series_in_runs += s->runs[i].count;
    }
    for (uint32_t i = 0; i < s->n_datasets; i++) {
        out->id_bytes += s->datasets[i].id_bytes;
    }
    out->runs += s->n_runs;
    out->blocks += s->n_blocks;
}

void search_index_info(const struct search_index *ix, struct search_info *out)
{
    *out = (struct search_info){.generation = ix->manifest.generation,
                                .sequence = ix->manifest.sequence,
                                .datasets = ix->n_live,
                                .series = ix->n_series,
                                .segments = ix->n_segments};
    for (uint32_t i = 0; i < ix->n_segments; i++) {
        add_segment_info(ix->segments[i], out);
    }
}

enum error_code search_verify(const struct search_index *ix, struct error *err)
{
    for (uint32_t i = 0; i < ix->n_segments; i++) {
        enum error_code rc = segment_verify(ix->segments[i], err);
        if (rc != OK) {
            return rc;
        }
    }
    return OK;
}

enum error_code search_index_doc(const struct search_index *ix, uint32_t dataset, struct arena *a,
                                 struct search_doc *out, struct error *err)
{
    if (dataset >= ix->n_live) {
        return error_set(err, ERR_USAGE, "the index has no dataset %u", dataset);
    }
    const struct live_dataset *l = &ix->live[dataset];
    segment_doc(ix->segments[l->segment], l->dataset, a, out);
    return OK;
}
