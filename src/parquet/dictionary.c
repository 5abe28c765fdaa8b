/* dictionary.c - a dictionary page: PLAIN values, whose positions are their codes. */
#include "parquet/bits.h"
#include "parquet/reader.h"

static const char *read_fixed(struct interner *in, struct str bytes, uint32_t n)
{
    if (n > bytes.len / (in->width ? in->width : 1)) {
        return "the dictionary has fewer bytes than its entries take";
    }
    interner_reserve(in, n, n * in->width);
    for (uint32_t i = 0; i < n; i++) {
        if (!interner_append(in, bytes.data + i * in->width, in->width)) {
            return "the dictionary is larger than the page limit";
        }
    }
    return NULL;
}

static const char *read_strings(struct interner *in, struct str bytes, uint32_t n)
{
    if (n > bytes.len / 4) {
        return "the dictionary has fewer bytes than its entries take";
    }
    interner_reserve(in, n, bytes.len - (size_t)n * 4);
    for (uint32_t i = 0; i < n; i++) {
        size_t len = bytes.len < 4 ? 0 : load32(bytes.data);
        if (bytes.len < 4 || len > bytes.len - 4) {
            return "a dictionary entry is longer than the rest of its page";
        }
        if (!interner_append(in, bytes.data + 4, len)) {
            return "the dictionary is larger than the page limit";
        }
        bytes = str_from(bytes, 4 + len);
    }
    return NULL;
}

const char *dictionary_read(struct chunk_reader *r, struct str bytes, uint32_t n)
{
    if (r->column->physical == PARQUET_BOOLEAN) {
        return "booleans have no dictionary";
    }
    const char *fault =
        r->values.fixed ? read_fixed(&r->values, bytes, n) : read_strings(&r->values, bytes, n);
    r->has_dictionary = true;
    r->n_dictionary = r->values.count;
    return fault;
}
