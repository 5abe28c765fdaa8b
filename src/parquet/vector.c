/* vector.c - the loops of vector.h in portable C, and the choice. */
#include "parquet/vector.h"

#include <stdatomic.h>

#include "parquet/bits.h"

/* One function a width, so that shifts and offsets are constants. `groups` of eight values take `W`
 * bytes each; VECTOR_SLACK readable bytes stand
 * behind the last. */
#define UNPACK_VALUE(W, j)                                                                         \
    out[j] = (uint32_t)(load64(in + (j) * (W) / 8) >> ((j) * (W) % 8) & ((1ull << (W)) - 1));
#define UNPACK_WIDTH(W)                                                                            \
    static void unpack_##W(const uint8_t *in, uint32_t *out, size_t groups)                        \
    {                                                                                              \
        for (; groups; groups--, in += (W), out += 8) {                                            \
            UNPACK_VALUE(W, 0)                                                                     \
            UNPACK_VALUE(W, 1)                                                                     \
            UNPACK_VALUE(W, 2)                                                                     \
            UNPACK_VALUE(W, 3)                                                                     \
            UNPACK_VALUE(W, 4)                                                                     \
            UNPACK_VALUE(W, 5)                                                                     \
            UNPACK_VALUE(W, 6)                                                                     \
            UNPACK_VALUE(W, 7)                                                                     \
        }                                                                                          \
    }
/* A table, which the formatter would make a tower of. */
/* clang-format off */
#define EACH_WIDTH(X)                                                                              \
    X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16)         \
    X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)      \
    X(32)
/* clang-format on */

EACH_WIDTH(UNPACK_WIDTH)

typedef void unpack_function(const uint8_t *in, uint32_t *out, size_t groups);

#define TABLE_ENTRY(W) [W] = unpack_##W,
static unpack_function *const by_width[33] = {EACH_WIDTH(TABLE_ENTRY)};

static void unpack_groups(const uint8_t *in, unsigned width, uint32_t *out, size_t groups)
{
    by_width[width](in, out, groups);
}

static uint64_t equal_levels(const uint32_t levels[VECTOR_LEVELS], uint32_t max, bool *fits)
{
    uint64_t word = 0;
    bool within = true;
    for (unsigned i = 0; i < VECTOR_LEVELS; i++) {
        word |= (uint64_t)(levels[i] == max) << i;
        within &= levels[i] <= max;
    }
    *fits = within;
    return word;
}

static void spread_bits(uint64_t word, uint8_t out[64])
{
    for (unsigned i = 0; i < 64; i++) {
        out[i] = word >> i & 1;
    }
}

/* Inlined with a constant width, so that the inner loop is unrolled. */
static inline void join(const uint8_t *in, size_t stride, size_t width, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < width; k++) {
            out[i * width + k] = in[k * stride + i];
        }
    }
}

static void join4(const uint8_t *in, size_t stride, uint8_t *out, size_t n)
{
    join(in, stride, 4, out, n);
}

static void join8(const uint8_t *in, size_t stride, uint8_t *out, size_t n)
{
    join(in, stride, 8, out, n);
}

const struct vector_ops *vector_portable(void)
{
    static const struct vector_ops ops = {"portable",  unpack_groups, equal_levels,
                                          spread_bits, join4,         join8};
    return &ops;
}

static const struct vector_ops *choose(void)
{
    if (vector_neon()) {
        return vector_neon();
    }
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        return vector_avx2();
    }
#endif
    return vector_portable();
}

const struct vector_ops *vector_ops(void)
{
    /* Threads that come at once make the same choice. */
    static const struct vector_ops *_Atomic chosen;
    const struct vector_ops *ops = atomic_load_explicit(&chosen, memory_order_acquire);
    if (!ops) {
        ops = choose();
        atomic_store_explicit(&chosen, ops, memory_order_release);
    }
    return ops;
}
