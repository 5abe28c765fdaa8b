/* snappy.c - a Snappy block (google/snappy, format_description.txt): the length of what comes out,
 * then elements, each of which is a literal or a copy of bytes that came out before.
 *
 * Ids and times compress to elements of three to eight bytes, so that elements are what costs, not
 * bytes. The library copies 64 bytes for each, by a call of memmove, and reads back what it has
 * just written: it takes 1.5 to 1.9 times as long for ids and values as this does, and 4 times for
 * times of a regular step. Here an element is one move of 16 bytes nearly always, and a period of
 * a power of two, which is what numbers are, is kept in a register.
 *
 * Two loops: far from both ends elements are moved in whole words, which read and write beyond
 * them; what is near an end, or rare, is moved byte by byte behind a check of each length.
 */
#include "parquet/snappy.h"

#include "parquet/bits.h"

/* The lower two bits of a tag: what the element is, and of copies how many bytes of offset follow
 * (4 for OFFSET_4). */
enum { LITERAL, OFFSET_1, OFFSET_2, OFFSET_4 };

#define SHORT_MAX 60 /* bytes of a literal whose tag holds its length */
#define COPY_MAX  64
#define WORD      ((size_t)16)

/* What moving in words may read and write, from the bytes behind a tag on and from where its
 * element goes. */
#define IN_MARGIN  (2 * WORD)
#define OUT_MARGIN (COPY_MAX + 2 * WORD)

/* Where the next element is, and where it goes. `in` is NULL once the block is found damaged. */
struct place {
    const uint8_t *in;
    uint8_t *out;
};

struct block {
    const uint8_t *in_end;
    uint8_t *out, *out_end;
};

static const struct place damaged = {NULL, NULL};

/* Of a tag: the length of its element, and above it (in place already) the upper bits of an offset
 * whose lower eight follow. */
#define LENGTH_MASK  0xFFu
#define UPPER_MASK   0x700u
#define ENTRY(t)     ((t) % 4 == OFFSET_1 ? 4 + (t) / 4 % 8 + (t) / 32 * 256 : (t) / 4 + 1)
#define ENTRIES4(t)  ENTRY(t), ENTRY((t) + 1), ENTRY((t) + 2), ENTRY((t) + 3)
#define ENTRIES16(t) ENTRIES4(t), ENTRIES4((t) + 4), ENTRIES4((t) + 8), ENTRIES4((t) + 12)
#define ENTRIES64(t) ENTRIES16(t), ENTRIES16((t) + 16), ENTRIES16((t) + 32), ENTRIES16((t) + 48)
static const uint16_t entries[256] = {ENTRIES64(0), ENTRIES64(64), ENTRIES64(128), ENTRIES64(192)};

static const uint32_t offset_masks[] = {[LITERAL] = 0, [OFFSET_1] = 0xFF, [OFFSET_2] = 0xFFFF};

/* ---- near an end, and what is rare ---- */

/* The next `n` bytes, at most four, as a number; there are as many. */
static size_t load_few(const uint8_t *p, size_t n)
{
    size_t v = 0;
    for (size_t i = 0; i < n; i++) {
        v |= (size_t)p[i] << 8 * i;
    }
    return v;
}

static struct place put_literal(const struct block *b, struct place p, size_t n)
{
    if (n > SHORT_MAX) {
        size_t width = n - SHORT_MAX;
        if ((size_t)(b->in_end - p.in) < width) {
            return damaged;
        }
        n = load_few(p.in, width) + 1;
        p.in += width;
    }
    if (n > (size_t)(b->in_end - p.in) || n > (size_t)(b->out_end - p.out)) {
        return damaged;
    }
    memcpy(p.out, p.in, n);
    return (struct place){p.in + n, p.out + n};
}

static struct place put_copy(const struct block *b, struct place p, unsigned kind, size_t entry)
{
    size_t n = entry & LENGTH_MASK, width = kind == OFFSET_4 ? 4 : kind;
    if ((size_t)(b->in_end - p.in) < width) {
        return damaged;
    }
    size_t offset = (kind == OFFSET_1 ? entry & UPPER_MASK : 0) | load_few(p.in, width);
    if (offset == 0 || offset > (size_t)(p.out - b->out) || n > (size_t)(b->out_end - p.out)) {
        return damaged;
    }
    const uint8_t *from = p.out - offset;
    if (offset >= n) {
        memcpy(p.out, from, n);
    } else {
        for (size_t i = 0; i < n; i++) {
            p.out[i] = from[i];
        }
    }
    return (struct place){p.in + width, p.out + n};
}

/* An element of any kind, wherever it is; there is a tag. */
static struct place put_element(const struct block *b, struct place p)
{
    unsigned tag = *p.in++;
    return tag % 4 == LITERAL ? put_literal(b, p, entries[tag])
                              : put_copy(b, p, tag % 4, entries[tag]);
}

/* ---- far from both ends ---- */

static inline void move8(uint8_t *to, const uint8_t *from)
{
    uint64_t word = load64(from);
    memcpy(to, &word, sizeof word);
}

static inline void move16(uint8_t *to, const uint8_t *from)
{
    uint8_t word[WORD];
    memcpy(word, from, WORD);
    memcpy(to, word, WORD);
}

/* At most COPY_MAX bytes. They may follow each other by WORD or more, not by less. */
static inline void move(uint8_t *to, const uint8_t *from, size_t n)
{
    move16(to, from);
    if (n > WORD) {
        move16(to + 16, from + 16);
        move16(to + 32, from + 32);
        move16(to + 48, from + 48);
    }
}

/* `n` bytes of a period below WORD. */
static void repeat(uint8_t *to, size_t period, size_t n)
{
    /* A word of one period times this is a word full of them. */
    static const uint64_t fill[9] = {
        [1] = 0x0101010101010101, [2] = 0x0001000100010001, [4] = 0x0000000100000001, [8] = 1};
    const uint8_t *from = to - period, *end = to + n;
    if (period <= 8 && fill[period]) {
        uint64_t word = load64(from);
        word = (period < 8 ? word & (((uint64_t)1 << 8 * period) - 1) : word) * fill[period];
        for (; to < end; to += WORD) {
            memcpy(to, &word, sizeof word);
            memcpy(to + 8, &word, sizeof word);
        }
        return;
    }
    for (; period < 8; period *= 2) { /* two periods are a period */
        move8(to, from);
        to += period;
    }
    for (from = to - period; to < end; to += 8, from += 8) {
        move8(to, from);
    }
}

/* Elements until one end is near, or `stop` is reached. The next tag is asked for before an element
 * is moved: the way from tag to tag is the longest one. */
static struct place put_far(const struct block *b, struct place p, const uint8_t *stop)
{
    const uint8_t *in = p.in + 1, *in_last = b->in_end - IN_MARGIN;
    uint8_t *out = p.out;
    const uint8_t *out_last = b->out_end - OUT_MARGIN;
    out_last = out_last < stop ? out_last : stop;
    unsigned tag = *p.in;
    while (in <= in_last && out <= out_last) {
        unsigned kind = tag % 4;
        size_t entry = entries[tag], n = entry & LENGTH_MASK;
        if (kind == OFFSET_4 || (kind == LITERAL && n > WORD)) {
            p = put_element(b, (struct place){in - 1, out});
            if (!p.in || p.in == b->in_end) {
                return p;
            }
            in = p.in + 1;
            out = p.out;
            tag = *p.in;
            continue;
        }
        size_t step = kind == LITERAL ? n : kind;
        tag = in[step];
        size_t offset = (entry & UPPER_MASK) | (load32(in) & offset_masks[kind]);
        if (kind != LITERAL && offset - 1 >= (size_t)(out - b->out)) {
            return damaged;
        }
        const uint8_t *from = kind == LITERAL ? in : out - offset;
        if (kind != LITERAL && offset < WORD && offset < n) {
            repeat(out, offset, n);
        } else {
            move(out, from, n);
        }
        in += step + 1;
        out += n;
    }
    return (struct place){in - 1, out};
}

/* ---- a block ---- */

/* Its length, 7 bits a byte; false where there is none, or more than 32 bits of it. */
static bool take_length(struct str *in, uint64_t *length)
{
    *length = 0;
    for (unsigned shift = 0; in->len && shift < 35; shift += 7) {
        uint8_t byte = (uint8_t)in->data[0];
        *in = str_from(*in, 1);
        *length |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return *length <= UINT32_MAX;
        }
    }
    return false;
}

/* Elements until `stop` is reached, or all; false where one is damaged. *end: behind the last. */
static bool decode_until(struct str in, uint8_t *out, size_t n, const uint8_t *stop,
                         const uint8_t **end)
{
    uint64_t length;
    if (!take_length(&in, &length) || length != n) {
        return false;
    }
    const uint8_t *start = (const uint8_t *)in.data;
    struct block b = {start + in.len, out, out + n};
    struct place p = {start, out};
    if (in.len > IN_MARGIN && n >= OUT_MARGIN) {
        p = put_far(&b, p, stop);
    }
    while (p.in && p.in < b.in_end && p.out <= stop) {
        p = put_element(&b, p);
    }
    *end = p.out;
    return p.in != NULL;
}

bool snappy_decode(struct str in, uint8_t *out, size_t n)
{
    const uint8_t *end;
    return decode_until(in, out, n, out + n, &end) && end == out + n;
}

bool snappy_decode_front(struct str in, uint8_t *out, size_t n, size_t front)
{
    const uint8_t *end, *stop = out + (front < n ? front : n);
    return decode_until(in, out, n, stop, &end) && end >= stop;
}
