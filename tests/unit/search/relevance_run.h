/* relevance_run.h - the catalog of relevance_catalog.h as an index, and all questions put to it. */
#ifndef TSI_SEARCH_RELEVANCE_RUN_H
#define TSI_SEARCH_RELEVANCE_RUN_H

#include "relevance_queries.h"

#define RQ_QUERIES (RQ_CLASSES * RQ_PER_CLASS)
#define RQ_HITS    10

struct rr_hits {
    size_t n;
    char dataset[RQ_HITS][64];
    char id[RQ_HITS][160]; /* "" the dataset itself */
};

typedef void rr_each(void *user, const struct rc_dataset *d, const char *id, uint64_t number);

/* Every id of a dataset once. */
static inline void rr_each_id(const struct rc_dataset *d, uint64_t shrink, rr_each *each,
                              void *user)
{
    struct map seen;
    char id[200];
    map_init(&seen);
    for (uint64_t i = 0, n = rc_size(d, shrink); i < n; i++) {
        bool added;
        size_t len = rc_id(d, i, id);
        map_put(&seen, str_n(id, len), &added);
        if (added) {
            each(user, d, id, i);
        }
    }
    map_free(&seen);
}

struct rr_build {
    struct search_builder *b;
    struct rq_query *queries; /* what is right is counted on the way; NULL: not */
    struct error err;
    enum error_code failed;
};

static inline void rr_add(void *user, const struct rc_dataset *d, const char *id, uint64_t number)
{
    struct rr_build *x = user;
    int64_t records = (int64_t)(100 + number % 97 * 50);
    struct search_series s = {.id = str_c(id), .values = {records}, .has = 1};
    if (x->failed == OK) {
        x->failed = search_builder_series(x->b, &s, &x->err);
    }
    for (size_t i = 0; i < RQ_QUERIES; i++) {
        x->queries[i].relevant += rq_right(&x->queries[i], d->id, id);
    }
}

/* Builds the index in `dir` and makes the queries. */
static inline enum error_code rr_build(const char *dir, uint64_t shrink, struct rq_query *queries,
                                       struct error *err)
{
    struct rr_build x = {.queries = queries};
    x.failed = search_builder_new(dir, &(struct search_build_options){.fresh = true}, &x.b, &x.err);
    for (size_t i = 0; i < RQ_QUERIES; i++) {
        rq_make((enum rq_class)(i / RQ_PER_CLASS), (unsigned)(i % RQ_PER_CLASS), shrink,
                &queries[i]);
    }
    for (size_t i = 0; i < RC_DATASETS && x.failed == OK; i++) {
        const struct rc_dataset *d = &rc_datasets[i];
        const char *tags[1], *targets[1];
        char folder[64];
        struct search_doc doc;
        rc_document(d, &doc, tags, targets, folder);
        x.failed = search_builder_dataset(x.b, &doc, &x.err);
        rr_each_id(d, shrink, rr_add, &x);
        for (size_t k = 0; k < RQ_QUERIES; k++) {
            queries[k].relevant += rq_right(&queries[k], d->id, NULL);
        }
    }
    x.failed = x.failed == OK ? search_builder_commit(x.b, 1, &x.err) : x.failed;
    search_builder_free(x.b);
    *err = x.err;
    return x.failed;
}

static inline enum error_code rr_ask(const struct search_index *ix, const struct rq_query *q,
                                     struct rr_hits *out, struct error *err)
{
    struct search_result r;
    enum error_code rc =
        search_run(ix, str_c(q->text), &(struct search_options){.limit = RQ_HITS}, &r, err);
    *out = (struct rr_hits){.n = rc == OK ? r.n_hits : 0};
    for (size_t i = 0; i < out->n; i++) {
        struct search_doc doc;
        rc = search_index_doc(ix, r.hits[i].dataset, &r.arena, &doc, err);
        snprintf(out->dataset[i], sizeof out->dataset[i], "%s", rc == OK ? doc.dataset_id : "?");
        snprintf(out->id[i], sizeof out->id[i], "%.*s",
                 r.hits[i].is_dataset ? 0 : (int)r.hits[i].text.len, r.hits[i].text.data);
    }
    search_result_free(&r);
    return rc;
}

static inline void rr_judge(const struct rq_query *q, const struct rr_hits *h,
                            struct rq_score *score)
{
    bool right[RQ_HITS];
    for (size_t i = 0; i < h->n; i++) {
        right[i] = rq_right(q, h->dataset[i], h->id[i][0] ? h->id[i] : NULL);
    }
    rq_add(score, q, right, h->n);
}

#endif
