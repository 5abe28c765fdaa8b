#include "build.h"

#include "parquet/unpack.h"

#define N 1003

/* Packed bit by bit, as the specification says it. */
static size_t pack(const uint64_t *v, size_t n, unsigned width, uint8_t *out)
{
    size_t bit = 0;
    for (size_t i = 0; i < n; i++) {
        for (unsigned k = 0; k < width; k++, bit++) {
            if (bit % 8 == 0) {
                out[bit / 8] = 0;
            }
            out[bit / 8] |= (uint8_t)((v[i] >> k & 1) << bit % 8);
        }
    }
    return (bit + 7) / 8;
}

static void fill(uint64_t *v, unsigned width)
{
    uint64_t seed = width * 77 + 1;
    for (size_t i = 0; i < N; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        v[i] = width == 64 ? seed : seed >> 7 & ((1ull << width) - 1);
    }
    v[0] = width == 64 ? UINT64_MAX : (1ull << width) - 1;
}

static void every_width_and_length(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 7, 8, 9, 16, 31, 64, 100, N};
    uint64_t v[N];
    for (unsigned width = 0; width <= 64; width++) {
        fill(v, width);
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            size_t n = lengths[k];
            uint8_t *packed = mem_alloc(N * 8);
            size_t len = pack(v, n, width, packed);
            uint8_t *exact = mem_alloc(len); /* a sanitizer sees the first byte too many */
            memcpy(exact, packed, len);
            uint64_t out[N];
            unpack64(exact, len, 0, width, out, n);
            assert_memory_equal(out, v, n * sizeof *out);
            if (width <= 32) {
                uint32_t out32[N];
                unpack32(exact, len, width, out32, n);
                for (size_t i = 0; i < n; i++) {
                    assert_int_equal(out32[i], v[i]);
                }
            }
            mem_free(exact);
            mem_free(packed);
        }
    }
}

static void any_first_bit(void **state)
{
    (void)state;
    uint64_t v[N], out[N];
    for (unsigned width = 1; width <= 64; width++) {
        fill(v, width);
        uint8_t packed[N * 8];
        size_t len = pack(v, N, width, packed);
        for (size_t first = 0; first < 70; first += 3) {
            unpack64(packed, len, first * width, width, out, 20);
            assert_memory_equal(out, v + first, 20 * sizeof *out);
        }
    }
}

static void missing_bytes_are_zero(void **state)
{
    (void)state;
    const uint8_t one[] = {0xFF};
    uint32_t out[16];
    unpack32(one, 1, 6, out, 16);
    assert_int_equal(out[0], 63);
    assert_int_equal(out[1], 3);
    assert_int_equal(out[2], 0);
    assert_int_equal(out[15], 0);
    uint64_t out64[3];
    unpack64(one, 1, 0, 60, out64, 3);
    assert_int_equal(out64[0], 255);
    assert_int_equal(out64[2], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_and_length),
        cmocka_unit_test(any_first_bit),
        cmocka_unit_test(missing_bytes_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
