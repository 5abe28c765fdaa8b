// module: format
/* Any bytes as a Thrift struct: skipped whole, and walked field by field with every reader. */
#include <stdint.h>
#include <stdlib.h>

#include "format/thrift.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t read_field(struct thrift *t, const struct thrift_field *f)
{
    switch (f->type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        return thrift_bool(t, f);
    case THRIFT_BYTE:
    case THRIFT_I16:
    case THRIFT_I32:
        return (uint64_t)thrift_i32(t, f);
    case THRIFT_I64:
        return (uint64_t)thrift_i64(t, f);
    case THRIFT_BINARY:
        return thrift_binary(t, f).len;
    case THRIFT_LIST: {
        size_t n = thrift_list(t, f, THRIFT_I32, 1);
        for (size_t i = 0; i < n && t->code == OK; i++) {
            thrift_element_i32(t);
        }
        return n;
    }
    default:
        thrift_skip(t, f->type);
        return 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct thrift t;
    thrift_init(&t, str_n(data, size), 0, &err);
    thrift_skip(&t, THRIFT_STRUCT);
    if (t.code == OK && thrift_offset(&t) > size) {
        abort();
    }
    thrift_init(&t, str_n(data, size), 0, &err);
    struct thrift_field f = {0};
    while (thrift_next(&t, &f)) {
        read_field(&t, &f);
    }
    return 0;
}
