// module: format
/* A status file of any content: parsed or refused; what was parsed can be written and parsed again.
 */
#include <stdlib.h>
#include <string.h>

#include "format/run_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run_status a, b;
    struct error err;
    if (run_status_parse(str_n(data, size), &a, &err)) {
        return 0;
    }
    struct strbuf text;
    strbuf_init(&text, 4 * RUN_STATUS_MAX);
    run_status_write(&a, &text);
    if (run_status_parse(strbuf_view(&text), &b, &err) || a.pid != b.pid ||
        a.bytes_total != b.bytes_total) {
        abort();
    }
    strbuf_free(&text);
    return 0;
}
