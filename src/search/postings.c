#include "search/postings.h"

static uint32_t number_at(const uint32_t *units, size_t i)
{
    return i ? units[i] - units[i - 1] - 1 : units[0];
}

static uint64_t bits_with(const uint32_t *units, size_t n, uint32_t k)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t quotient = number_at(units, i) >> k;
        bits += quotient < POSTING_QUOTIENT ? quotient + 1 + k : POSTING_QUOTIENT + 32;
    }
    return bits;
}

/* The best is near the logarithm of the mean; lists that come in clusters have a smaller one. */
static uint32_t best_k(const uint32_t *units, size_t n)
{
    uint32_t k = 0;
    uint64_t least = bits_with(units, n, 0);
    for (uint32_t next = 1; next <= POSTING_K_MAX && (uint64_t)n << (next - 1) <= units[n - 1];
         next++) {
        uint64_t bits = bits_with(units, n, next);
        if (bits < least) {
            least = bits;
            k = next;
        }
    }
    return k;
}

struct bits {
    struct strbuf *out;
    uint64_t pending; /* bits that do not make a byte yet, from the lowest */
    uint32_t n;
};

/* At most 56 bits. */
static void put(struct bits *b, uint64_t value, uint32_t n)
{
    b->pending |= value << b->n;
    for (b->n += n; b->n >= 8; b->n -= 8) {
        char byte = (char)(b->pending & 0xff);
        strbuf_add(b->out, &byte, 1);
        b->pending >>= 8;
    }
}

uint32_t posting_write(const uint32_t *units, size_t n, struct strbuf *out)
{
    uint32_t k = n ? best_k(units, n) : 0;
    struct bits b = {.out = out};
    for (size_t i = 0; i < n; i++) {
        uint32_t number = number_at(units, i), quotient = number >> k;
        if (quotient < POSTING_QUOTIENT) {
            put(&b, (1ull << quotient) - 1, quotient + 1);
            put(&b, number & ((1ull << k) - 1), k);
        } else {
            put(&b, (1ull << POSTING_QUOTIENT) - 1, POSTING_QUOTIENT);
            put(&b, number, 32);
        }
    }
    put(&b, 0, b.n ? 8 - b.n : 0);
    return k;
}
