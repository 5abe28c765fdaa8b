/* server.h - a read-only S3 server for benchmarks: synthetic objects, as fast as a client can ask.
 *
 * A real server spends more on a request than its clients do, and on a small machine all clients
 * then look alike. This one keeps its keys in a sorted array and its bytes in one block of memory,
 * so that what is measured is the client. Speaks ListObjectsV2 (prefix, delimiter, start-after,
 * max-keys, tokens, url encoding), GET with and without a range, HEAD. Signatures are not checked.
 *
 * Threads: one for each connection. Listens on 127.0.0.1 only.
 */
#ifndef TSI_BENCH_S3_SERVER_H
#define TSI_BENCH_S3_SERVER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Objects repeat a block of so many bytes, each from a place of its own. */
#define BLOCK_BYTES ((size_t)16 << 20)

struct thing {
    char *key;
    uint64_t size;
};

struct server {
    /* Set before the first connection: */
    struct thing *things; /* sorted by key, bytewise */
    size_t n_things;
    uint8_t *block; /* twice, so that any BLOCK_BYTES of it are in one piece */
    unsigned latency_ms;
    /* Counted: */
    atomic_uint_least64_t requests, bytes;
};

/* What a request asks for: the target as it came, its parts decoded. */
struct request {
    char method[8];
    char *path;  /* decoded, without the bucket; "" for the bucket itself */
    char *query; /* as it came; "" for none */
    uint64_t first, last;
    bool has_range, is_suffix; /* suffix: `first` bytes from the end */
};

/* The index of the first thing whose key is not below `key`. */
size_t server_find(const struct server *s, const char *key);
/* A page of a listing, as XML. */
void server_list(const struct server *s, const char *query, struct strbuf *out);
/* Where the bytes of an object begin in the block. */
size_t server_place(const char *key);
/* Answers on `fd` until its end. */
void server_talk(struct server *s, int fd);

#endif
