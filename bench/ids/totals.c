#include "totals.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

struct merge {
    struct totals *totals;
    const struct work *work;
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

/* By the upper bits of the tag: the set takes the lower ones for its slots, which would else fill
 * unevenly. */
static unsigned part_of(const struct merge *m, uint32_t tag)
{
    return (unsigned)((uint64_t)tag * m->totals->n_parts >> 32);
}

/* Ids that fall to one part, and where they stood. */
struct some_ids {
    struct str ids[SOME];
    uint32_t tags[SOME], where[SOME], series[SOME];
    size_t n;
};

static void select_mine(const struct merge *m, const struct str *ids, const uint32_t *tags,
                        size_t n, unsigned part, struct some_ids *mine)
{
    mine->n = 0;
    for (size_t i = 0; i < n; i++) {
        mine->ids[mine->n] = ids[i];
        mine->tags[mine->n] = tags[i];
        mine->where[mine->n] = (uint32_t)i;
        mine->n += part_of(m, tags[i]) == part;
    }
}

static void enter_some(struct totals_part *p, struct some_ids *mine)
{
    size_t had = p->ids.count;
    if (!id_set_put_tagged(&p->ids, mine->ids, mine->tags, mine->n, mine->series)) {
        abort();
    }
    if (p->cap < p->ids.cap) {
        p->cap = p->ids.cap;
        p->totals = mem_realloc(p->totals, p->cap * sizeof *p->totals);
    }
    if (p->ids.count > had) {
        memset(p->totals + had, 0, (p->ids.count - had) * sizeof *p->totals);
    }
}

/* at[i]: the total of series i + 1; 0 where it falls to another part. */
static void enter_ids(const struct merge *m, size_t file, unsigned part, uint32_t *at)
{
    const struct file_result *r = m->work->results[file];
    const uint32_t *tags = m->work->tags[file];
    struct totals_part *p = &m->totals->parts[part];
    struct some_ids mine;
    /* All of them may be new. */
    id_set_reserve(&p->ids, p->ids.count + r->n_ids / m->totals->n_parts);
    for (size_t i = 0; i < r->n_ids; i += SOME) {
        size_t n = r->n_ids - i < SOME ? r->n_ids - i : SOME;
        memset(at + i, 0, n * sizeof *at);
        select_mine(m, r->ids + i, tags + i, n, part, &mine);
        enter_some(p, &mine);
        for (size_t k = 0; k < mine.n; k++) {
            at[i + mine.where[k]] = mine.series[k] + 1;
        }
    }
}

static void merge_file(const struct merge *m, size_t file, unsigned part)
{
    const struct file_result *r = m->work->results[file];
    struct totals_part *p = &m->totals->parts[part];
    uint32_t *at = mem_alloc(r->n_ids * sizeof *at);
    enter_ids(m, file, part, at);
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
        merge_file(m, i, part);
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
    struct merge m = {t, w};
    for (unsigned p = 0; p < t->n_parts; p++) {
        id_set_init(&t->parts[p].ids);
        t->parts[p].ids.borrows = true; /* the scans keep them */
    }
    for (size_t i = 0; i < w->n_files; i++) {
        t->spans += w->results[i]->n_spans;
    }
    work_threads(t->n_parts, merge_part, &m);
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
