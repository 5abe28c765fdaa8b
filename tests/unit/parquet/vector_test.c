#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "parquet/vector.h"

enum { GROUPS = 37, VALUES = GROUPS * 8, ROUNDS = 20 };

/* The versions that this processor can run, beside the portable one. */
static size_t versions(const struct vector_ops *out[3])
{
    size_t n = 0;
    out[n++] = vector_ops();
    if (vector_neon()) {
        out[n++] = vector_neon();
    }
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        out[n++] = vector_avx2();
    }
#endif
    return n;
}

static void fill(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(rand() >> 7);
    }
}

/* Bit by bit, as the specification says. */
static uint32_t value_at(const uint8_t *in, unsigned width, size_t i)
{
    uint32_t v = 0;
    for (unsigned k = 0; k < width; k++) {
        size_t bit = i * width + k;
        v |= (uint32_t)(in[bit / 8] >> bit % 8 & 1) << k;
    }
    return v;
}

static void packed_values_of_every_width(const struct vector_ops *ops)
{
    for (unsigned width = 1; width <= 32; width++) {
        for (size_t groups = 0; groups <= GROUPS; groups++) {
            /* Exactly as many bytes as may be read, so that a sanitizer sees one more. */
            size_t n = groups * width + VECTOR_SLACK;
            uint8_t *in = mem_alloc(n);
            uint32_t *out = mem_alloc(groups * 8 * sizeof *out);
            fill(in, n);
            ops->unpack_groups(in, width, out, groups);
            for (size_t i = 0; i < groups * 8; i++) {
                assert_int_equal(out[i], value_at(in, width, i));
            }
            mem_free(in);
            mem_free(out);
        }
    }
}

static void levels_that_equal_the_maximum(const struct vector_ops *ops)
{
    for (int round = 0; round < 50 * ROUNDS; round++) {
        uint32_t levels[VECTOR_LEVELS], max = round % 7 ? 1u + (unsigned)round % 5 : UINT32_MAX - 1;
        bool fits, want_fits = true;
        uint64_t want = 0;
        for (unsigned i = 0; i < VECTOR_LEVELS; i++) {
            levels[i] = max - (uint32_t)rand() % 2;
        }
        if (round % 3 == 0) {
            levels[rand() % VECTOR_LEVELS] = round % 2 ? max + 1 : UINT32_MAX;
        }
        for (unsigned i = 0; i < VECTOR_LEVELS; i++) {
            want |= (uint64_t)(levels[i] == max) << i;
            want_fits &= levels[i] <= max;
        }
        assert_true(ops->equal_levels(levels, max, &fits) == want);
        assert_int_equal(fits, want_fits);
    }
}

static void bits_become_bytes(const struct vector_ops *ops)
{
    for (int round = 0; round < 50 * ROUNDS; round++) {
        uint8_t out[64];
        uint64_t word;
        fill((uint8_t *)&word, sizeof word);
        word = round == 0 ? 0 : round == 1 ? ~0ull : word;
        ops->spread_bits(word, out);
        for (unsigned i = 0; i < 64; i++) {
            assert_int_equal(out[i], word >> i & 1);
        }
    }
}

static void streams_are_joined(const struct vector_ops *ops)
{
    for (size_t width = 4; width <= 8; width += 4) {
        for (size_t n = 0; n < VALUES; n++) {
            size_t stride = n + n % 3;
            uint8_t *in = mem_alloc(width * stride), *out = mem_alloc(width * n);
            fill(in, width * stride);
            (width == 4 ? ops->join4 : ops->join8)(in, stride, out, n);
            for (size_t i = 0; i < n * width; i++) {
                assert_int_equal(out[i], in[i % width * stride + i / width]);
            }
            mem_free(in);
            mem_free(out);
        }
    }
}

static void each_version(void (*check)(const struct vector_ops *))
{
    const struct vector_ops *ops[3];
    size_t n = versions(ops);
    srand(1);
    check(vector_portable());
    for (size_t i = 0; i < n; i++) {
        check(ops[i]);
    }
}

static void unpacking(void **state)
{
    (void)state;
    each_version(packed_values_of_every_width);
}

static void levels(void **state)
{
    (void)state;
    each_version(levels_that_equal_the_maximum);
}

static void bits(void **state)
{
    (void)state;
    each_version(bits_become_bytes);
}

static void streams(void **state)
{
    (void)state;
    each_version(streams_are_joined);
}

static void the_best_version_is_taken(void **state)
{
    (void)state;
#ifdef __x86_64__
    assert_string_equal(vector_ops()->name, __builtin_cpu_supports("avx2") ? "avx2" : "portable");
#elif defined(__aarch64__)
    assert_string_equal(vector_ops()->name, "neon");
#else
    assert_string_equal(vector_ops()->name, "portable");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacking),
        cmocka_unit_test(levels),
        cmocka_unit_test(bits),
        cmocka_unit_test(streams),
        cmocka_unit_test(the_best_version_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
