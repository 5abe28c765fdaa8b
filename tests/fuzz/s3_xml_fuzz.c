// module: format
/* Whatever a server sends as a listing or as an error: parsed or refused, never trusted. */
#include <stdlib.h>
#include <string.h>

#include "format/s3_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct s3_xml_page page;
    struct s3_xml_error error;
    arena_init(&a);
    if (s3_xml_parse_list((const char *)data, size, &a, &page, &error, NULL) == OK) {
        for (size_t i = 0; i < page.n_objects; i++) {
            if (strlen(page.objects[i].key) > S3_XML_TEXT_MAX || !page.objects[i].etag) {
                abort();
            }
        }
        if (!page.next_token) {
            abort();
        }
    }
    if (s3_xml_parse_error((const char *)data, size, &error) &&
        strlen(error.code) + strlen(error.message) > sizeof error) {
        abort();
    }
    arena_reset(&a);
    return 0;
}
