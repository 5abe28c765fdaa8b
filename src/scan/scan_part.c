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
