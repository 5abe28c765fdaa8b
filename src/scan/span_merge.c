#include <string.h>

#include "scan/span_builder.h"
#include "scan/value_builder.h"

/* Copy the state of a span; one byte stands for every regular span and is not copied. */
static struct str copy_steps(struct span_builder *b, struct str steps)
{
    static const char regular[] = "\1";
    if (steps.len == 1 && steps.data[0] == regular[0]) {
        return str_n(regular, 1);
    }
    return steps.len ? str_n(arena_strndup(&b->states, steps.data, steps.len), steps.len) : steps;
}

/* The first time of the span is earlier than the last one before the cut. */
static void count_backwards(struct span_builder *b, struct span_content *s)
{
    struct time_steps steps;
    enum time_unit unit =
        b->unit == TIME_UNIT_INDEX ? time_epoch_unit(s->t_min, s->t_max) : b->unit;
    if (time_steps_decode(s->steps, s->times, s->t_min, s->t_max, unit, &steps)) {
        steps.backwards++;
        strbuf_clear(&b->code);
        time_steps_encode(&steps, &b->code);
        s->steps = strbuf_view(&b->code);
    }
}

/* Of the last span of `b`. `its`: the first and last times of its series behind the cut; NULL where
 * the span has no times. */
static void append_content(struct span_builder *b, uint32_t series, struct last_time *its,
                           struct span_content c)
{
    if (its && its->known) {
        struct last_time *last = spans_last(b, series);
        /* The first times behind the cut; `known` falls, so that this is done once a series. */
        if (last->known && its->first < last->t) {
            count_backwards(b, &c);
        }
        *last = (struct last_time){last->known ? last->first : its->first, its->t, true};
        its->known = false;
    }
    c.steps = copy_steps(b, c.steps);
    if (c.values.len) {
        c.values = str_n(arena_strndup(&b->states, c.values.data, c.values.len), c.values.len);
    }
    *spans_content(b, b->n - 1) = c;
}

void spans_append(struct span_builder *b, struct span_builder *next, const uint32_t *numbers,
                  size_t n_series)
{
    if (n_series) {
        spans_reserve_series(b, (uint32_t)(n_series - 1));
    }
    b->n_targets = next->n_targets;
    for (size_t i = 0; i < next->n; i++) {
        struct span s = next->spans[i];
        struct last_time *its = spans_content_of(next, i)->times ? &next->last[s.series] : NULL;
        s.series = numbers[s.series];
        b->spans = mem_grow(b->spans, b->n, &b->cap, sizeof *b->spans);
        b->spans[b->n++] = s;
        if (i < next->n_contents) {
            append_content(b, s.series, its, next->contents[i]);
        }
    }
}

void spans_merge_values(struct span_builder *b, struct span_content *whole,
                        const struct span_content *s)
{
    struct strbuf code;
    if (b->n_targets == 0) {
        return;
    }
    strbuf_init(&code, SIZE_MAX);
    values_merge_codes(&code, b->n_targets, whole, s);
    whole->values = str_n(arena_strndup(&b->states, code.data, code.len), code.len);
    strbuf_free(&code);
}
