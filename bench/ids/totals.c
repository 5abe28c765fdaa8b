#include "totals.h"

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

static struct total *total_of(struct totals_part *p, struct str id)
{
    bool added;
    size_t at = (size_t)(map_put(&p->ids, id, &added) - p->ids.entries);
    if (added) {
        p->totals = mem_grow(p->totals, at, &p->cap, sizeof *p->totals);
        p->totals[at] = (struct total){0};
    }
    return &p->totals[at];
}

/* The part is chosen by other bits than the map's slots and tags are, which would fill them
 * unevenly. */
static bool is_mine(const struct merge *m, struct str id, unsigned part)
{
    return m->totals->n_parts == 1 ||
           hash_mix(hash_bytes(id.data, id.len), 1) % m->totals->n_parts == part;
}

static void merge_file(const struct merge *m, const struct file_result *r, unsigned part)
{
    struct totals_part *p = &m->totals->parts[part];
    uint32_t *at = mem_alloc(r->n_ids * sizeof *at);
    for (size_t i = 0; i < r->n_ids; i++) {
        at[i] =
            is_mine(m, r->ids[i], part) ? (uint32_t)(total_of(p, r->ids[i]) - p->totals) + 1 : 0;
    }
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
        map_init(&t->parts[p].ids);
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
        map_free(&t->parts[p].ids);
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
            struct str id = part->ids.entries[i].key;
            fwrite(id.data, 1, id.len, to);
            fprintf(to, "\t%llu", (unsigned long long)x->rows);
            if (depth >= DEPTH_TIME) {
                fprintf(to, "\t%lld\t%lld", (long long)x->t_min, (long long)x->t_max);
            }
            fputc('\n', to);
        }
    }
}
