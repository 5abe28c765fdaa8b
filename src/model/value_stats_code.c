/* The encoded form of a state of more than a few rows (value_rows.h): a version byte, and
 *
 *     flags, rows, nulls, nans, positive and negative infinities, zeros, negatives, fractions,
 *     min, max, moments                    where there is a finite value; max and moments follow
 *                                          from min where FLAG_CONSTANT is set
 *     ordered, sequence, prefix, suffix, longest             unless the order is not known
 *     first, last, exact hash, those of other forms          where `sequence` is not 0
 *     levels                                                 by time
 *     sparkline
 *
 * Numbers are varints, doubles and hashes eight bytes. A hash of another form is there where the
 * flags say that it differs from the exact one.
 */
#include <math.h>
#include <string.h>

#include "base/varint.h"
#include "model/value_rows.h"

#define VERSION       1
#define FLAG_ORDER    3 /* enum values_order */
#define FLAG_ROUNDED  4
#define FLAG_CONSTANT 8
#define FLAG_FORMS    4 /* bit of FORM_SINGLE; the others behind it */
#define FLAGS_END     (1u << (FLAG_FORMS + VALUE_FORMS - 1))

static void put_double(struct strbuf *out, double v)
{
    strbuf_add(out, &v, sizeof v);
}

static bool is_constant(const struct value_stats *s)
{
    return s->moments.n && s->min == s->max && s->moments.scale == 0 && !s->rounded;
}

static uint64_t flags_of(const struct value_stats *s)
{
    uint64_t flags = (uint64_t)s->order;
    flags |= s->rounded ? FLAG_ROUNDED : 0;
    flags |= is_constant(s) ? FLAG_CONSTANT : 0;
    for (int f = FORM_SINGLE; f < VALUE_FORMS && s->order != VALUES_UNORDERED; f++) {
        bool differs = s->sequence && s->forms[f] != s->forms[FORM_EXACT];
        flags |= (uint64_t)differs << (FLAG_FORMS + f - FORM_SINGLE);
    }
    return flags;
}

static void put_sequence(const struct value_stats *s, uint64_t flags, struct strbuf *out)
{
    varint_put(out, s->ordered);
    varint_put(out, s->sequence);
    varint_put(out, s->prefix);
    varint_put(out, s->suffix);
    varint_put(out, s->longest);
    if (s->sequence == 0) {
        return;
    }
    if (!is_constant(s)) {
        put_double(out, s->first);
        put_double(out, s->last);
    }
    strbuf_add(out, &s->forms[FORM_EXACT], sizeof *s->forms);
    for (int f = FORM_SINGLE; f < VALUE_FORMS; f++) {
        if (flags >> (FLAG_FORMS + f - FORM_SINGLE) & 1) {
            strbuf_add(out, &s->forms[f], sizeof *s->forms);
        }
    }
    if (s->order == VALUES_BY_TIME) {
        value_levels_encode(&s->levels, out);
    }
}

void value_stats_encode(const struct value_stats *s, struct strbuf *out)
{
    const uint64_t counts[] = {
        s->rows,  s->nulls,     s->nans,     s->positive_infinities, s->negative_infinities,
        s->zeros, s->negatives, s->fractions};
    uint64_t flags = flags_of(s);
    strbuf_add_char(out, VERSION);
    varint_put(out, flags);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        varint_put(out, counts[i]);
    }
    if (s->moments.n) {
        put_double(out, s->min);
        if (!is_constant(s)) {
            put_double(out, s->max);
            moments_encode(&s->moments, out);
        }
    }
    if (s->order != VALUES_UNORDERED) {
        put_sequence(s, flags, out);
    }
    sparkline_encode(&s->sparkline, s->min, s->max, out);
}

/* ---- back again ---- */

static bool take_bytes(struct str *in, void *to, size_t n)
{
    if (in->len < n) {
        return false;
    }
    memcpy(to, in->data, n);
    *in = str_from(*in, n);
    return true;
}

/* A finite number. */
static bool take_double(struct str *in, double *v)
{
    return take_bytes(in, v, sizeof *v) && isfinite(*v);
}

static bool take_hash(struct str *in, uint64_t *h)
{
    return take_bytes(in, h, sizeof *h) && *h >> 61 == 0;
}

/* *finite: the rows that are none of the others. */
static bool take_counts(struct str *in, struct value_stats *s, uint64_t *finite)
{
    uint64_t *const counts[] = {
        &s->rows,  &s->nulls,     &s->nans,     &s->positive_infinities, &s->negative_infinities,
        &s->zeros, &s->negatives, &s->fractions};
    enum { ODD_END = 5, COUNTS = sizeof counts / sizeof *counts };
    for (size_t i = 0; i < COUNTS; i++) {
        if (!varint_take(in, counts[i]) || *counts[i] > INT64_MAX) {
            return false;
        }
    }
    *finite = s->rows;
    for (size_t i = 1; i < ODD_END; i++) {
        if (*counts[i] > *finite) {
            return false;
        }
        *finite -= *counts[i];
    }
    return s->zeros <= *finite && s->negatives <= *finite - s->zeros && s->fractions <= *finite;
}

static bool take_finite(struct str *in, bool constant, uint64_t n, struct value_stats *s)
{
    if (n == 0) {
        return !constant;
    }
    if (!take_double(in, &s->min)) {
        return false;
    }
    if (constant) {
        s->max = s->min;
        moments_add_repeated(&s->moments, s->min, n);
        return true;
    }
    return take_double(in, &s->max) && s->min <= s->max && moments_decode(in, n, &s->moments);
}

static bool take_ends(struct str *in, bool constant, struct value_stats *s)
{
    if (constant) {
        s->first = s->last = s->min;
        return true;
    }
    return take_double(in, &s->first) && take_double(in, &s->last) && s->first >= s->min &&
           s->first <= s->max && s->last >= s->min && s->last <= s->max;
}

static bool take_forms(struct str *in, uint64_t flags, struct value_stats *s)
{
    bool ok = take_hash(in, &s->forms[FORM_EXACT]);
    for (int f = FORM_SINGLE; ok && f < VALUE_FORMS; f++) {
        s->forms[f] = s->forms[FORM_EXACT];
        if (flags >> (FLAG_FORMS + f - FORM_SINGLE) & 1) {
            ok = take_hash(in, &s->forms[f]);
        }
    }
    return ok;
}

static bool take_sequence(struct str *in, uint64_t flags, struct value_stats *s)
{
    if (!varint_take(in, &s->ordered) || s->ordered > s->rows || !varint_take(in, &s->sequence) ||
        s->sequence > s->ordered || s->sequence > s->moments.n || !varint_take(in, &s->prefix) ||
        s->prefix > s->sequence || !varint_take(in, &s->suffix) || s->suffix > s->sequence ||
        !varint_take(in, &s->longest) || s->longest > s->sequence) {
        return false;
    }
    if (s->sequence == 0) {
        return true;
    }
    return take_ends(in, flags & FLAG_CONSTANT, s) && take_forms(in, flags, s) &&
           (s->order == VALUES_BY_ROW ||
            value_levels_decode(in, s->first, s->last, s->forms[FORM_SINGLE], s->sequence,
                                &s->levels));
}

bool value_stats_decode(struct str *in, int64_t t_min, int64_t t_max, struct value_stats *out)
{
    uint8_t version;
    uint64_t flags, finite;
    value_stats_init(out, VALUES_UNORDERED);
    if (!take_bytes(in, &version, 1)) {
        return false;
    }
    if (version == VALUE_ROWS_VERSION) {
        return value_rows_decode(in, t_min, t_max, out);
    }
    if (version != VERSION || !varint_take(in, &flags) || flags >= FLAGS_END ||
        (flags & FLAG_ORDER) > VALUES_UNORDERED) {
        return false;
    }
    value_stats_init(out, (enum values_order)(flags & FLAG_ORDER));
    out->rounded = flags & FLAG_ROUNDED;
    out->t_min = t_min;
    out->t_max = t_max;
    if (!take_counts(in, out, &finite) || !take_finite(in, flags & FLAG_CONSTANT, finite, out)) {
        return false;
    }
    if (out->order != VALUES_UNORDERED && !take_sequence(in, flags, out)) {
        return false;
    }
    return sparkline_decode(in, out->min, out->max, &out->sparkline);
}
