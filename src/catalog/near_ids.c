#include "catalog/near_ids.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/temp_file.h"

/* Hashes are sorted out by their upper bits, so that equal ones meet in one part, and a part of a
 * dataset of a billion series still fits in memory. */
#define PARTS     64u
#define PART_BITS 6
#define BUFFER    4096u
/* Longer ids are hashed piece by piece. */
#define PIECE 256
/* One id in 2^26 is taken for near by mistake, for each that is. */
#define MARK_BITS ((size_t)1 << 26)

struct near_part {
    uint64_t *hashes; /* BUFFER of them */
    size_t n;         /* in the buffer */
    uint64_t written; /* to the file before it */
    int fd;           /* -1: none */
};

struct near_ids {
    char *path;
    struct near_part parts[PARTS];
    uint64_t *marks; /* MARK_BITS bits: of hashes that two ids have; NULL: there are none */
    bool unknown;    /* the hashes cannot tell */
};

struct near_ids *near_ids_new(const char *path)
{
    struct near_ids *n = mem_zalloc(sizeof *n);
    n->path = mem_strdup(path);
    for (size_t i = 0; i < PARTS; i++) {
        n->parts[i].fd = -1;
    }
    return n;
}

void near_ids_free(struct near_ids *n)
{
    for (size_t i = 0; i < PARTS; i++) {
        mem_free(n->parts[i].hashes);
        if (n->parts[i].fd >= 0) {
            close(n->parts[i].fd);
        }
    }
    mem_free(n->marks);
    mem_free(n->path);
    mem_free(n);
}

/* ---- folding ---- */

/* Two letters beyond ASCII have a small form in it: the Kelvin sign and the I with a dot. */
static bool folds_into_ascii(const unsigned char *p, size_t left)
{
    return (left >= 3 && p[0] == 0xe2 && p[1] == 0x84 && p[2] == 0xaa) ||
           (left >= 2 && p[0] == 0xc4 && p[1] == 0xb0);
}

struct fold {
    uint64_t hash;
    char piece[PIECE];
    size_t n;
    bool in_number, zeros; /* inside digits; only zeros so far, none of them written */
};

static void emit(struct fold *f, char c)
{
    f->piece[f->n++] = c;
    if (f->n == PIECE) {
        f->hash = hash_mix(f->hash, hash_bytes(f->piece, f->n));
        f->n = 0;
    }
}

static void end_number(struct fold *f)
{
    if (f->zeros) {
        emit(f, '0');
    }
    f->in_number = f->zeros = false;
}

static void fold_byte(struct fold *f, unsigned char c)
{
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        return;
    }
    if (c >= '0' && c <= '9') {
        bool leading = !f->in_number || f->zeros;
        f->in_number = true;
        f->zeros = leading && c == '0';
        if (!f->zeros) {
            emit(f, (char)c);
        }
        return;
    }
    end_number(f);
    /* Case beyond ASCII is not looked at: such bytes are left out, so that all forms are equal. */
    if (c < 0x80) {
        emit(f, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
    }
}

static uint64_t hash_folded(struct near_ids *n, struct str id)
{
    struct fold f = {0};
    const unsigned char *p = (const unsigned char *)id.data;
    for (size_t i = 0; i < id.len; i++) {
        n->unknown |= p[i] >= 0x80 && folds_into_ascii(p + i, id.len - i);
        fold_byte(&f, p[i]);
    }
    end_number(&f);
    return hash_mix(f.hash, hash_bytes(f.piece, f.n));
}

/* ---- parts ---- */

static void write_part(struct near_ids *n, struct near_part *p)
{
    if (p->fd < 0) {
        p->fd = temp_file_open(n->path);
    }
    n->unknown |= p->fd < 0 || !temp_file_write(p->fd, p->hashes, p->n * sizeof *p->hashes,
                                                p->written * sizeof *p->hashes);
    p->written += p->n;
    p->n = 0;
}

void near_ids_add(struct near_ids *n, struct str id)
{
    if (n->unknown) {
        return;
    }
    uint64_t hash = hash_folded(n, id);
    struct near_part *p = &n->parts[hash >> (64 - PART_BITS)];
    if (!p->hashes) {
        p->hashes = mem_alloc(BUFFER * sizeof *p->hashes);
    }
    if (p->n == BUFFER) {
        write_part(n, p);
    }
    p->hashes[p->n++] = hash;
}

/* All hashes of a part, behind one another. False where they cannot be read. */
static bool read_part(struct near_part *p, uint64_t *out)
{
    if (p->written && !temp_file_read(p->fd, out, (size_t)p->written * sizeof *out, 0)) {
        return false;
    }
    if (p->n) {
        memcpy(out + p->written, p->hashes, p->n * sizeof *out);
    }
    return true;
}

static void mark(struct near_ids *n, uint64_t hash)
{
    n->marks = n->marks ? n->marks : mem_zalloc(MARK_BITS / 8);
    size_t at = (size_t)hash % MARK_BITS;
    n->marks[at / 64] |= UINT64_C(1) << at % 64;
}

/* Open addressing at half load; 0 is free, and a hash of 0 counts as met. */
static void mark_equal(struct near_ids *marked, const uint64_t *hashes, size_t n)
{
    size_t slots = 16;
    while (slots < 2 * n) {
        slots *= 2;
    }
    uint64_t *table = mem_zalloc(slots * sizeof *table);
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)hashes[i] & (slots - 1);
        while (table[at] != 0 && table[at] != hashes[i]) {
            at = (at + 1) & (slots - 1);
        }
        if (hashes[i] == 0 || table[at] == hashes[i]) {
            mark(marked, hashes[i]);
        }
        table[at] = hashes[i];
    }
    mem_free(table);
}

bool near_ids_possible(struct near_ids *n)
{
    for (size_t i = 0; i < PARTS && !n->unknown; i++) {
        struct near_part *p = &n->parts[i];
        size_t count = (size_t)p->written + p->n;
        uint64_t *hashes = mem_alloc((count + 1) * sizeof *hashes);
        n->unknown = !read_part(p, hashes);
        if (!n->unknown) {
            mark_equal(n, hashes, count);
        }
        mem_free(hashes);
    }
    return n->unknown || n->marks;
}

bool near_ids_has(struct near_ids *n, struct str id)
{
    if (n->unknown || !n->marks) {
        return n->unknown;
    }
    size_t at = (size_t)hash_folded(n, id) % MARK_BITS;
    return n->marks[at / 64] >> at % 64 & 1;
}
