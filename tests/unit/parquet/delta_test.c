#include "build.h"

#include "parquet/delta.h"

/* An encoder, by the specification: blocks of `block` values in `minis` mini blocks, the last one
 * padded. */
static void encode(struct strbuf *b, const int64_t *v, size_t n, size_t block, size_t minis)
{
    put_varint(b, block);
    put_varint(b, minis);
    put_varint(b, n);
    put_zigzag(b, n ? v[0] : 0);
    size_t size = block / minis;
    for (size_t at = 1; at < n; at += block) {
        int64_t min = INT64_MAX;
        for (size_t i = at; i < n && i < at + block; i++) {
            int64_t d = (int64_t)((uint64_t)v[i] - (uint64_t)v[i - 1]);
            min = d < min ? d : min;
        }
        put_zigzag(b, min);
        size_t widths_at = b->len;
        for (size_t k = 0; k < minis; k++) {
            put_byte(b, 0);
        }
        for (size_t k = 0; k < minis && at + k * size < n; k++) {
            uint64_t deltas[1024] = {0}, all = 0;
            for (size_t i = 0; i < size && at + k * size + i < n; i++) {
                size_t j = at + k * size + i;
                deltas[i] = (uint64_t)v[j] - (uint64_t)v[j - 1] - (uint64_t)min;
                all |= deltas[i];
            }
            unsigned width = all ? 64 - (unsigned)__builtin_clzll(all) : 0;
            b->data[widths_at + k] = (char)width;
            uint8_t byte = 0;
            size_t bit = 0;
            for (size_t i = 0; i < size; i++) {
                for (unsigned w = 0; w < width; w++) {
                    byte |= (uint8_t)((deltas[i] >> w & 1) << bit % 8);
                    if (++bit % 8 == 0) {
                        put_byte(b, byte);
                        byte = 0;
                    }
                }
            }
        }
    }
}

static void make(int kind, int64_t *v, size_t n)
{
    uint64_t seed = 5;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        switch (kind) {
        case 0:
            v[i] = 1600000000000000 + (int64_t)i * 60000000;
            break;
        case 1:
            v[i] = (int64_t)(seed >> 40);
            break;
        case 2:
            v[i] = (int64_t)seed; /* deltas of 64 bits that wrap */
            break;
        default:
            v[i] = i % 2 ? INT64_MAX : INT64_MIN;
        }
    }
}

static void values_come_back_in_steps_of_any_size(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 2, 32, 33, 128, 129, 130, 1000};
    static const size_t steps[] = {1, 3, 64, 2000};
    static int64_t v[1000], out[1000];
    for (int kind = 0; kind < 4; kind++) {
        make(kind, v, 1000);
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            struct strbuf b;
            strbuf_init(&b, 100000);
            encode(&b, v, lengths[k], 128, k % 2 ? 4 : 1);
            size_t len = b.len;
            strbuf_add_c(&b, "behind");
            for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
                struct delta d;
                assert_null(delta_open(&d, strbuf_view(&b)));
                assert_int_equal(d.total, lengths[k]);
                assert_ptr_equal(delta_end(d), b.data + len);
                size_t got = 0, n;
                while ((
                    n = delta_next(&d, out + got, steps[s] < 1000 - got ? steps[s] : 1000 - got))) {
                    got += n;
                }
                assert_int_equal(got, lengths[k]);
                assert_memory_equal(out, v, got * sizeof *v);
            }
            strbuf_free(&b);
        }
    }
}

static void impossible_headers(void **state)
{
    (void)state;
    struct delta d;
    assert_non_null(delta_open(&d, BYTES(0x80, 1, 4)));             /* cut short */
    assert_non_null(delta_open(&d, BYTES(0x80, 1, 0, 1, 0)));       /* no mini blocks */
    assert_non_null(delta_open(&d, BYTES(0, 1, 1, 0)));             /* blocks of nothing */
    assert_non_null(delta_open(&d, BYTES(0x80, 1, 3, 1, 0)));       /* 128 / 3 */
    assert_non_null(delta_open(&d, BYTES(0x80, 1, 0x80, 1, 1, 0))); /* mini blocks of one value */
    assert_non_null(delta_open(&d, BYTES(0x80, 0x80, 0x80, 0x80, 0x10, 1, 1, 0)));
}

static void missing_bytes_end_the_values(void **state)
{
    (void)state;
    static int64_t v[300], out[300];
    make(1, v, 300);
    struct strbuf b;
    strbuf_init(&b, 100000);
    encode(&b, v, 300, 128, 4);
    for (size_t cut = 1; cut < b.len - 5; cut += 7) {
        struct delta d;
        if (delta_open(&d, str_n(b.data, b.len - cut))) {
            continue;
        }
        size_t n = delta_next(&d, out, 300);
        assert_memory_equal(out, v, n * sizeof *v);
        if (n < 300) {
            assert_null(delta_end((struct delta){.left = 1, .minis = 1, .mini = 1}));
            assert_int_equal(delta_next(&d, out, 300), 0);
        }
    }
    strbuf_free(&b);
}

static void widths_beyond_64_bits(void **state)
{
    (void)state;
    struct delta d;
    int64_t out[10];
    assert_null(delta_open(&d, BYTES(8, 1, 3, 0, 0, 65, 0, 0, 0, 0)));
    assert_int_equal(delta_next(&d, out, 10), 1);
    assert_null(delta_open(&d, BYTES(8, 1, 3, 0, 0, 65, 0, 0, 0, 0)));
    assert_null(delta_end(d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_in_steps_of_any_size),
        cmocka_unit_test(impossible_headers),
        cmocka_unit_test(missing_bytes_end_the_values),
        cmocka_unit_test(widths_beyond_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
