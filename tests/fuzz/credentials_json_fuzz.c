// module: format
/* Keys as any endpoint or process may send them: what is accepted is whole and can stand in a
 * header. */
#include <stdlib.h>

#include "format/credentials_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum credentials_form forms[] = {CREDENTIALS_OF_PROCESS, CREDENTIALS_OF_ENDPOINT,
                                                  CREDENTIALS_OF_SSO};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct access_keys k;
        bool good = credentials_json_parse((const char *)data, size, forms[i], &k, NULL) == OK;
        if (good != (k.access_key_id && k.secret_access_key) ||
            !access_keys_is_clean(k.access_key_id) || !access_keys_is_clean(k.secret_access_key) ||
            !access_keys_is_clean(k.session_token)) {
            abort();
        }
        access_keys_free(&k);
    }
    struct sso_token t;
    if ((sso_token_parse((const char *)data, size, &t, NULL) == OK) != (t.access_token != NULL)) {
        abort();
    }
    sso_token_free(&t);
    return 0;
}
