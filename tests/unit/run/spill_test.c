#include "run/spill.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "unit/scan/span_support.h"
#include "unit/scan/support.h"

#define PATH "/tmp/tsi-spill-test"

enum { SERIES = 3000, GROUPS = 6 };

/* Series that have rows in some of the row groups, whose times go back between them. */
static void add_group(struct scan_part *p, uint32_t group)
{
    spans_begin_group(&p->spans, group);
    for (unsigned s = group; s < SERIES; s += 1 + group % 3) {
        char id[16];
        snprintf(id, sizeof id, "s%u", s * 7919 % SERIES);
        int64_t times[2] = {(int64_t)(group ^ 1) * 1000 + s, (int64_t)(group ^ 1) * 1000 + s + 3};
        spans_add_run(&p->spans, put_id(p, id), 2, (struct run_times){times, NULL});
    }
    spans_end_group(&p->spans);
    p->remarks.rounded |= group == 2;
}

static void make(struct scan_part *p, uint32_t first, uint32_t end)
{
    part_init(p, TIME_UNIT_S);
    for (uint32_t g = first; g < end; g++) {
        add_group(p, g);
    }
}

static const struct span *find(const struct scan_part *p, uint32_t series, uint32_t group)
{
    for (size_t i = 0; i < p->spans.n; i++) {
        const struct span *s = &p->spans.spans[i];
        if (s->series == series && s->row_group == group) {
            return s;
        }
    }
    return NULL;
}

/* Every span of the bucket is one of the whole, which has the ids in the same order. */
static void assert_within(const struct scan_part *bucket, struct scan_part *whole)
{
    uint32_t before = 0;
    for (uint32_t i = 0; i < bucket->ids.count; i++) {
        uint32_t series;
        assert_true(id_set_put_strs(&whole->ids, &bucket->ids.keys[i], 1, &series));
        assert_true(i == 0 || series > before);
        before = series;
        for (uint32_t g = 0; g < GROUPS; g++) {
            const struct span *x = find(bucket, i, g), *y = find(whole, series, g);
            assert_int_equal(x == NULL, y == NULL);
            if (x && y) {
                struct span a = *x, b = *y;
                a.series = b.series;
                assert_memory_equal(&a, &b, sizeof a);
                assert_same_content(
                    spans_content_of(&bucket->spans, (size_t)(x - bucket->spans.spans)),
                    spans_content_of(&whole->spans, (size_t)(y - whole->spans.spans)));
            }
        }
    }
}

static void buckets_of_all_parts_are_the_whole(void **state)
{
    (void)state;
    static const uint32_t cuts[] = {0, 1, 4, GROUPS};
    struct spill spill;
    struct spilled *parts[3];
    struct scan_part whole, bucket;
    struct part_facts facts, all;
    struct error err = {0};
    size_t series = 0, spans = 0;
    spill_init(&spill, PATH);
    make(&whole, 0, GROUPS);
    facts_init(&facts);
    facts_init(&all);
    facts_add_part(&all, &whole);
    for (int i = 0; i < 3; i++) {
        struct scan_part p;
        make(&p, cuts[i], cuts[i + 1]);
        assert_int_equal(spill_put(&spill, &p, &parts[i], &err), OK);
        facts_add(&facts, &parts[i]->facts);
        part_free(&p);
    }
    for (size_t b = 0; b < PART_BUCKETS; b++) {
        assert_int_equal(spill_bucket(&spill, parts, 3, b, GROUPS, &bucket, &err), OK);
        assert_within(&bucket, &whole);
        assert_true(bucket.remarks.rounded);
        series += bucket.ids.count;
        spans += bucket.spans.n;
        part_free(&bucket);
    }
    assert_int_equal(series, whole.ids.count);
    assert_int_equal(spans, whole.spans.n);
    assert_int_equal(facts.spans, all.spans);
    assert_int_equal(facts.rows, all.rows);
    assert_int_equal(facts.t_min, all.t_min);
    assert_int_equal(facts.t_max, all.t_max);
    assert_int_equal(facts.grain, all.grain);
    assert_true(facts.remarks.rounded && facts.series_most <= whole.ids.count);
    for (int i = 0; i < 3; i++) {
        spilled_free(parts[i]);
    }
    part_free(&whole);
    spill_free(&spill);
}

static void a_directory_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct spill spill;
    struct spilled *out = NULL;
    struct scan_part p;
    struct error err = {0};
    spill_init(&spill, "/nowhere/at/all.db");
    make(&p, 0, 1);
    assert_int_not_equal(spill_put(&spill, &p, &out, &err), OK);
    assert_null(out);
    assert_non_null(strstr(err.text, "/nowhere/at/all.db"));
    part_free(&p);
    spill_free(&spill);
}

static void a_disk_without_room_is_told(void **state)
{
    (void)state;
    struct spill spill;
    struct spilled *out = NULL;
    struct scan_part p;
    struct error err = {0};
    struct rlimit before, small;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1000;
    spill_init(&spill, PATH);
    make(&p, 0, 2);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum error_code code = spill_put(&spill, &p, &out, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_not_equal(code, OK);
    assert_null(out);
    assert_non_null(strstr(err.text, PATH));
    part_free(&p);
    spill_free(&spill);
}

/* The disk changed what was written: it is noticed, and not taken for series. */
static void bytes_that_are_not_what_was_written_are_refused(void **state)
{
    (void)state;
    struct spill spill;
    struct spilled *out = NULL;
    struct scan_part p, bucket;
    struct error err = {0};
    spill_init(&spill, PATH);
    make(&p, 0, 2);
    assert_int_equal(spill_put(&spill, &p, &out, &err), OK);
    assert_int_equal(pwrite(spill.fd, "\xff", 1, (off_t)out->at[9] + 5), 1);
    assert_int_equal(spill_bucket(&spill, &out, 1, 8, GROUPS, &bucket, &err), OK);
    part_free(&bucket);
    assert_int_not_equal(spill_bucket(&spill, &out, 1, 9, GROUPS, &bucket, &err), OK);
    assert_non_null(strstr(err.text, PATH));
    spilled_free(out);
    part_free(&p);
    spill_free(&spill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_of_all_parts_are_the_whole),
        cmocka_unit_test(a_directory_that_is_not_there_is_named),
        cmocka_unit_test(a_disk_without_room_is_told),
        cmocka_unit_test(bytes_that_are_not_what_was_written_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
