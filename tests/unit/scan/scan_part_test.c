#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "scan/part_code.h"
#include "scan/scan_part.h"
#include "span_support.h"
#include "support.h"

enum { SERIES = 7, ROWS = 50, GROUPS = 12 };

/* The rows of a row group: which series, and at what time. The same for every caller. */
static void add_group(struct scan_part *p, uint32_t group)
{
    unsigned seed = 1000 + group;
    spans_begin_group(&p->spans, group);
    p->spans.n_targets = 2;
    for (int row = 0; row < ROWS; row++) {
        char id[8];
        /* Some row groups lack some series, and some rows lack a time. */
        int which = rand_r(&seed) % (group % 3 ? SERIES : 3);
        int64_t time = ((int64_t)group * 10 + rand_r(&seed) % 25) * (group == 9 ? 1000 : 1000000);
        uint8_t valid = rand_r(&seed) % 8 != 0;
        snprintf(id, sizeof id, "s%d", which);
        spans_add_run(&p->spans, put_id(p, id), 1, (struct run_times){&time, &valid});
    }
    spans_end_group(&p->spans);
    p->remarks.rounded |= group == 5;
    p->remarks.zoned |= group == 11;
    if (group % 5 == 2) {
        uneven_add(&p->uneven, group % 2);
    }
}

static void whole_part(struct scan_part *p, enum time_unit unit)
{
    part_init(p, unit);
    for (uint32_t g = 0; g < GROUPS; g++) {
        add_group(p, g);
    }
}

static void assert_same(const struct scan_part *a, const struct scan_part *b)
{
    assert_int_equal(a->ids.count, b->ids.count);
    for (size_t i = 0; i < a->ids.count; i++) {
        assert_true(str_eq(a->ids.keys[i], b->ids.keys[i]));
    }
    assert_same_spans(&a->spans, &b->spans);
    assert_memory_equal(&a->remarks, &b->remarks, sizeof a->remarks);
    assert_int_equal(a->spans.grain, b->spans.grain);
    assert_int_equal(a->uneven.n, b->uneven.n);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(uneven_has(&a->uneven, i), uneven_has(&b->uneven, i));
    }
}

/* Cut into parts behind the row groups whose bits are set, and put together again. */
static void cut_part(struct scan_part *p, unsigned cuts, enum time_unit unit)
{
    struct scan_part next;
    part_init(p, unit);
    part_init(&next, unit);
    for (uint32_t g = 0; g < GROUPS; g++) {
        add_group(&next, g);
        if (cuts >> g & 1) {
            part_append(p, &next);
            part_init(&next, unit);
        }
    }
    part_append(p, &next);
}

static void it_makes_no_difference_where_a_file_is_cut(void **state)
{
    (void)state;
    static const enum time_unit units[] = {TIME_UNIT_S, TIME_UNIT_INDEX};
    for (int u = 0; u < 2; u++) {
        struct scan_part whole;
        whole_part(&whole, units[u]);
        for (unsigned cuts = 0; cuts < 1u << GROUPS; cuts += 37) {
            struct scan_part cut;
            cut_part(&cut, cuts, units[u]);
            assert_same(&whole, &cut);
            part_free(&cut);
        }
        part_free(&whole);
    }
}

static void a_time_that_goes_back_behind_a_cut_is_counted(void **state)
{
    (void)state;
    struct scan_part a, b;
    int64_t later[] = {100, 110}, earlier[] = {50, 60};
    part_init(&a, TIME_UNIT_S);
    part_init(&b, TIME_UNIT_S);
    put_id(&a, "x");
    put_id(&b, "x");
    spans_begin_group(&a.spans, 0);
    spans_add_run(&a.spans, 0, 2, (struct run_times){later, NULL});
    spans_end_group(&a.spans);
    spans_begin_group(&b.spans, 1);
    spans_add_run(&b.spans, 0, 2, (struct run_times){earlier, NULL});
    spans_end_group(&b.spans);
    part_append(&a, &b);
    struct time_steps steps;
    const struct span_content *s = spans_content_of(&a.spans, 1);
    assert_true(time_steps_decode(s->steps, s->times, s->t_min, s->t_max, TIME_UNIT_S, &steps));
    assert_int_equal(steps.backwards, 1);
    part_free(&a);
}

static void a_part_comes_back_from_its_bytes(void **state)
{
    (void)state;
    struct scan_part whole, again, first, cut;
    struct strbuf bytes;
    whole_part(&whole, TIME_UNIT_S);
    strbuf_init(&bytes, SIZE_MAX);
    part_encode(&whole, &bytes);
    assert_true(part_decode(strbuf_view(&bytes), 0, GROUPS, &again));
    assert_same(&whole, &again);
    part_free(&again);
    /* Also what the row groups behind it need to know. */
    part_init(&first, TIME_UNIT_S);
    part_init(&cut, TIME_UNIT_S);
    for (uint32_t g = 0; g < GROUPS; g++) {
        add_group(g < 5 ? &first : &cut, g);
    }
    strbuf_clear(&bytes);
    part_encode(&first, &bytes);
    assert_true(part_decode(strbuf_view(&bytes), 0, 5, &again));
    part_append(&again, &cut);
    assert_same(&whole, &again);
    part_free(&again);
    part_free(&first);
    part_free(&whole);
    strbuf_free(&bytes);
}

static void bytes_that_are_no_part_are_refused(void **state)
{
    (void)state;
    struct scan_part whole, again;
    struct strbuf bytes;
    whole_part(&whole, TIME_UNIT_S);
    strbuf_init(&bytes, SIZE_MAX);
    part_encode(&whole, &bytes);
    for (size_t n = 0; n < bytes.len; n++) {
        assert_false(part_decode(str_n(bytes.data, n), 0, GROUPS, &again));
    }
    for (size_t at = 0; at < bytes.len; at++) {
        bytes.data[at] ^= 0x55;
        assert_false(part_decode(strbuf_view(&bytes), 0, GROUPS, &again));
        bytes.data[at] ^= 0x55;
    }
    /* Row groups that are not the slice's. */
    assert_false(part_decode(strbuf_view(&bytes), 1, GROUPS, &again));
    assert_false(part_decode(strbuf_view(&bytes), 0, GROUPS - 1, &again));
    part_free(&whole);
    strbuf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_makes_no_difference_where_a_file_is_cut),
        cmocka_unit_test(a_time_that_goes_back_behind_a_cut_is_counted),
        cmocka_unit_test(a_part_comes_back_from_its_bytes),
        cmocka_unit_test(bytes_that_are_no_part_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
