/* vector_neon.c - the loops of vector.h for AArch64, where NEON is always there. */
#include "parquet/vector.h"

#ifdef __aarch64__

#include <arm_neon.h>

#include "parquet/vector_tables.h"

static void unpack_groups(const uint8_t *in, unsigned width, uint32_t *out, size_t groups)
{
    if (width > SHUFFLE_WIDTH_MAX) {
        vector_portable()->unpack_groups(in, width, out, groups);
        return;
    }
    const uint8x16_t low_bytes = vld1q_u8(shuffle_of_width[width]);
    const uint8x16_t high_bytes = vld1q_u8(shuffle_of_width[width] + 16);
    /* A shift to the left by less than nothing is one to the right. */
    const int32x4_t low_shifts = vnegq_s32(vld1q_s32(shifts_of_width[width]));
    const int32x4_t high_shifts = vnegq_s32(vld1q_s32(shifts_of_width[width] + 4));
    const uint32x4_t mask = vdupq_n_u32((1u << width) - 1);
    for (; groups; groups--, in += width, out += 8) {
        uint32x4_t low = vreinterpretq_u32_u8(vqtbl1q_u8(vld1q_u8(in), low_bytes));
        uint32x4_t high = vreinterpretq_u32_u8(vqtbl1q_u8(vld1q_u8(in + width / 2), high_bytes));
        vst1q_u32(out, vandq_u32(vshlq_u32(low, low_shifts), mask));
        vst1q_u32(out + 4, vandq_u32(vshlq_u32(high, high_shifts), mask));
    }
}

static uint64_t equal_levels(const uint32_t levels[VECTOR_LEVELS], uint32_t max, bool *fits)
{
    static const uint32_t bits[4] = {1, 2, 4, 8};
    const uint32x4_t most = vdupq_n_u32(max), weights = vld1q_u32(bits);
    uint32x4_t beyond = vdupq_n_u32(0);
    uint64_t word = 0;
    for (unsigned i = 0; i < VECTOR_LEVELS; i += 4) {
        uint32x4_t v = vld1q_u32(levels + i);
        beyond = vorrq_u32(beyond, vcgtq_u32(v, most));
        word |= (uint64_t)vaddvq_u32(vandq_u32(vceqq_u32(v, most), weights)) << i;
    }
    *fits = vmaxvq_u32(beyond) == 0;
    return word;
}

static void spread_bits(uint64_t word, uint8_t out[64])
{
    const uint8x8_t bits = vcreate_u8(0x8040201008040201ull);
    for (unsigned i = 0; i < 64; i += 8) {
        uint8x8_t set = vtst_u8(vdup_n_u8((uint8_t)(word >> i)), bits);
        vst1_u8(out + i, vand_u8(set, vdup_n_u8(1)));
    }
}

static void join4(const uint8_t *in, size_t stride, uint8_t *out, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16, out += 64) {
        uint8x16x4_t v = {{vld1q_u8(in + i), vld1q_u8(in + stride + i),
                           vld1q_u8(in + 2 * stride + i), vld1q_u8(in + 3 * stride + i)}};
        vst4q_u8(out, v);
    }
    vector_portable()->join4(in + i, stride, out, n - i);
}

static void join8(const uint8_t *in, size_t stride, uint8_t *out, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16, out += 128) {
        uint16x8x4_t low, high; /* two bytes of each value in one number */
        for (size_t k = 0; k < 4; k++) {
            uint8x16_t a = vld1q_u8(in + 2 * k * stride + i);
            uint8x16_t b = vld1q_u8(in + (2 * k + 1) * stride + i);
            low.val[k] = vreinterpretq_u16_u8(vzip1q_u8(a, b));
            high.val[k] = vreinterpretq_u16_u8(vzip2q_u8(a, b));
        }
        vst4q_u16((uint16_t *)(void *)out, low);
        vst4q_u16((uint16_t *)(void *)(out + 64), high);
    }
    vector_portable()->join8(in + i, stride, out, n - i);
}

const struct vector_ops *vector_neon(void)
{
    static const struct vector_ops ops = {"neon",      unpack_groups, equal_levels,
                                          spread_bits, join4,         join8};
    return &ops;
}

#else

const struct vector_ops *vector_neon(void)
{
    return NULL;
}

#endif
