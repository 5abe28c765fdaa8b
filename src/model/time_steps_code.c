/* The encoded form of a state: a version byte, and unless the sequence is regular
 *
 *     quality, facts (bit 0 whole_days, bits 1-4 positions), weekdays, months,
 *     backwards, duplicates, longest, other, weekends, n, n x (step as the difference to the one
 * before, count)
 *
 * each as a varint of seven bits a byte, least significant first.
 */
#include "model/time_steps.h"

/* 1: the only version so far. Another one means bytes that this program does not know. */
#define VERSION 1
/* Bytes of a 64-bit varint. */
#define VARINT_MAX 10

static void put(struct strbuf *out, uint64_t v)
{
    while (v >= 0x80) {
        strbuf_add_char(out, (char)(v | 0x80));
        v >>= 7;
    }
    strbuf_add_char(out, (char)v);
}

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
    put(out, VERSION);
    if (is_plain(s)) {
        return;
    }
    put(out, s->quality);
    put(out, (uint64_t)s->whole_days | (uint64_t)s->positions << 1);
    put(out, s->weekdays);
    put(out, s->months);
    put(out, s->backwards);
    put(out, s->duplicates);
    put(out, s->longest);
    put(out, s->other);
    put(out, s->weekends);
    put(out, s->n);
    uint64_t before = 0;
    for (size_t i = 0; i < s->n; i++) {
        put(out, s->steps[i].step - before);
        put(out, s->steps[i].count);
        before = s->steps[i].step;
    }
}

struct cursor {
    const uint8_t *p, *end;
    bool bad;
};

/* The next number; more than `max` is bad. */
static uint64_t take(struct cursor *c, uint64_t max)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < VARINT_MAX && c->p < c->end; i++) {
        uint8_t byte = *c->p++;
        if (i == VARINT_MAX - 1 && byte > 1) {
            break;
        }
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            c->bad |= v > max;
            return v <= max ? v : 0;
        }
    }
    c->bad = true;
    return 0;
}

static void take_steps(struct cursor *c, struct time_steps *s)
{
    uint64_t before = 0, total = 0;
    s->n = (size_t)take(c, TIME_STEPS_MAX);
    for (size_t i = 0; i < s->n && !c->bad; i++) {
        s->steps[i].step = before + take(c, UINT64_MAX - before);
        s->steps[i].count = take(c, s->times);
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
    const uint8_t *start = (const uint8_t *)bytes.data;
    struct cursor c = {start, start + bytes.len, false};
    if (t_max < t_min || take(&c, VERSION) != VERSION) {
        return false;
    }
    if (c.p == c.end) {
        time_steps_regular(times, t_min, t_max, unit, out);
        uint64_t span = (uint64_t)t_max - (uint64_t)t_min;
        return times < 2 ? span == 0 : out->n == 1 && out->longest * (times - 1) == span;
    }
    out->quality = (enum steps_quality)take(&c, STEPS_UNORDERED);
    uint64_t facts = take(&c, 1 | DAY_POSITIONS << 1);
    out->whole_days = facts & 1;
    out->positions = (uint8_t)(facts >> 1);
    out->weekdays = (uint8_t)take(&c, 0x7f);
    out->months = (uint16_t)take(&c, 0xfff);
    out->backwards = take(&c, times);
    out->duplicates = take(&c, times - 1);
    out->longest = take(&c, UINT64_MAX);
    out->other = take(&c, times);
    out->weekends = take(&c, times);
    take_steps(&c, out);
    if (!time_unit_is_calendar(unit)) {
        out->whole_days = false;
        out->weekdays = out->positions = 0;
        out->months = 0;
        out->weekends = 0;
    }
    return !c.bad && c.p == c.end;
}
