#include "parquet/levels.h"

#include <string.h>

#include "base/memory.h"
#include "parquet/bits.h"
#include "parquet/unpack.h"
#include "parquet/vector.h"

#define WORD_ROWS VECTOR_LEVELS

/* The validity of up to 64 packed rows whose levels take one bit. */
static uint64_t word_of_bits(const struct hybrid_run *run)
{
    if (run->bytes_len >= 8) {
        return load64(run->bytes);
    }
    uint8_t padded[8] = {0};
    memcpy(padded, run->bytes, run->bytes_len);
    return load64(padded);
}

static bool word_of_levels(const struct levels *l, unsigned n, uint64_t *word)
{
    uint32_t levels[WORD_ROWS];
    bool fits;
    unpack32(l->run.bytes, l->run.bytes_len, l->runs.width, levels, n);
    for (unsigned i = n; i < WORD_ROWS; i++) {
        levels[i] = 0; /* behind the end of the page */
    }
    *word = vector_ops()->equal_levels(levels, l->max, &fits);
    return fits;
}

static const char *fill_word(struct levels *l)
{
    uint64_t n = l->run.n < l->left ? l->run.n : l->left;
    l->word_n = n < WORD_ROWS ? (unsigned)n : WORD_ROWS;
    if (l->max == 1) {
        l->word = word_of_bits(&l->run);
    } else if (!word_of_levels(l, l->word_n, &l->word)) {
        return "a definition level is beyond the column's maximum";
    }
    size_t used =
        (size_t)(l->word_n / 8) * l->runs.width; /* a word that is not full ends the page */
    if (used > l->run.bytes_len) {
        used = l->run.bytes_len;
    }
    l->run.bytes += used;
    l->run.bytes_len -= used;
    l->run.n -= l->word_n;
    l->left -= l->word_n;
    return NULL;
}

/* Have a repeat or a word, where rows are left. */
static const char *fill(struct levels *l)
{
    if (l->run.n == 0 && !hybrid_next(&l->runs, &l->run)) {
        return "the page has fewer definition levels than rows";
    }
    if (l->run.bytes) {
        return fill_word(l);
    }
    if (l->run.value > l->max) {
        return "a definition level is beyond the column's maximum";
    }
    l->repeat = l->run.n < l->left ? l->run.n : l->left;
    l->repeat_valid = l->run.value == l->max;
    l->left -= l->repeat;
    l->run.n = 0;
    return NULL;
}

static const char *count_valid(struct levels l, uint64_t *non_null)
{
    *non_null = 0;
    while (l.left) {
        const char *fault = fill(&l);
        if (fault) {
            return fault;
        }
        if (l.repeat) {
            *non_null += l.repeat_valid ? l.repeat : 0;
            l.repeat = 0;
        } else {
            uint64_t mask = l.word_n == WORD_ROWS ? ~0ull : (1ull << l.word_n) - 1;
            *non_null += (uint64_t)__builtin_popcountll(l.word & mask);
            l.word_n = 0;
        }
    }
    return NULL;
}

static void start(struct levels *l, struct str bytes, uint32_t max, uint64_t n)
{
    hybrid_init(&l->runs, bytes, hybrid_width(max));
    l->run = (struct hybrid_run){0};
    l->max = max;
    l->left = n;
    l->repeat = 0;
    l->word_n = 0;
}

const char *levels_open(struct levels *l, struct str bytes, uint32_t max, uint64_t n,
                        uint64_t *non_null)
{
    start(l, bytes, max, n);
    if (max == 0) { /* a required column stores no levels */
        l->run = (struct hybrid_run){.n = n};
    }
    return count_valid(*l, non_null);
}

/* Turned into the other bit order, least significant first, at one bit a row. */
const char *levels_open_bit_packed(struct levels *l, struct str bytes, uint32_t max, uint64_t n,
                                   uint64_t *non_null, size_t *used)
{
    unsigned width = hybrid_width(max);
    if (n > (uint64_t)bytes.len * 8 / (width ? width : 1)) {
        return "the page has fewer definition levels than rows";
    }
    *used = (size_t)(n * width + 7) / 8;
    size_t need = (size_t)(n + 7) / 8;
    if (need > l->bitmap_cap) {
        l->bitmap = mem_realloc(l->bitmap, need);
        l->bitmap_cap = need;
    }
    memset(l->bitmap, 0, need);
    const uint8_t *in = (const uint8_t *)bytes.data;
    for (uint64_t i = 0, bit = 0; i < n; i++) {
        uint32_t level = 0;
        for (unsigned k = 0; k < width; k++, bit++) {
            level = level << 1 | (in[bit / 8] >> (7 - bit % 8) & 1u);
        }
        if (level > max) {
            return "a definition level is beyond the column's maximum";
        }
        l->bitmap[i / 8] |= (uint8_t)((level == max) << i % 8);
    }
    start(l, str_n("", 0), 1, n);
    l->run = (struct hybrid_run){.n = n, .bytes = l->bitmap, .bytes_len = need};
    return count_valid(*l, non_null);
}

void levels_free(struct levels *l)
{
    mem_free(l->bitmap);
    *l = (struct levels){0};
}

uint64_t levels_next(struct levels *l, uint64_t max_rows, bool *valid)
{
    if (l->repeat == 0 && l->word_n == 0 && (l->left == 0 || fill(l))) {
        return 0;
    }
    if (l->repeat) {
        uint64_t n = l->repeat < max_rows ? l->repeat : max_rows;
        *valid = l->repeat_valid;
        l->repeat -= n;
        return n;
    }
    *valid = l->word & 1;
    uint64_t change = *valid ? ~l->word : l->word;
    unsigned n = change ? (unsigned)__builtin_ctzll(change) : WORD_ROWS;
    n = n < l->word_n ? n : l->word_n;
    n = n < max_rows ? n : (unsigned)max_rows;
    l->word = n < WORD_ROWS ? l->word >> n : 0;
    l->word_n -= n;
    return n;
}

size_t levels_expand(struct levels *l, uint8_t *valid, size_t n)
{
    size_t non_null = 0;
    for (size_t i = 0; i < n;) {
        if (l->repeat == 0 && l->word_n) {
            unsigned k = n - i < l->word_n ? (unsigned)(n - i) : l->word_n;
            uint64_t word = k < WORD_ROWS ? l->word & ((1ull << k) - 1) : l->word;
            uint8_t bytes[WORD_ROWS];
            vector_ops()->spread_bits(word, bytes);
            memcpy(valid + i, bytes, k);
            non_null += (unsigned)__builtin_popcountll(word);
            l->word = k < WORD_ROWS ? l->word >> k : 0;
            l->word_n -= k;
            i += k;
            continue;
        }
        bool is_valid = false;
        size_t k = (size_t)levels_next(l, n - i, &is_valid);
        if (k == 0) {
            break;
        }
        memset(valid + i, is_valid, k);
        non_null += is_valid ? k : 0;
        i += k;
    }
    return non_null;
}
