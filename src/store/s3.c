#include "store/backend.h"
enum error_code s3_open(struct store *s, const char *source, const struct store_options *o,
                        struct error *err)
{
    (void)s;
    (void)o;
    return error_set(err, ERR_UNSUPPORTED, "source '%s': S3 is being written", source);
}
