#include "net/content_range.h"

#include <string.h>

static bool parse_span(struct str s, struct content_range *out)
{
    uint64_t last;
    const char *dash = s.len ? memchr(s.data, '-', s.len) : NULL;
    if (!dash || !str_to_u64(str_n(s.data, (size_t)(dash - s.data)), &out->first)) {
        return false;
    }
    struct str end = str_from(s, (size_t)(dash + 1 - s.data));
    if (str_eq(end, str_c("-1"))) {
        out->length = 0;
        return out->first == 0;
    }
    if (!str_to_u64(end, &last) || last < out->first || last == UINT64_MAX) {
        return false;
    }
    out->length = last - out->first + 1;
    return true;
}

bool content_range_parse(struct str s, struct content_range *out)
{
    *out = (struct content_range){0};
    s = str_trim(s);
    if (s.len < 6 || !str_eq_nocase(str_n(s.data, 5), str_c("bytes")) || s.data[5] != ' ') {
        return false;
    }
    s = str_trim(str_from(s, 6));
    const char *slash = s.len ? memchr(s.data, '/', s.len) : NULL;
    if (!slash) {
        return false;
    }
    struct str span = str_n(s.data, (size_t)(slash - s.data));
    struct str total = str_from(s, span.len + 1);
    out->has_total = !str_eq(total, str_c("*"));
    if (out->has_total && !str_to_u64(total, &out->total)) {
        return false;
    }
    out->has_range = !str_eq(span, str_c("*"));
    if (!out->has_range) {
        return out->has_total;
    }
    return parse_span(span, out) && (!out->has_total || (out->length <= out->total &&
                                                         out->first <= out->total - out->length));
}
