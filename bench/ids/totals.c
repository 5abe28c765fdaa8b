#include "totals.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

/* Ids looked up together. */
#define SOME 1024
/* Series of a part, about: its table stays in the second-level cache while all files are entered.
 */
#define PART_SERIES 16384
#define PARTS_MAX   1024

/* An id of a file with its total, on the way to its part. */
struct entry {
    struct str id;
    uint64_t rows;
    uint32_t tag;
    uint32_t bounds; /* which of the file's */
};

/* The ids of one file, those of part 0 first. */
struct file_entries {
    struct entry *entries;
    size_t *ends;          /* one a part */
    struct bounds *bounds; /* one an id; NULL below depth `time` */
};

struct merge {
    struct totals *totals;
    const struct work *work;
    struct file_entries *files;
    atomic_size_t next_file;
    atomic_uint next_part;
};

/* By the upper bits of the tag: the set takes the lower ones for its slots, which would else fill
 * unevenly. */
static unsigned part_of(const struct totals *t, uint32_t tag)
{
    return (unsigned)((uint64_t)tag * t->n_parts >> 32);
}

/* ---- a file ---- */

static void widen(struct bounds *b, int64_t t_min, int64_t t_max, uint64_t times)
{
    if (times) {
        b->t_min = b->times == 0 || t_min < b->t_min ? t_min : b->t_min;
        b->t_max = b->times == 0 || t_max > b->t_max ? t_max : b->t_max;
        b->times += times;
    }
}

static struct bounds *bounds_of_ids(const struct file_result *r)
{
    struct bounds *bounds = mem_zalloc(r->n_ids * sizeof *bounds);
    for (size_t i = 0; i < r->n_spans; i++) {
        const struct span_content *c = &r->contents[i];
        widen(&bounds[r->spans[i].series], c->t_min, c->t_max, c->times);
    }
    return bounds;
}

/* Where the entries of each part begin. */
static size_t *count_parts(const struct totals *t, const uint32_t *tags, size_t n)
{
    size_t *at = mem_zalloc(t->n_parts * sizeof *at), sum = 0;
    for (size_t i = 0; i < n; i++) {
        at[part_of(t, tags[i])]++;
    }
    for (unsigned p = 0; p < t->n_parts; p++) {
        size_t count = at[p];
        at[p] = sum;
        sum += count;
    }
    return at;
}

static void sort_file(const struct merge *m, size_t file)
{
    const struct file_result *r = m->work->results[file];
    const uint32_t *tags = m->work->tags[file];
    uint64_t *rows = mem_zalloc(r->n_ids * sizeof *rows);
    struct file_entries *f = &m->files[file];
    for (size_t i = 0; i < r->n_spans; i++) {
        rows[r->spans[i].series] += r->spans[i].rows;
    }
    f->bounds = r->contents ? bounds_of_ids(r) : NULL;
    f->ends = count_parts(m->totals, tags, r->n_ids);
    f->entries = mem_alloc(r->n_ids * sizeof *f->entries);
    for (size_t i = 0; i < r->n_ids; i++) {
        f->entries[f->ends[part_of(m->totals, tags[i])]++] =
            (struct entry){r->ids[i], rows[i], tags[i], (uint32_t)i};
    }
    mem_free(rows);
}

static void sort_files(void *user, unsigned thread)
{
    struct merge *m = user;
    size_t i;
    (void)thread;
    while ((i = atomic_fetch_add(&m->next_file, 1)) < m->work->n_files) {
        sort_file(m, i);
    }
}

/* ---- a part ---- */

static void grow(struct totals_part *p, bool bounds)
{
    if (p->cap < p->ids.cap) {
        p->cap = p->ids.cap;
        p->rows = mem_realloc(p->rows, p->cap * sizeof *p->rows);
        p->bounds = bounds ? mem_realloc(p->bounds, p->cap * sizeof *p->bounds) : NULL;
    }
}

/* `had`: series that have bounds already. */
static void enter_bounds(struct totals_part *p, size_t had, const struct entry *e, size_t n,
                         const uint32_t *series, const struct bounds *of_file)
{
    memset(p->bounds + had, 0, (p->ids.count - had) * sizeof *p->bounds);
    for (size_t i = 0; i < n && of_file; i++) {
        const struct bounds *b = &of_file[e[i].bounds];
        widen(&p->bounds[series[i]], b->t_min, b->t_max, b->times);
    }
}

/* At most SOME. */
static void enter(struct totals_part *p, const struct entry *e, size_t n,
                  const struct bounds *of_file, bool timed)
{
    struct str ids[SOME];
    uint32_t tags[SOME], series[SOME];
    size_t had = p->ids.count;
    for (size_t i = 0; i < n; i++) {
        ids[i] = e[i].id;
        tags[i] = e[i].tag;
    }
    if (!id_set_put_tagged(&p->ids, ids, tags, n, series)) {
        abort();
    }
    grow(p, timed);
    memset(p->rows + had, 0, (p->ids.count - had) * sizeof *p->rows);
    for (size_t i = 0; i < n; i++) {
        p->rows[series[i]] += e[i].rows;
    }
    if (timed && p->bounds) {
        enter_bounds(p, had, e, n, series, of_file);
    }
}

static void merge_part(struct merge *m, unsigned part)
{
    struct totals_part *p = &m->totals->parts[part];
    for (size_t i = 0; i < m->work->n_files; i++) {
        const struct file_entries *f = &m->files[i];
        size_t at = part ? f->ends[part - 1] : 0, end = f->ends[part];
        /* All of them may be new. */
        id_set_reserve(&p->ids, p->ids.count + (end - at));
        for (; at < end; at += SOME) {
            enter(p, f->entries + at, end - at < SOME ? end - at : SOME, f->bounds,
                  m->work->depth >= DEPTH_TIME);
        }
    }
}

static void merge_parts(void *user, unsigned thread)
{
    struct merge *m = user;
    unsigned i;
    (void)thread;
    while ((i = atomic_fetch_add(&m->next_part, 1)) < m->totals->n_parts) {
        merge_part(m, i);
    }
}

/* ---- all ---- */

static void sum_up(struct totals *t)
{
    for (unsigned p = 0; p < t->n_parts; p++) {
        const struct totals_part *part = &t->parts[p];
        t->series += part->ids.count;
        for (size_t i = 0; i < part->ids.count; i++) {
            t->rows += part->rows[i];
        }
    }
}

/* A sum, so that neither the order of the files nor the number of parts matters. Of the figures
 * only: ids are compared with the other engines' in a dump. */
uint64_t totals_checksum(const struct totals *t)
{
    static const struct bounds none;
    uint64_t sum = 0;
    for (unsigned p = 0; p < t->n_parts; p++) {
        const struct totals_part *part = &t->parts[p];
        for (size_t i = 0; i < part->ids.count; i++) {
            const struct bounds *b = part->bounds ? &part->bounds[i] : &none;
            sum += hash_mix(hash_mix(part->rows[i], (uint64_t)b->t_min), (uint64_t)b->t_max);
        }
    }
    return sum;
}

static unsigned parts_for(const struct work *w)
{
    uint64_t ids = 0;
    unsigned n = 1;
    for (size_t i = 0; i < w->n_files; i++) {
        ids += w->results[i]->n_ids;
    }
    while (n < PARTS_MAX && ids / n > PART_SERIES) {
        n *= 2;
    }
    return n > w->threads || ids < PART_SERIES ? n : w->threads;
}

void totals_make(struct totals *t, struct work *w)
{
    *t = (struct totals){.n_parts = parts_for(w)};
    t->parts = mem_zalloc(t->n_parts * sizeof *t->parts);
    struct merge m = {.totals = t, .work = w};
    m.files = mem_zalloc(w->n_files * sizeof *m.files);
    for (unsigned p = 0; p < t->n_parts; p++) {
        id_set_init(&t->parts[p].ids);
        t->parts[p].ids.borrows = true; /* the scans keep them */
    }
    for (size_t i = 0; i < w->n_files; i++) {
        t->spans += w->results[i]->n_spans;
    }
    work_threads(w->threads, sort_files, &m);
    work_threads(w->threads, merge_parts, &m);
    for (size_t i = 0; i < w->n_files; i++) {
        mem_free(m.files[i].entries);
        mem_free(m.files[i].ends);
        mem_free(m.files[i].bounds);
    }
    mem_free(m.files);
    sum_up(t);
}

void totals_free(struct totals *t)
{
    for (unsigned p = 0; p < t->n_parts; p++) {
        id_set_free(&t->parts[p].ids);
        mem_free(t->parts[p].rows);
        mem_free(t->parts[p].bounds);
    }
    mem_free(t->parts);
}

void totals_print(const struct totals *t, enum depth depth, FILE *to)
{
    for (unsigned p = 0; p < t->n_parts; p++) {
        const struct totals_part *part = &t->parts[p];
        for (size_t i = 0; i < part->ids.count; i++) {
            struct str id = part->ids.keys[i];
            fwrite(id.data, 1, id.len, to);
            fprintf(to, "\t%llu", (unsigned long long)part->rows[i]);
            if (depth >= DEPTH_TIME) {
                fprintf(to, "\t%lld\t%lld", (long long)part->bounds[i].t_min,
                        (long long)part->bounds[i].t_max);
            }
            fputc('\n', to);
        }
    }
}
