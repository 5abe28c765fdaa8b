#include "parquet/nest.h"

#include <string.h>

#include "base/memory.h"

/* Into the bit order of the hybrid, at the same width. */
static void turn(struct level_numbers *l, struct str in, unsigned width, uint64_t n)
{
    size_t need = (size_t)(n * width + 7) / 8;
    if (need > l->cap) {
        l->bytes = mem_realloc(l->bytes, need);
        l->cap = need;
    }
    memset(l->bytes, 0, need);
    const uint8_t *bytes = (const uint8_t *)in.data;
    for (uint64_t i = 0, bit = 0; i < n; i++) {
        for (unsigned k = 0; k < width; k++, bit++) {
            unsigned set = bytes[bit / 8] >> (7 - bit % 8) & 1u;
            uint64_t to = i * width + (width - 1 - k);
            l->bytes[to / 8] |= (uint8_t)(set << to % 8);
        }
    }
}

void level_numbers_open(struct level_numbers *l, struct level_part part, uint32_t max, uint64_t n)
{
    unsigned width = hybrid_width(max);
    l->max = max;
    if (max == 0) { /* not stored */
        codes_init(&l->codes, str_n("", 0), 0, n, 1);
    } else if (part.packed) {
        turn(l, part.bytes, width, n);
        codes_init_packed(&l->codes, str_n(l->bytes, part.bytes.len), width, n, (uint64_t)max + 1);
    } else {
        codes_init(&l->codes, part.bytes, width, n, (uint64_t)max + 1);
    }
}

void level_numbers_free(struct level_numbers *l)
{
    mem_free(l->bytes);
    l->bytes = NULL;
    l->cap = 0;
}

const char *level_numbers_peek(struct level_numbers *l, struct codes_piece *piece)
{
    return codes_peek(&l->codes, piece)
               ? "the page has fewer levels than values, or one beyond the column's maximum"
               : NULL;
}

void level_numbers_advance(struct level_numbers *l, uint64_t n)
{
    codes_advance(&l->codes, n);
}

const char *level_numbers_read(struct level_numbers *l, uint16_t *out, size_t n)
{
    for (size_t done = 0; done < n;) {
        struct codes_piece piece;
        const char *fault = level_numbers_peek(l, &piece);
        if (fault) {
            return fault;
        }
        size_t k = piece.n < n - done ? (size_t)piece.n : n - done;
        for (size_t i = 0; i < k; i++) {
            out[done + i] = (uint16_t)(piece.array ? piece.array[i] : piece.code);
        }
        codes_advance(&l->codes, k);
        done += k;
    }
    return NULL;
}

const char *level_numbers_skip(struct level_numbers *l, uint64_t n)
{
    while (n) {
        struct codes_piece piece;
        const char *fault = level_numbers_peek(l, &piece);
        if (fault) {
            return fault;
        }
        uint64_t k = piece.n < n ? piece.n : n;
        codes_advance(&l->codes, k);
        n -= k;
    }
    return NULL;
}

const char *level_numbers_zeros(struct level_numbers *l, uint64_t *zeros, bool *first_is_zero)
{
    *zeros = 0;
    for (bool first = true; l->codes.left; first = false) {
        struct codes_piece piece;
        const char *fault = level_numbers_peek(l, &piece);
        if (fault) {
            return fault;
        }
        if (first) {
            *first_is_zero = (piece.array ? piece.array[0] : piece.code) == 0;
        }
        if (piece.array) {
            for (size_t i = 0; i < piece.n; i++) {
                *zeros += piece.array[i] == 0;
            }
        } else {
            *zeros += piece.code == 0 ? piece.n : 0;
        }
        codes_advance(&l->codes, piece.n);
    }
    return NULL;
}
