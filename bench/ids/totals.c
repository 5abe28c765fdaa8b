#include "totals.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

struct merge {
    struct totals *totals;
    const struct work *work;
    const struct file_result **results;
};

static void widen(struct total *t, const struct span *s)
{
    t->rows += s->rows;
    if (s->times == 0) {
        return;
    }
    t->t_min = t->times == 0 || s->t_min < t->t_min ? s->t_min : t->t_min;
    t->t_max = t->times == 0 || s->t_max > t->t_max ? s->t_max : t->t_max;
    t->times += s->times;
}

/* Ids looked up together. */
#define SOME 1024

/* Of `n` ids those that fall to this part, and where they stood. */
static size_t select_mine(const struct merge *m, const struct str *ids, size_t n, unsigned part,
                          struct str *mine, uint32_t *where)
{
    uint64_t hashes[SOME];
    size_t at = 0;
    if (m->totals->n_parts > 1) {
        /* Other bits than those that the set takes for slots and tags, which would fill unevenly.
         */
        hash_strs(ids, n, 0, hashes);
    }
    for (size_t i = 0; i < n; i++) {
        mine[at] = ids[i];
        where[at] = (uint32_t)i;
        at += m->totals->n_parts == 1 || (hashes[i] & UINT32_MAX) % m->totals->n_parts == part;
    }
    return at;
}

/* at[i]: the total of series i + 1; 0 where it falls to another part. */
static void enter_ids(const struct merge *m, const struct file_result *r, unsigned part,
                      uint32_t *at)
{
    struct totals_part *p = &m->totals->parts[part];
    struct str mine[SOME];
    uint32_t where[SOME], series[SOME];
    for (size_t i = 0; i < r->n_ids; i += SOME) {
        size_t n = r->n_ids - i < SOME ? r->n_ids - i : SOME;
        size_t had = p->ids.count;
        memset(at + i, 0, n * sizeof *at);
        n = select_mine(m, r->ids + i, n, part, mine, where);
        if (!id_set_put_strs(&p->ids, mine, n, series)) {
            abort();
        }
        if (p->ids.count > had) {
            p->totals = mem_grow(p->totals, p->ids.count, &p->cap, sizeof *p->totals);
            memset(p->totals + had, 0, (p->ids.count - had) * sizeof *p->totals);
        }
        for (size_t k = 0; k < n; k++) {
            at[i + where[k]] = series[k] + 1;
        }
    }
}

static void merge_file(const struct merge *m, const struct file_result *r, unsigned part)
{
    struct totals_part *p = &m->totals->parts[part];
    uint32_t *at = mem_alloc(r->n_ids * sizeof *at);
    enter_ids(m, r, part, at);
    for (size_t i = 0; i < r->n_spans; i++) {
        if (at[r->spans[i].series]) {
            widen(&p->totals[at[r->spans[i].series] - 1], &r->spans[i]);
        }
    }
    mem_free(at);
}

static void merge_part(void *user, unsigned part)
{
    const struct merge *m = user;
    for (size_t i = 0; i < m->work->n_files; i++) {
        merge_file(m, m->results[i], part);
    }
}

static void sum_up(struct totals *t)
{
    for (unsigned p = 0; p < t->n_parts; p++) {
        const struct totals_part *part = &t->parts[p];
        t->series += part->ids.count;
        for (size_t i = 0; i < part->ids.count; i++) {
            const struct total *x = &part->totals[i];
            t->rows += x->rows;
            /* A sum, so that neither the order of the files nor the number of parts matters. The
             * ids themselves are left to totals_print: hashing them here would be paid for in the
             * time that is measured. */
            t->checksum += hash_mix(hash_mix(x->rows, (uint64_t)x->t_min), (uint64_t)x->t_max);
        }
    }
}

void totals_make(struct totals *t, struct work *w)
{
    *t = (struct totals){.n_parts = w->threads};
    t->parts = mem_zalloc(t->n_parts * sizeof *t->parts);
    struct merge m = {t, w, mem_alloc(w->n_files * sizeof *m.results)};
    for (unsigned p = 0; p < t->n_parts; p++) {
        id_set_init(&t->parts[p].ids);
        t->parts[p].ids.borrows = true; /* the scans keep them */
    }
    for (size_t i = 0; i < w->n_files; i++) {
        m.results[i] = file_scan_result(&w->scans[i]);
        t->spans += m.results[i]->n_spans;
    }
    work_threads(t->n_parts, merge_part, &m);
    mem_free(m.results);
    sum_up(t);
}

void totals_free(struct totals *t)
{
    for (unsigned p = 0; p < t->n_parts; p++) {
        id_set_free(&t->parts[p].ids);
        mem_free(t->parts[p].totals);
    }
    mem_free(t->parts);
}

void totals_print(const struct totals *t, enum depth depth, FILE *to)
{
    for (unsigned p = 0; p < t->n_parts; p++) {
        const struct totals_part *part = &t->parts[p];
        for (size_t i = 0; i < part->ids.count; i++) {
            const struct total *x = &part->totals[i];
            struct str id = part->ids.keys[i];
            fwrite(id.data, 1, id.len, to);
            fprintf(to, "\t%llu", (unsigned long long)x->rows);
            if (depth >= DEPTH_TIME) {
                fprintf(to, "\t%lld\t%lld", (long long)x->t_min, (long long)x->t_max);
            }
            fputc('\n', to);
        }
    }
}
