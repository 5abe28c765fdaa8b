/* list.c - a query without words lists what passes its filters: datasets by size, then name; series
 * in their own order, where the query is about some. */
#include "search/query.h"

static void list_series(struct query_run *r, uint32_t rank)
{
    const struct live_dataset *l = &r->ix->live[rank];
    struct segment_view *v = &r->views[l->segment];
    struct verdict verdict = {.parts = {.typos = 0}};
    r->listing = true;
    uint64_t n = v->s->datasets[l->dataset].n_series;
    for (uint64_t i = 0; i < n && !r->stopped; i++) {
        if (top_full(&r->top) && !query_counts_all(r)) {
            r->at_least = true;
            return;
        }
        if (i % PACK_GROUP == 0 && !query_tick(r)) {
            return;
        }
        take_series(r, v, l->dataset, (uint32_t)i, &verdict);
    }
}

static bool lists_series(const struct query_run *r)
{
    bool named = r->series_filters;
    for (size_t i = 0; i < r->q.n_filters; i++) {
        named = named || r->q.filters[i].kind == FILTER_DATASET;
    }
    return r->o->kinds == SEARCH_SERIES_ONLY || (r->o->kinds == SEARCH_BOTH && named);
}

void query_list_all(struct query_run *r)
{
    bool datasets = r->o->kinds != SEARCH_SERIES_ONLY && !r->series_filters;
    for (uint32_t rank = 0; datasets && rank < r->ix->n_live; rank++) {
        const struct live_dataset *l = &r->ix->live[rank];
        struct segment_view *v = &r->views[l->segment];
        if (!query_allows(v, l->dataset)) {
            continue;
        }
        struct score_parts p = {.dataset = 1, .prior = segment_prior(v->s, l->dataset)};
        r->matched_datasets++;
        if (r->dataset_by_rank) {
            r->dataset_by_rank[rank] = 1;
        }
        /* All datasets before all series: the words of the score are free to say so. */
        p.words = 1;
        query_take(r, score_pack(&p), rank, TOP_DATASET);
    }
    for (uint32_t rank = 0; lists_series(r) && rank < r->ix->n_live && !r->stopped; rank++) {
        const struct live_dataset *l = &r->ix->live[rank];
        if (query_allows(&r->views[l->segment], l->dataset)) {
            list_series(r, rank);
        }
    }
}
