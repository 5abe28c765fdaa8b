/* codes.h - the dictionary codes of a page (or its booleans, which are codes of one bit).
 *
 * Handed out in pieces that cost nothing per value: a repeat, or an array that was unpacked and
 * checked in one go.
 */
#ifndef TSI_PARQUET_CODES_H
#define TSI_PARQUET_CODES_H

#include "parquet/hybrid.h"

/* Values unpacked at a time: 4 KiB, a small part of the first-level cache. */
#define CODES_BATCH 1024

struct codes {
    struct hybrid runs;
    struct hybrid_run run; /* what is left of the current one */
    uint64_t left;         /* values the page still has */
    uint64_t limit;        /* codes are below it */
    size_t at, n;          /* of `batch` */
    uint32_t batch[CODES_BATCH];
};

struct codes_piece {
    uint64_t n;            /* at least 1 */
    const uint32_t *array; /* n codes; NULL: `code` n times */
    uint32_t code;
};

/* `n` codes below `limit` in hybrid form; or as packed bits alone, which is how PLAIN stores
 * booleans. */
void codes_init(struct codes *c, struct str bytes, unsigned width, uint64_t n, uint64_t limit);
void codes_init_packed(struct codes *c, struct str bytes, unsigned width, uint64_t n,
                       uint64_t limit);

/* What comes next; NULL, or what is wrong with the page. Valid until codes_advance by at most
 * piece->n. Not to be called when no values are left. */
const char *codes_peek(struct codes *c, struct codes_piece *piece);
void codes_advance(struct codes *c, uint64_t n);

#endif
