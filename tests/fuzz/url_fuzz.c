// module: format
/* Encoding undoes decoding, byte for byte; an endpoint is taken apart or refused. */
#include <stdlib.h>
#include <string.h>

#include "format/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(struct str text, struct arena *a)
{
    struct strbuf b;
    struct str back;
    strbuf_init(&b, text.len * 3 + 1);
    for (int keep_slash = 0; keep_slash < 2; keep_slash++) {
        strbuf_clear(&b);
        url_encode(&b, text, keep_slash);
        if (!url_is_encoded(strbuf_view(&b)) ||
            !url_decode(strbuf_view(&b), keep_slash, a, &back) || !str_eq(back, text)) {
            abort();
        }
    }
    strbuf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct str text = str_n(data, size), decoded;
    struct url_endpoint e;
    arena_init(&a);
    check_round_trip(text, &a);
    if (url_decode(text, size & 1, &a, &decoded) && decoded.len > size) {
        abort();
    }
    if (url_parse_endpoint(arena_strndup(&a, data, size), &a, &e, NULL) == OK) {
        if (!e.host[0] || strpbrk(e.host, "\r\n /@?#") || strpbrk(e.base_path, "\r\n @?#")) {
            abort();
        }
    }
    arena_reset(&a);
    return 0;
}
