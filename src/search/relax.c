/* relax.c - nothing has all the words: one is dropped, as often as needed. */
#include "base/clock.h"
#include "search/query.h"

/* Whether what the caller set ends the query: unlike the bound on two typos, which ends one search.
 */
static bool over_limits(const struct query_run *r)
{
    return r->failed != OK || (r->o->work_limit && r->visited >= r->o->work_limit) ||
           (r->o->deadline_ns && clock_monotonic_ns() > r->o->deadline_ns);
}

/* Whether anything has the word, typos included. A search that ended early and found nothing does
 * not say that there is nothing: the answer that builds on it is partial. */
static bool found_alone(struct query_run *r, size_t term)
{
    struct query_run one = *r;
    one.q.terms[0] = one.q.together = r->q.terms[term];
    one.q.n_terms = 1;
    one.top = (struct top){.room = 1};
    one.partial = false;
    query_run_once(&one);
    top_free(&one.top);
    bool found = one.matched_series + one.matched_datasets > 0;
    r->visited = one.visited;
    r->failed = one.failed;
    r->stopped = over_limits(r);
    r->partial = r->partial || r->stopped || (one.partial && !found);
    return found;
}

/* The word to do without: one that is nowhere, else the least telling. */
static size_t least_useful(struct query_run *r)
{
    size_t drop = 0;
    for (size_t t = 0; t < r->q.n_terms && !r->stopped; t++) {
        if (!found_alone(r, t)) {
            return t;
        }
        bool less = r->weights[t] < r->weights[drop] ||
                    (r->weights[t] == r->weights[drop] &&
                     r->q.terms[t].text.len <= r->q.terms[drop].text.len);
        drop = less ? t : drop;
    }
    return drop;
}

void query_relax(struct query_run *r, struct search_result *out)
{
    while (r->q.n_terms > 1 && !r->stopped && !r->o->exact && r->failed == OK &&
           r->matched_series + r->matched_datasets == 0) {
        size_t drop = least_useful(r);
        if (r->stopped) {
            return;
        }
        out->dropped[out->n_dropped++] =
            arena_strndup(r->a, r->q.terms[drop].text.data, r->q.terms[drop].text.len);
        query_drop(&r->q, drop, true, r->a);
        query_run_once(r);
    }
}
