/* What steps mean: names against those that pandas gives, and gaps counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/frequency.h"

enum { POINTS = 14 };

/* pandas 3.1: date_range of 14 periods from 2001-03-05 and from 1962-11-30, and what infer_freq
 * says of it. Days since 1970. */
static const struct {
    const char *name;
    int64_t days[POINTS];
} known[] = {
    /* clang-format off */
    {"D", {11386, 11387, 11388, 11389, 11390, 11391, 11392, 11393, 11394, 11395, 11396, 11397, 11398, 11399}},
    {"D", {-2589, -2588, -2587, -2586, -2585, -2584, -2583, -2582, -2581, -2580, -2579, -2578, -2577, -2576}},
    {"2D", {11386, 11388, 11390, 11392, 11394, 11396, 11398, 11400, 11402, 11404, 11406, 11408, 11410, 11412}},
    {"2D", {-2589, -2587, -2585, -2583, -2581, -2579, -2577, -2575, -2573, -2571, -2569, -2567, -2565, -2563}},
    {"W-MON", {11386, 11393, 11400, 11407, 11414, 11421, 11428, 11435, 11442, 11449, 11456, 11463, 11470, 11477}},
    {"W-MON", {-2586, -2579, -2572, -2565, -2558, -2551, -2544, -2537, -2530, -2523, -2516, -2509, -2502, -2495}},
    {"2W-THU", {11389, 11403, 11417, 11431, 11445, 11459, 11473, 11487, 11501, 11515, 11529, 11543, 11557, 11571}},
    {"2W-THU", {-2583, -2569, -2555, -2541, -2527, -2513, -2499, -2485, -2471, -2457, -2443, -2429, -2415, -2401}},
    {"B", {11386, 11387, 11388, 11389, 11390, 11393, 11394, 11395, 11396, 11397, 11400, 11401, 11402, 11403}},
    {"B", {-2589, -2586, -2585, -2584, -2583, -2582, -2579, -2578, -2577, -2576, -2575, -2572, -2571, -2570}},
    {"MS", {11413, 11443, 11474, 11504, 11535, 11566, 11596, 11627, 11657, 11688, 11719, 11747, 11778, 11808}},
    {"MS", {-2588, -2557, -2526, -2498, -2467, -2437, -2406, -2376, -2345, -2314, -2284, -2253, -2223, -2192}},
    {"ME", {11412, 11442, 11473, 11503, 11534, 11565, 11595, 11626, 11656, 11687, 11718, 11746, 11777, 11807}},
    {"ME", {-2589, -2558, -2527, -2499, -2468, -2438, -2407, -2377, -2346, -2315, -2285, -2254, -2224, -2193}},
    {"BMS", {11414, 11443, 11474, 11505, 11535, 11568, 11596, 11627, 11659, 11688, 11719, 11747, 11778, 11808}},
    {"BMS", {-2586, -2557, -2526, -2498, -2467, -2437, -2404, -2376, -2345, -2313, -2284, -2253, -2222, -2192}},
    {"BME", {11411, 11442, 11473, 11502, 11534, 11565, 11593, 11626, 11656, 11687, 11718, 11746, 11775, 11807}},
    {"BME", {-2589, -2558, -2527, -2499, -2470, -2438, -2407, -2379, -2346, -2316, -2285, -2254, -2225, -2193}},
    {"2MS", {11413, 11474, 11535, 11596, 11657, 11719, 11778, 11839, 11900, 11961, 12022, 12084, 12143, 12204}},
    {"2MS", {-2588, -2526, -2467, -2406, -2345, -2284, -2223, -2161, -2101, -2040, -1979, -1918, -1857, -1795}},
    {"QS-JAN", {11413, 11504, 11596, 11688, 11778, 11869, 11961, 12053, 12143, 12234, 12326, 12418, 12509, 12600}},
    {"QS-JAN", {-2557, -2467, -2376, -2284, -2192, -2101, -2010, -1918, -1826, -1736, -1645, -1553, -1461, -1371}},
    {"QS-FEB", {11443, 11535, 11627, 11719, 11808, 11900, 11992, 12084, 12173, 12265, 12357, 12449, 12539, 12631}},
    {"QS-FEB", {-2526, -2437, -2345, -2253, -2161, -2071, -1979, -1887, -1795, -1706, -1614, -1522, -1430, -1341}},
    {"QS-MAR", {11474, 11566, 11657, 11747, 11839, 11931, 12022, 12112, 12204, 12296, 12387, 12478, 12570, 12662}},
    {"QS-MAR", {-2588, -2498, -2406, -2314, -2223, -2132, -2040, -1948, -1857, -1767, -1675, -1583, -1492, -1402}},
    {"QE-DEC", {11412, 11503, 11595, 11687, 11777, 11868, 11960, 12052, 12142, 12233, 12325, 12417, 12508, 12599}},
    {"QE-DEC", {-2558, -2468, -2377, -2285, -2193, -2102, -2011, -1919, -1827, -1737, -1646, -1554, -1462, -1372}},
    {"QE-OCT", {11442, 11534, 11626, 11718, 11807, 11899, 11991, 12083, 12172, 12264, 12356, 12448, 12538, 12630}},
    {"QE-OCT", {-2527, -2438, -2346, -2254, -2162, -2072, -1980, -1888, -1796, -1707, -1615, -1523, -1431, -1342}},
    {"QE-NOV", {11473, 11565, 11656, 11746, 11838, 11930, 12021, 12111, 12203, 12295, 12386, 12477, 12569, 12661}},
    {"QE-NOV", {-2589, -2499, -2407, -2315, -2224, -2133, -2041, -1949, -1858, -1768, -1676, -1584, -1493, -1403}},
    {"BQE-DEC", {11411, 11502, 11593, 11687, 11775, 11866, 11960, 12052, 12142, 12233, 12325, 12417, 12508, 12599}},
    {"BQE-DEC", {-2558, -2470, -2379, -2285, -2193, -2102, -2011, -1919, -1827, -1737, -1646, -1554, -1462, -1372}},
    {"BQS-JAN", {11414, 11505, 11596, 11688, 11778, 11869, 11961, 12053, 12143, 12234, 12326, 12418, 12509, 12600}},
    {"BQS-JAN", {-2557, -2467, -2376, -2284, -2192, -2101, -2010, -1918, -1826, -1736, -1645, -1553, -1459, -1371}},
    {"YS-JAN", {11688, 12053, 12418, 12784, 13149, 13514, 13879, 14245, 14610, 14975, 15340, 15706, 16071, 16436}},
    {"YS-JAN", {-2557, -2192, -1826, -1461, -1096, -731, -365, 0, 365, 730, 1096, 1461, 1826, 2191}},
    {"YS-JUL", {11504, 11869, 12234, 12600, 12965, 13330, 13695, 14061, 14426, 14791, 15156, 15522, 15887, 16252}},
    {"YS-JUL", {-2376, -2010, -1645, -1280, -915, -549, -184, 181, 546, 912, 1277, 1642, 2007, 2373}},
    {"YE-DEC", {11687, 12052, 12417, 12783, 13148, 13513, 13878, 14244, 14609, 14974, 15339, 15705, 16070, 16435}},
    {"YE-DEC", {-2558, -2193, -1827, -1462, -1097, -732, -366, -1, 364, 729, 1095, 1460, 1825, 2190}},
    {"YE-JUN", {11503, 11868, 12233, 12599, 12964, 13329, 13694, 14060, 14425, 14790, 15155, 15521, 15886, 16251}},
    {"YE-JUN", {-2377, -2011, -1646, -1281, -916, -550, -185, 180, 545, 911, 1276, 1641, 2006, 2372}},
    {"2YS-JAN", {11688, 12418, 13149, 13879, 14610, 15340, 16071, 16801, 17532, 18262, 18993, 19723, 20454, 21184}},
    {"2YS-JAN", {-2557, -1826, -1096, -365, 365, 1096, 1826, 2557, 3287, 4018, 4748, 5479, 6209, 6940}},
    {"BYE-DEC", {11687, 12052, 12417, 12783, 13147, 13511, 13878, 14244, 14609, 14974, 15338, 15705, 16070, 16435}},
    {"BYE-DEC", {-2558, -2193, -1827, -1462, -1098, -734, -366, -1, 364, 729, 1093, 1460, 1825, 2190}},
    {"BYS-JAN", {11688, 12053, 12418, 12786, 13150, 13514, 13879, 14245, 14610, 14977, 15341, 15706, 16071, 16436}},
    {"BYS-JAN", {-2557, -2192, -1826, -1459, -1095, -731, -365, 0, 365, 732, 1096, 1461, 1826, 2191}},
    {"2QS-JAN", {11413, 11596, 11778, 11961, 12143, 12326, 12509, 12692, 12874, 13057, 13239, 13422, 13604, 13787}},
    {"2QS-MAR", {-2588, -2406, -2223, -2040, -1857, -1675, -1492, -1310, -1127, -945, -762, -579, -396, -214}},
    {"2QS-JAN", {11413, 11596, 11778, 11961, 12143, 12326, 12509, 12692, 12874, 13057, 13239, 13422, 13604, 13787}},
    {"2QS-JAN", {-2557, -2376, -2192, -2010, -1826, -1645, -1461, -1280, -1096, -915, -731, -549, -365, -184}},
    {"4W-SUN", {11392, 11420, 11448, 11476, 11504, 11532, 11560, 11588, 11616, 11644, 11672, 11700, 11728, 11756}},
    {"4W-SUN", {-2587, -2559, -2531, -2503, -2475, -2447, -2419, -2391, -2363, -2335, -2307, -2279, -2251, -2223}},
    {"W-MON", {11386, 11393, 11400, 11407, 11414, 11421, 11428, 11435, 11442, 11449, 11456, 11463, 11470, 11477}},
    {"W-FRI", {-2589, -2582, -2575, -2568, -2561, -2554, -2547, -2540, -2533, -2526, -2519, -2512, -2505, -2498}},
    /* clang-format on */
};

static struct frequency find(const int64_t *v, size_t n, enum time_unit unit)
{
    int64_t copy[64];
    struct time_steps s;
    struct frequency f;
    memcpy(copy, v, n * sizeof *v);
    time_steps_of(copy, n, unit, &s);
    frequency_find(&s, unit, &f);
    return f;
}

static void names_are_those_of_pandas(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int64_t us[POINTS];
        struct frequency f = find(known[i].days, POINTS, TIME_UNIT_DAY);
        assert_true(f.has_name);
        assert_string_equal(f.name, known[i].name);
        assert_true(f.share == 1 && f.has_gaps && f.coverage == 1);
        assert_int_equal(f.gaps, 0);
        assert_int_equal(f.missing, 0);
        for (size_t k = 0; k < POINTS; k++) { /* at half past nine */
            us[k] = (known[i].days[k] * 86400 + 34200) * 1000000;
        }
        assert_string_equal(find(us, POINTS, TIME_UNIT_US).name, known[i].name);
    }
}

/* Leave out the sixth, seventh and tenth point: two gaps, three times missing, whatever the
 * calendar. */
static void points_left_out_are_missing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int64_t v[POINTS];
        size_t n = 0;
        for (size_t k = 0; k < POINTS; k++) {
            if (k != 5 && k != 6 && k != 9) {
                v[n++] = known[i].days[k];
            }
        }
        struct frequency f = find(v, n, TIME_UNIT_DAY);
        assert_string_equal(f.name, known[i].name);
        assert_int_equal(f.gaps, 2);
        assert_int_equal(f.missing, 3);
        assert_true(f.coverage == 11.0 / 14.0);
        /* A week without its Friday has no step over the weekend. */
        assert_true(f.share == 8.0 / 10.0);
        assert_int_equal(f.longest_gap, known[i].days[7] - known[i].days[4]);
    }
}

static void times_of_the_day_have_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum time_unit unit;
        int64_t step;
    } cases[] = {
        {"h", TIME_UNIT_S, 3600},         {"15min", TIME_UNIT_MS, 900000},
        {"2h", TIME_UNIT_US, 7200000000}, {"36h", TIME_UNIT_NS, 129600000000000},
        {"s", TIME_UNIT_US, 1000000},     {"90s", TIME_UNIT_S, 90},
        {"5ms", TIME_UNIT_NS, 5000000},   {"7us", TIME_UNIT_US, 7},
        {"10ns", TIME_UNIT_NS, 10},       {"D", TIME_UNIT_S, 86400},
        {"2D", TIME_UNIT_MS, 172800000},  {"W-THU", TIME_UNIT_S, 604800},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t v[20];
        for (int64_t k = 0; k < 20; k++) {
            v[k] = k * cases[i].step;
        }
        assert_string_equal(find(v, 20, cases[i].unit).name, cases[i].name);
    }
}

static void no_majority_is_irregular(void **state)
{
    (void)state;
    const int64_t half[] = {0, 1, 3, 4, 6}, more[] = {0, 1, 3, 4, 5, 7}, two[] = {0, 5};
    struct frequency f = find(half, 5, TIME_UNIT_S);
    assert_string_equal(f.name, FREQUENCY_IRREGULAR);
    assert_true(f.has_step && f.step == 1 && f.step_share == 0.5 && !f.has_gaps && f.share == 0);
    f = find(more, 6, TIME_UNIT_S);
    assert_string_equal(f.name, "s");
    assert_int_equal(f.gaps, 2);
    f = find(two, 2, TIME_UNIT_S);
    assert_true(!f.has_name && !f.has_gaps && f.has_step && f.step == 5);
    f = find(two, 1, TIME_UNIT_S);
    assert_true(!f.has_name && !f.has_step);
}

static void an_index_has_steps_but_no_name(void **state)
{
    (void)state;
    const int64_t v[] = {1, 4, 7, 13, 16, 16};
    struct frequency f = find(v, 6, TIME_UNIT_INDEX);
    assert_true(!f.has_name && f.has_gaps && f.step == 3);
    assert_int_equal(f.gaps, 1);
    assert_int_equal(f.missing, 1);
    assert_int_equal(f.longest_gap, 6);
    assert_true(f.coverage == 5.0 / 6.0);
}

static void the_ends_of_64_bits_do_not_overflow(void **state)
{
    (void)state;
    const int64_t v[] = {INT64_MIN, -1, INT64_MAX}, w[] = {INT64_MIN, 0, 1, 2, INT64_MAX};
    for (int u = TIME_UNIT_INDEX; u <= TIME_UNIT_NS; u++) {
        struct frequency f = find(v, 3, (enum time_unit)u);
        assert_true(f.has_step);
        f = find(w, 5, (enum time_unit)u);
        assert_int_equal(f.step, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_pandas),
        cmocka_unit_test(points_left_out_are_missing),
        cmocka_unit_test(times_of_the_day_have_names),
        cmocka_unit_test(no_majority_is_irregular),
        cmocka_unit_test(an_index_has_steps_but_no_name),
        cmocka_unit_test(the_ends_of_64_bits_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
