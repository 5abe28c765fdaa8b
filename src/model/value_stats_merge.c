/* value_stats_merge.c - two states to that of both, and a state in another unit of time. */
#include <string.h>

#include "model/value_hash.h"
#include "model/value_stats.h"

static void merge_counts(struct value_stats *a, const struct value_stats *b)
{
    if (b->moments.n) {
        bool any = a->moments.n > 0;
        a->min = any && a->min < b->min ? a->min : b->min;
        a->max = any && a->max > b->max ? a->max : b->max;
    }
    a->rows += b->rows;
    a->nulls += b->nulls;
    a->nans += b->nans;
    a->positive_infinities += b->positive_infinities;
    a->negative_infinities += b->negative_infinities;
    a->zeros += b->zeros;
    a->negatives += b->negatives;
    a->fractions += b->fractions;
    a->rounded |= b->rounded;
    moments_merge(&a->moments, &b->moments);
}

static void merge_runs(struct value_stats *a, const struct value_stats *b)
{
    bool joined = a->suffix && b->prefix && a->last == b->first;
    uint64_t middle = joined ? a->suffix + b->prefix : 0;
    uint64_t longest = a->longest > b->longest ? a->longest : b->longest;
    bool whole_a = a->prefix == a->ordered, whole_b = b->suffix == b->ordered;
    a->longest = middle > longest ? middle : longest;
    a->prefix = joined && whole_a ? middle : a->prefix;
    a->suffix = joined && whole_b ? middle : b->suffix;
}

/* b lies behind a. */
static void join(struct value_stats *a, const struct value_stats *b)
{
    merge_runs(a, b);
    for (int f = 0; f < VALUE_FORMS; f++) {
        a->forms[f] = value_hash_join(a->forms[f], b->forms[f], b->sequence);
    }
    value_levels_merge(&a->levels, &b->levels);
    a->first = a->sequence ? a->first : b->first;
    a->last = b->sequence ? b->last : a->last;
    a->sequence += b->sequence;
}

static void copy_order(struct value_stats *a, const struct value_stats *b)
{
    size_t tail = offsetof(struct value_stats, order);
    memcpy((char *)a + tail, (const char *)b + tail, sizeof *a - tail);
}

/* Which of the two lies in front; false where they overlap. */
static bool in_front(const struct value_stats *a, const struct value_stats *b)
{
    return a->order == VALUES_BY_ROW || a->t_max <= b->t_min;
}

/* b in front of a: joined in a copy of what belongs to order. */
static void join_in_front(struct value_stats *a, const struct value_stats *b)
{
    struct value_stats front;
    copy_order(&front, b);
    join(&front, a);
    front.sparkline = a->sparkline;
    front.ordered = a->ordered;
    front.t_min = a->t_min;
    front.t_max = a->t_max;
    copy_order(a, &front);
}

/* A state that says nothing of order: of no rows, or of rows without a time. (One whose order is
 * not known says that.) */
static bool is_orderless(const struct value_stats *s)
{
    return s->ordered == 0 && s->order != VALUES_UNORDERED;
}

static void merge_order(struct value_stats *a, const struct value_stats *b)
{
    if (is_orderless(b)) {
        return;
    }
    if (is_orderless(a)) {
        copy_order(a, b);
        return;
    }
    if (a->order != b->order) {
        a->order = VALUES_UNORDERED;
    } else if (a->order != VALUES_UNORDERED && in_front(a, b)) {
        join(a, b);
    } else if (a->order != VALUES_UNORDERED && in_front(b, a)) {
        join_in_front(a, b);
    } else {
        a->order = VALUES_UNORDERED;
    }
    sparkline_merge(&a->sparkline, &b->sparkline,
                    a->order == VALUES_BY_ROW ? (int64_t)a->ordered : 0);
    a->t_min = a->t_min < b->t_min ? a->t_min : b->t_min;
    a->t_max = a->t_max > b->t_max ? a->t_max : b->t_max;
    a->ordered += b->ordered;
}

void value_stats_merge(struct value_stats *a, const struct value_stats *b)
{
    merge_order(a, b);
    merge_counts(a, b);
}

bool value_stats_convert(struct value_stats *s, enum time_unit from, enum time_unit to,
                         bool rounded)
{
    int64_t t_min, t_max;
    if (from == to || s->ordered == 0 || s->order == VALUES_BY_ROW) {
        return true;
    }
    if (to == TIME_UNIT_INDEX) {
        s->levels.known = false; /* the calendar was a wrong guess; the numbers stay */
        return true;
    }
    if ((from > to && rounded) || !time_convert(s->t_min, from, to, &t_min) ||
        !time_convert(s->t_max, from, to, &t_max)) {
        s->order = VALUES_UNORDERED;
        s->sparkline.n = 0;
        return false;
    }
    sparkline_convert(&s->sparkline, time_ticks_per_day(from), time_ticks_per_day(to));
    s->t_min = t_min;
    s->t_max = t_max;
    return true;
}
