#include "scan/scan_part.h"

#include "base/memory.h"

void part_init(struct scan_part *p, enum time_unit unit)
{
    *p = (struct scan_part){0};
    map_init(&p->ids.texts);
    spans_init(&p->spans, unit);
}

void part_free(struct scan_part *p)
{
    map_free(&p->ids.texts);
    spans_free(&p->spans);
}

/* The number in `p` of each series of `next`. */
static uint32_t *number_series(struct scan_part *p, const struct scan_part *next)
{
    size_t n = next->ids.texts.count;
    uint32_t *numbers = mem_alloc((n + 1) * sizeof *numbers);
    for (size_t i = 0; i < n; i++) {
        const struct map_entry *e = map_put(&p->ids.texts, next->ids.texts.entries[i].key, NULL);
        numbers[i] = (uint32_t)(e - p->ids.texts.entries);
    }
    return numbers;
}

void part_append(struct scan_part *p, struct scan_part *next)
{
    next->remarks.rounded |= p->remarks.rounded;
    next->remarks.zoned |= p->remarks.zoned;
    next->remarks.local |= p->remarks.local;
    if (p->spans.n == 0) {
        /* The first one: nothing has to be copied. */
        part_free(p);
        *p = *next;
        return;
    }
    p->remarks = next->remarks;
    uint32_t *numbers = number_series(p, next);
    spans_append(&p->spans, &next->spans, numbers, p->ids.texts.count);
    mem_free(numbers);
    part_free(next);
}
