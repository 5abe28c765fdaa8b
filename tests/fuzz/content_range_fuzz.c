// module: net
/* A Content-Range is refused, or describes bytes that a 64-bit object can have. */
#include <stdlib.h>

#include "net/content_range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct content_range r;
    if (content_range_parse(str_n(data, size), &r)) {
        if (r.has_range && r.length > UINT64_MAX - r.first) {
            abort();
        }
        if (r.has_range && r.has_total && r.first + r.length > r.total) {
            abort();
        }
        if (!r.has_range && !r.has_total) {
            abort();
        }
    }
    return 0;
}
