// module: format
/* An answer of the token service of any content: whole keys or none. */
#include <stdlib.h>

#include "format/sts_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct access_keys k;
    bool good = sts_xml_parse((const char *)data, size, &k, NULL) == OK;
    if (good != (k.access_key_id && k.secret_access_key && k.session_token)) {
        abort();
    }
    access_keys_free(&k);
    return 0;
}
