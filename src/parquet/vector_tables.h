/* vector_tables.h - where the bits of eight packed values lie, for the versions of unpack_groups
 * that shuffle bytes.
 *
 * Value j of a group begins at bit j * width. Values 0..3 are taken from 16 bytes at the group's
 * start, values 4..7 from 16 bytes at width / 2 bytes behind it: four bytes each, shifted to the
 * right. Up to 25 bits that is enough: 7 bits in front of a value and 25 of it are 32.
 */
#ifndef TSI_PARQUET_VECTOR_TABLES_H
#define TSI_PARQUET_VECTOR_TABLES_H

#include <stdint.h>

#define SHUFFLE_WIDTH_MAX 25

/* clang-format off */
#define BYTE_OF(W, j) ((j) * (W) / 8 - ((j) < 4 ? 0 : (W) / 2))
#define BYTES_OF(W, j) BYTE_OF(W, j), BYTE_OF(W, j) + 1, BYTE_OF(W, j) + 2, BYTE_OF(W, j) + 3
#define SHUFFLE(W)                                                                                 \
    [W] = {BYTES_OF(W, 0), BYTES_OF(W, 1), BYTES_OF(W, 2), BYTES_OF(W, 3),                         \
           BYTES_OF(W, 4), BYTES_OF(W, 5), BYTES_OF(W, 6), BYTES_OF(W, 7)},
#define SHIFT_OF(W, j) ((j) * (W) % 8)
#define SHIFTS(W)                                                                                  \
    [W] = {SHIFT_OF(W, 0), SHIFT_OF(W, 1), SHIFT_OF(W, 2), SHIFT_OF(W, 3),                         \
           SHIFT_OF(W, 4), SHIFT_OF(W, 5), SHIFT_OF(W, 6), SHIFT_OF(W, 7)},
#define EACH_SHUFFLED(X)                                                                           \
    X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17)   \
    X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25)
/* clang-format on */

static const uint8_t shuffle_of_width[SHUFFLE_WIDTH_MAX + 1][32] = {EACH_SHUFFLED(SHUFFLE)};
static const int32_t shifts_of_width[SHUFFLE_WIDTH_MAX + 1][8] = {EACH_SHUFFLED(SHIFTS)};

#endif
