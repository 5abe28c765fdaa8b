#include "scan/scan_part.h"

#include <stdlib.h>

#include "base/memory.h"

void part_init(struct scan_part *p, enum time_unit unit)
{
    *p = (struct scan_part){0};
    id_set_init(&p->ids);
    spans_init(&p->spans, unit);
}

void part_free(struct scan_part *p)
{
    id_set_free(&p->ids);
    spans_free(&p->spans);
    uneven_free(&p->uneven);
}

uint64_t part_bytes(const struct scan_part *p)
{
    return id_set_bytes(&p->ids) + spans_bytes(&p->spans);
}

/* The number in `p` of each series of `next`. */
static uint32_t *number_series(struct scan_part *p, const struct scan_part *next)
{
    uint32_t *numbers = mem_alloc((next->ids.count + 1) * sizeof *numbers);
    if (!id_set_put_set(&p->ids, &next->ids, numbers)) {
        abort(); /* 2^32 series: their texts alone would have exhausted the memory */
    }
    return numbers;
}

void part_append(struct scan_part *p, struct scan_part *next)
{
    time_remarks_add(&next->remarks, p->remarks);
    uneven_add_all(&next->uneven, &p->uneven);
    if (p->spans.n == 0) {
        /* The first one: nothing has to be copied. */
        part_free(p);
        *p = *next;
        return;
    }
    p->remarks = next->remarks;
    uneven_add_all(&p->uneven, &next->uneven);
    uint32_t *numbers = number_series(p, next);
    uint8_t grain = next->spans.grain;
    p->spans.grain = grain < p->spans.grain ? grain : p->spans.grain;
    spans_append(&p->spans, &next->spans, numbers, p->ids.count);
    mem_free(numbers);
    part_free(next);
}

void facts_init(struct part_facts *f)
{
    *f = (struct part_facts){.grain = TIME_GRAIN_MAX};
}

void facts_free(struct part_facts *f)
{
    uneven_free(&f->uneven);
}

static void add_times(struct part_facts *f, int64_t t_min, int64_t t_max)
{
    f->t_min = !f->timed || t_min < f->t_min ? t_min : f->t_min;
    f->t_max = !f->timed || t_max > f->t_max ? t_max : f->t_max;
    f->timed = true;
}

static void add_counts(struct part_facts *f, uint64_t spans, uint64_t rows, uint64_t series)
{
    f->spans += spans;
    f->rows += rows;
    f->series_most = series > f->series_most ? series : f->series_most;
}

static void add_rest(struct part_facts *f, uint8_t grain, struct time_remarks remarks,
                     const struct uneven_targets *uneven)
{
    f->grain = grain < f->grain ? grain : f->grain;
    time_remarks_add(&f->remarks, remarks);
    uneven_add_all(&f->uneven, uneven);
}

void facts_add_part(struct part_facts *f, const struct scan_part *p)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < p->spans.n; i++) {
        rows += p->spans.spans[i].rows;
    }
    for (size_t i = 0; i < p->spans.n_contents; i++) {
        const struct span_content *c = &p->spans.contents[i];
        if (c->times) {
            add_times(f, c->t_min, c->t_max);
        }
    }
    add_counts(f, p->spans.n, rows, p->ids.count);
    add_rest(f, p->spans.grain, p->remarks, &p->uneven);
}

void facts_add(struct part_facts *f, const struct part_facts *more)
{
    if (more->timed) {
        add_times(f, more->t_min, more->t_max);
    }
    add_counts(f, more->spans, more->rows, more->series_most);
    add_rest(f, more->grain, more->remarks, &more->uneven);
}
