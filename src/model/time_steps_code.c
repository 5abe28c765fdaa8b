/* The encoded form of a state: a version byte, and unless the sequence is regular
 *
 *     quality, facts (bit 0 whole_days, bits 1-4 positions, bits 5-6 grain), weekdays, months,
 *     backwards, duplicates, longest, other, weekends, n, n x (step as the difference to the one
 * before, count)
 *
 * each as a varint.
 */
#include "base/varint.h"
#include "model/time_steps.h"

/* 1: the only version so far. Another one means bytes that this program does not know. */
#define VERSION 1
static bool is_plain(const struct time_steps *s)
{
    return s->quality == STEPS_EXACT && s->backwards == 0 && s->duplicates == 0 && s->other == 0 &&
           s->n <= 1;
}

void time_steps_encode(const struct time_steps *s, struct strbuf *out)
{
    if (s->times == 0 || s->quality == STEPS_UNKNOWN) {
        return;
    }
    varint_put(out, VERSION);
    if (is_plain(s)) {
        return;
    }
    varint_put(out, s->quality);
    varint_put(out,
               (uint64_t)s->whole_days | (uint64_t)s->positions << 1 | (uint64_t)s->grain << 5);
    varint_put(out, s->weekdays);
    varint_put(out, s->months);
    varint_put(out, s->backwards);
    varint_put(out, s->duplicates);
    varint_put(out, s->longest);
    varint_put(out, s->other);
    varint_put(out, s->weekends);
    varint_put(out, s->n);
    uint64_t before = 0;
    for (size_t i = 0; i < s->n; i++) {
        varint_put(out, s->steps[i].step - before);
        varint_put(out, s->steps[i].count);
        before = s->steps[i].step;
    }
}

static void take_steps(struct varint_cursor *c, struct time_steps *s)
{
    uint64_t before = 0, total = 0;
    s->n = (size_t)varint_next(c, TIME_STEPS_MAX);
    for (size_t i = 0; i < s->n && !c->bad; i++) {
        s->steps[i].step = before + varint_next(c, UINT64_MAX - before);
        s->steps[i].count = varint_next(c, s->times);
        c->bad |= s->steps[i].step == before || s->steps[i].count == 0;
        before = s->steps[i].step;
        total += s->steps[i].count;
    }
    /* What makes a state: neighbours are as many as there are times but one. */
    bool sums = s->quality != STEPS_EXACT || total + s->other + s->duplicates + 1 == s->times;
    c->bad |= !sums || s->longest < before;
}

bool time_steps_decode(struct str bytes, uint64_t times, int64_t t_min, int64_t t_max,
                       enum time_unit unit, struct time_steps *out)
{
    *out = (struct time_steps){.times = times, .t_min = t_min, .t_max = t_max};
    if (times == 0) {
        *out = (struct time_steps){0};
        return bytes.len == 0;
    }
    if (bytes.len == 0) {
        out->quality = STEPS_UNKNOWN;
        return true;
    }
    struct varint_cursor c = {.rest = bytes};
    if (t_max < t_min || varint_next(&c, VERSION) != VERSION) {
        return false;
    }
    if (c.rest.len == 0) {
        time_steps_regular(times, t_min, t_max, unit, out);
        uint64_t span = (uint64_t)t_max - (uint64_t)t_min;
        return times < 2 ? span == 0 : out->n == 1 && out->longest * (times - 1) == span;
    }
    out->quality = (enum steps_quality)varint_next(&c, STEPS_UNORDERED);
    uint64_t facts = varint_next(&c, 1 | DAY_POSITIONS << 1 | TIME_GRAIN_MAX << 5);
    out->whole_days = facts & 1;
    out->positions = facts >> 1 & DAY_POSITIONS;
    out->grain = (uint8_t)(facts >> 5);
    out->weekdays = (uint8_t)varint_next(&c, 0x7f);
    out->months = (uint16_t)varint_next(&c, 0xfff);
    out->backwards = varint_next(&c, times);
    out->duplicates = varint_next(&c, times - 1);
    out->longest = varint_next(&c, UINT64_MAX);
    out->other = varint_next(&c, times);
    out->weekends = varint_next(&c, times);
    take_steps(&c, out);
    if (!time_unit_is_calendar(unit)) {
        out->whole_days = false;
        out->weekdays = out->positions = 0;
        out->months = 0;
        out->weekends = 0;
    }
    return !c.bad && c.rest.len == 0;
}
