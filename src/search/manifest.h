/* manifest.h - which segments are live, and which datasets in them are dead because a later segment
 * replaced them. */
#ifndef TSI_SEARCH_MANIFEST_H
#define TSI_SEARCH_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"

#define MANIFEST_MAGIC        "TSIMNFT\1"
#define MANIFEST_SEGMENTS_MAX 256 /* far above any merge policy; a bound for hostile files */

struct manifest_segment {
    uint64_t number, file_len;
    uint32_t header_crc; /* of the segment: another file of that name is noticed */
    uint32_t n_datasets;
    uint64_t *dead; /* bitmap of n_datasets */
};

struct manifest {
    uint64_t generation; /* of the catalog */
    uint64_t sequence;   /* of the index: raised by every commit; cursors carry it */
    uint64_t next_segment;
    struct manifest_segment *segments;
    uint32_t n;
};

/* ERR_NO_CATALOG where there is none. Memory: in `a`. */
MUST_CHECK enum error_code manifest_read(const char *dir, struct arena *a, struct manifest *out,
                                         struct error *err);
MUST_CHECK enum error_code manifest_parse(const void *data, size_t n, struct arena *a,
                                          struct manifest *out, struct error *err);
MUST_CHECK enum error_code manifest_write(const char *dir, const struct manifest *m,
                                          struct error *err);
/* As young as if it had been written now, where that is allowed. */
void manifest_touch(const char *dir);

#endif
