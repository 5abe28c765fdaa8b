#include "support.h"

#include "search/postings.h"

/* Lists of every density, some in clusters, some with gaps of millions. */
static size_t make_list(struct corpus_rng *r, uint32_t *units, size_t room, uint32_t n_units)
{
    size_t n = 0;
    uint64_t mean = 1ull << corpus_below(r, 22);
    for (uint64_t unit = corpus_below(r, mean); n < room && unit < n_units;) {
        units[n++] = (uint32_t)unit;
        unit += 1 + (corpus_below(r, 3) ? corpus_below(r, 3) : corpus_below(r, mean * 2));
    }
    return n;
}

static void test_lists_come_back(void **state)
{
    (void)state;
    enum { ROOM = 500, UNITS = 30000000 };
    struct corpus_rng r = {3};
    uint32_t units[ROOM];
    for (int i = 0; i < 3000; i++) {
        struct strbuf out;
        strbuf_init(&out, SIZE_MAX);
        strbuf_add(&out, "before", 6);
        size_t n = make_list(&r, units, ROOM, UNITS);
        uint32_t k = posting_write(units, n, &out), unit = 0;
        struct posting_reader reader =
            posting_reader((const uint8_t *)out.data, out.len, 6, k, (uint32_t)n, UNITS);
        for (size_t at = 0; at < n; at++) {
            assert_true(posting_next(&reader, &unit));
            assert_int_equal(unit, units[at]);
        }
        assert_false(posting_next(&reader, &unit) || reader.damaged);
        strbuf_free(&out);
    }
}

/* Whatever the bytes are, units ascend, stay below their number, and the rest is damage. */
static void test_damage_is_told(void **state)
{
    (void)state;
    enum { LEN = 40, UNITS = 5000 };
    struct corpus_rng r = {4};
    size_t damaged = 0;
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[LEN];
        for (size_t b = 0; b < LEN; b++) {
            bytes[b] = (uint8_t)(corpus_below(&r, 4) ? corpus_next(&r) : 0xff);
        }
        struct posting_reader reader =
            posting_reader(bytes, corpus_below(&r, LEN + 1), corpus_below(&r, LEN + 2),
                           (uint32_t)corpus_below(&r, 34), (uint32_t)corpus_below(&r, 400), UNITS);
        uint32_t unit = 0, last = 0;
        for (bool first = true; posting_next(&reader, &unit); first = false, last = unit) {
            assert_true(unit < UNITS && (first || unit > last));
        }
        damaged += reader.damaged;
    }
    assert_true(damaged > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_come_back),
        cmocka_unit_test(test_damage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
