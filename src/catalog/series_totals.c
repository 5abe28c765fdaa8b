#include "catalog/series_totals.h"

#include <string.h>

struct figure figure_of(uint64_t v)
{
    return (struct figure){.known = v <= INT64_MAX, .value = v <= INT64_MAX ? (int64_t)v : 0};
}

void series_totals_init(struct series_totals *t)
{
    *t = (struct series_totals){0};
    map_init(&t->frequencies);
}

void series_totals_free(struct series_totals *t)
{
    map_free(&t->frequencies);
}

static void add(struct total *t, const struct figure *f)
{
    t->known |= f->known;
    t->sum += f->known ? f->value : 0;
}

static void add_count(struct total *t, uint64_t n)
{
    t->known = true;
    t->sum += n;
}

static void take_least(struct figure *least, const struct figure *f)
{
    if (f->known && (!least->known || f->value < least->value)) {
        *least = *f;
    }
}

static void take_most(struct figure *most, const struct figure *f)
{
    if (f->known && (!most->known || f->value > most->value)) {
        *most = *f;
    }
}

static bool is_positive(const struct figure *f)
{
    return f->known && f->value > 0;
}

void series_totals_add(struct series_totals *t, const struct series_figures *f)
{
    t->series++;
    add(&t->records, &f->records);
    take_least(&t->shortest, &f->records);
    take_most(&t->longest, &f->records);
    take_least(&t->first, &f->first);
    take_most(&t->last, &f->last);
    take_least(&t->first_timestamp, &f->first_timestamp);
    take_most(&t->last_timestamp, &f->last_timestamp);
    add(&t->null_times, &f->null_times);
    add(&t->gaps, &f->gaps);
    add(&t->missing, &f->missing);
    add(&t->duplicates, &f->duplicates);
    add(&t->out_of_order, &f->out_of_order);
    t->with_gaps += is_positive(&f->gaps);
    t->with_duplicates += is_positive(&f->duplicates);
    t->with_out_of_order += is_positive(&f->out_of_order);
    t->unordered += f->steps_quality && strcmp(f->steps_quality, "exact") != 0;
    if (f->frequency.has_name) {
        struct str name = str_c(f->frequency.name);
        t->with_frequency++;
        t->irregular += str_eq(name, str_c(FREQUENCY_IRREGULAR));
        map_put(&t->frequencies, name, NULL)->value++;
    }
}

void series_totals_add_values(struct series_totals *t, const struct value_stats *s,
                              bool intermittent)
{
    add_count(&t->values, s->rows);
    add_count(&t->nulls, s->nulls);
    add_count(&t->nans, s->nans);
    add_count(&t->infinities, s->positive_infinities);
    add_count(&t->infinities, s->negative_infinities);
    add_count(&t->zeros, s->zeros);
    add_count(&t->negatives, s->negatives);
    t->constant += s->moments.n > 0 && s->min == s->max;
    t->intermittent += intermittent;
    t->values_unordered += s->order == VALUES_UNORDERED;
}

bool series_totals_frequency(const struct series_totals *t, struct str *name, int64_t *series)
{
    const struct map_entry *best = NULL;
    for (size_t i = 0; i < t->frequencies.count; i++) {
        const struct map_entry *e = &t->frequencies.entries[i];
        if (!best || e->value > best->value ||
            (e->value == best->value && str_cmp(e->key, best->key) < 0)) {
            best = e;
        }
    }
    *name = best ? best->key : str_n(NULL, 0);
    *series = best ? (int64_t)best->value : 0;
    return best != NULL;
}

struct figure total_figure(const struct total *t)
{
    bool fits = t->sum >= INT64_MIN && t->sum <= INT64_MAX;
    return (struct figure){.known = t->known && fits, .value = fits ? (int64_t)t->sum : 0};
}
