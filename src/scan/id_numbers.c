/* id_numbers.c - a set whose keys are integers. */
#include "scan/id_table.h"

static size_t number_slot(const struct id_set *s, int64_t number)
{
    uint64_t x = ((uint64_t)number ^ s->seed) * 0x9E3779B97F4A7C15ull;
    x = (x ^ x >> 32) * 0xD6E8FEB86659FD93ull;
    return (size_t)(x ^ x >> 32) & (s->n_slots - 1);
}

/* The slot of a number, or the free one where it belongs, from `at` on; n_slots where the look-up
 * is suspicious. */
static inline size_t find(const struct id_set *s, int64_t number, size_t at)
{
    size_t steps = 0;
    while (s->number_slots[at].series && s->number_slots[at].number != number) {
        if (++steps > STEPS_MAX && s->seed == 0) {
            return s->n_slots;
        }
        at = (at + 1) & (s->n_slots - 1);
    }
    return at;
}

/* With `n_slots` slots, and by the seed as it is now. */
static void rehash(struct id_set *s, size_t n_slots)
{
    mem_free(s->number_slots);
    s->number_slots = mem_zalloc(n_slots * sizeof *s->number_slots);
    s->n_slots = n_slots;
    for (size_t i = 0; i < s->count; i++) {
        if (i + STAGE < s->count) {
            __builtin_prefetch(&s->number_slots[number_slot(s, s->numbers[i + STAGE])], 1);
        }
        if (i + 1 == s->null_series) {
            continue;
        }
        size_t at = find(s, s->numbers[i], number_slot(s, s->numbers[i]));
        if (at == n_slots) {
            id_table_change_seed(s);
            rehash(s, n_slots);
            return;
        }
        s->number_slots[at] = (struct number_slot){s->numbers[i], (uint32_t)i + 1};
    }
}

void id_numbers_index(struct id_set *s, size_t more)
{
    size_t n_slots = id_table_slots(s, more);
    if (n_slots != s->n_slots) {
        rehash(s, n_slots);
    }
}

static inline uint32_t put(struct id_set *s, int64_t number)
{
    size_t at = find(s, number, number_slot(s, number));
    if (at == s->n_slots) {
        id_table_change_seed(s);
        rehash(s, s->n_slots);
        at = find(s, number, number_slot(s, number));
    }
    struct number_slot *slot = &s->number_slots[at];
    if (slot->series == 0) {
        s->numbers[s->count] = number;
        *slot = (struct number_slot){number, (uint32_t)++s->count};
    }
    return slot->series - 1;
}

/* As that of strings. */
static size_t put_ascending(struct id_set *s, const int64_t *v, size_t n, uint32_t *series)
{
    size_t i = 0;
    for (; i < n && (!s->largest || v[i] >= s->numbers[s->largest - 1]); i++) {
        if (!s->largest || v[i] > s->numbers[s->largest - 1]) {
            s->numbers[s->count] = v[i];
            s->largest = (uint32_t)++s->count;
        }
        series[i] = s->largest - 1;
    }
    return i;
}

/* At most WINDOW numbers. */
static bool put_window(struct id_set *s, const int64_t *v, size_t n, uint32_t *series)
{
    if (!id_table_grow(s, n)) {
        return false;
    }
    size_t done = s->n_slots ? 0 : put_ascending(s, v, n, series);
    if (done == n) {
        return true;
    }
    id_numbers_index(s, n - done);
    for (size_t at = done; at < n + STAGE; at += STAGE) {
        for (size_t i = at; i < n && i < at + STAGE; i++) {
            __builtin_prefetch(&s->number_slots[number_slot(s, v[i])], 1);
        }
        for (size_t i = at < done + STAGE ? at : at - STAGE; i < n && i < at; i++) {
            series[i] = put(s, v[i]);
        }
    }
    return true;
}

bool id_set_put_numbers(struct id_set *s, const int64_t *v, size_t n, uint32_t *series)
{
    for (size_t done = 0; done < n; done += WINDOW) {
        size_t some = n - done < WINDOW ? n - done : WINDOW;
        if (!put_window(s, v + done, some, series + done)) {
            return false;
        }
    }
    return true;
}
