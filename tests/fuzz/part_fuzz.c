// module: scan
/* Bytes that decode are a part: it encodes to something that decodes to the same. The checksum is
 * mended first, or nothing would ever come behind it. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "scan/part_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GROUPS = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scan_part p, again;
    struct strbuf bytes, twice;
    strbuf_init(&bytes, SIZE_MAX);
    strbuf_init(&twice, SIZE_MAX);
    strbuf_add(&bytes, data, size);
    uint64_t check = hash_bytes(bytes.len ? bytes.data : "", bytes.len);
    strbuf_add(&bytes, &check, sizeof check);
    if (part_decode(strbuf_view(&bytes), 0, GROUPS, &p)) {
        strbuf_clear(&bytes);
        part_encode(&p, &bytes);
        if (!part_decode(strbuf_view(&bytes), 0, GROUPS, &again)) {
            abort();
        }
        part_encode(&again, &twice);
        if (!str_eq(strbuf_view(&bytes), strbuf_view(&twice))) {
            abort();
        }
        part_free(&again);
        part_free(&p);
    }
    strbuf_free(&bytes);
    strbuf_free(&twice);
    return 0;
}
