/* output.h - write a file so that readers see all of it or nothing: temporary name, fsync, rename,
 * fsync of the folder. */
#ifndef TSI_SEARCH_OUTPUT_H
#define TSI_SEARCH_OUTPUT_H

#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct output {
    int fd;
    char path[4096], temporary[4096 + 8];
    struct strbuf buffer;
    uint64_t at;  /* bytes written, the buffer's included */
    int failed;   /* errno of the first write that did not work */
    uint32_t crc; /* of what was written since it was last set to 0 */
};

MUST_CHECK enum error_code output_begin(struct output *o, const char *path, struct error *err);
void output_write(struct output *o, const void *data,
                  size_t n); /* failures are kept until output_publish */
void output_align(struct output *o, uint32_t to);
/* Writes `head` over the first bytes of the file, and publishes it. */
MUST_CHECK enum error_code output_publish(struct output *o, const void *head, size_t n,
                                          struct error *err);
void output_discard(struct output *o); /* after a publish: frees only */

#endif
