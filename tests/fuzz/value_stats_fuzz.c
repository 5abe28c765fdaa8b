// module: model
/* Bytes that decode are a state: it encodes to something that decodes to the same, merges, and has
 * figures. */
#include <stdlib.h>
#include <string.h>

#include "model/value_stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 17 }; /* t_min, t_max, unit */

/* But for the sparkline, whose values may be another level's where doubles are too coarse. */
static bool same_bytes(struct value_stats *a, struct value_stats *b)
{
    struct strbuf one, other;
    if (a->sparkline.n != b->sparkline.n || a->sparkline.first != b->sparkline.first) {
        return false;
    }
    a->sparkline.n = b->sparkline.n = 0;
    strbuf_init(&one, 1 << 20);
    strbuf_init(&other, 1 << 20);
    value_stats_encode(a, &one);
    value_stats_encode(b, &other);
    bool same = !one.overflow && str_eq(strbuf_view(&one), strbuf_view(&other));
    strbuf_free(&one);
    strbuf_free(&other);
    return same;
}

static void look(const struct value_stats *s)
{
    double v;
    uint64_t means, sums;
    moments_mean(&s->moments, &v);
    moments_variance(&s->moments, &v);
    moments_skewness(&s->moments, &v);
    moments_kurtosis(&s->moments, &v);
    moments_cv2(&s->moments, s->moments.n - s->zeros, &v);
    for (int l = 0; l < LEVELS; l++) {
        value_levels_hashes(&s->levels, (enum value_level)l, &means, &sums);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct value_stats s, again;
    struct strbuf b;
    int64_t bounds[2];
    if (size < HEAD) {
        return 0;
    }
    memcpy(bounds, data, sizeof bounds);
    int64_t lo = bounds[0] < bounds[1] ? bounds[0] : bounds[1];
    int64_t hi = bounds[0] < bounds[1] ? bounds[1] : bounds[0];
    enum time_unit unit = (enum time_unit)(data[16] % (TIME_UNIT_NS + 1));
    struct str in = str_n(data + HEAD, size - HEAD);
    if (!value_stats_decode(&in, lo, hi, &s)) {
        return 0;
    }
    strbuf_init(&b, 1 << 20);
    value_stats_encode(&s, &b);
    in = strbuf_view(&b);
    if (b.overflow || !value_stats_decode(&in, lo, hi, &again) || in.len ||
        !same_bytes(&s, &again)) {
        abort();
    }
    strbuf_free(&b);
    look(&s);
    value_stats_merge(&again, &s);
    look(&again);
    value_stats_convert(&s, unit, TIME_UNIT_NS, false);
    return 0;
}
