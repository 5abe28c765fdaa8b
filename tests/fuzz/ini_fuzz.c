// module: format
/* A configuration file of any content: each property lies within the file or within its bounds. */
#include <stdlib.h>

#include "format/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ini_property *p, void *user)
{
    const size_t *size = user;
    if (p->key.len == 0 || p->section.len > *size || p->key.len > *size || p->sub.len > *size ||
        p->value.len > INI_VALUE_MAX || p->line == 0) {
        abort();
    }
    /* Touch every byte, for the sanitizer. */
    volatile unsigned sum = 0;
    struct str parts[] = {p->section, p->key, p->sub, p->value};
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < parts[i].len; k++) {
            sum += (unsigned char)parts[i].data[k];
        }
    }
    (void)sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum error_code rc = ini_parse((const char *)data, size, check, &size, NULL);
    return rc == OK || rc == ERR_USAGE ? 0 : -1;
}
