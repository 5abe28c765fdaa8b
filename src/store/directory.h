/* directory.h - what reading and listing a local directory share. */
#ifndef TSI_STORE_DIRECTORY_H
#define TSI_STORE_DIRECTORY_H

#include <pthread.h>
#include <sys/stat.h>

#include "store/backend.h"

struct directory {
    int root;           /* O_PATH descriptor of the source */
    struct queue tasks; /* pieces to read */
    pthread_t *threads;
    size_t n_threads;
};

/* Three 64-bit numbers and two dashes. */
#define DIRECTORY_ETAG_SIZE 64
/* "mtime_ns-size-inode": changes whenever a file is written or replaced by another. */
void directory_etag(const struct stat *st, char out[DIRECTORY_ETAG_SIZE]);

/* A key or prefix stays below the source: what a stranger's catalog names is not /etc. Symbolic
 * links are the user's own. */
bool directory_holds(const char *key);

/* directory_list.c */
MUST_CHECK enum error_code directory_list_open(struct store *s, const char *prefix,
                                               struct store_lister *l, struct error *err);

#endif
