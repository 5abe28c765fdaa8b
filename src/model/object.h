/* object.h - what a listing says of one stored object. */
#ifndef TSI_MODEL_OBJECT_H
#define TSI_MODEL_OBJECT_H

#include <stdint.h>

struct object {
    const char *key;  /* relative to the source: "weather/part-0.parquet"; bytes as they are,
                         NUL-terminated */
    uint64_t size;    /* bytes */
    const char *etag; /* opaque version of the content, without surrounding quotes; "" where the
                         store has none */
    int64_t mtime_us; /* last change, microseconds since 1970 UTC; 0 unknown */
};

#endif
