/* segment_read.c - documents, blocks, runs and ids out of an open segment. */
#include <inttypes.h>
#include <stdio.h>

#include "search/bits.h"
#include "search/find.h"
#include "search/fold.h"
#include "search/natural.h"
#include "search/segment.h"

#define CACHE_LINE  64
#define GROUP_FETCH 384  /* bytes of a group */
#define FETCH_BYTES 1024 /* of a text; the processor goes on by itself */

uint8_t segment_prior_of(uint64_t records)
{
    int prior = records ? 1 + (63 - __builtin_clzll(records)) / 2 : 0;
    return (uint8_t)(prior < PRIOR_MAX ? prior : PRIOR_MAX);
}

uint8_t segment_prior(const struct segment *s, uint32_t dataset)
{
    return segment_prior_of(s->datasets[dataset].records);
}

struct str segment_entry_text(const struct segment *s, const struct entry_record *e)
{
    return str_n(s->doc_text + e->text_at, e->text_len);
}

struct str segment_entry_folded(const struct segment *s, const struct entry_record *e)
{
    return str_n(s->doc_folded + e->folded_at, e->folded_len);
}

const struct entry_record *segment_entry(const struct segment *s, uint32_t dataset, uint32_t i)
{
    return &s->entries[s->doc_entries[s->datasets[dataset].first_entry + i]];
}

struct str segment_dataset_id(const struct segment *s, uint32_t dataset)
{
    return segment_entry_text(s, segment_entry(s, dataset, 0));
}

void segment_fetch_record(const struct segment *s, size_t i)
{
    if (i < s->n_blocks) {
        __builtin_prefetch(&s->blocks[i]);
        __builtin_prefetch(&s->groups[i]);
    }
}

/* What a search reads of a block that is not opened yet, and so is not checked either; data NULL
 * where it would lie outside. */
static struct str text_to_read(const struct segment *s, size_t i)
{
    if (i >= s->n_blocks) {
        return str_n(NULL, 0);
    }
    const struct block_record *b = &s->blocks[i];
    bool simple = b->folded_at == BLOCK_SIMPLE;
    const char *text = simple ? s->text : s->folded;
    uint64_t at = simple ? b->text_at : b->folded_at, len = simple ? b->text_len : b->folded_len;
    uint64_t room = simple ? s->text_len : s->folded_len;
    return at > room || len > room - at ? str_n(NULL, 0) : str_n(text + at, (size_t)len);
}

void segment_fetch_text(const struct segment *s, size_t i)
{
    struct str text = text_to_read(s, i);
    for (size_t k = 0; k < text.len && k < FETCH_BYTES; k += CACHE_LINE) {
        __builtin_prefetch(text.data + k);
    }
    if (text.data) {
        __builtin_prefetch(text.data + text.len); /* opening a block reads its last byte */
    }
}

void segment_fetch_groups(const struct segment *s, size_t i, size_t too_long)
{
    struct str text = text_to_read(s, i);
    if (!text.data) {
        return;
    }
    const struct group_record *r = &s->groups[i];
    for (int g = 0; g < BLOCK_GROUPS; g++) {
        for (size_t k = 0; r->shortest[g] < too_long && k < GROUP_FETCH; k += CACHE_LINE) {
            if (r->at[g] + k < text.len) {
                __builtin_prefetch(text.data + r->at[g] + k);
            }
        }
    }
    __builtin_prefetch(text.data + text.len);
}

const struct block_record *segment_block(const struct segment *s, uint32_t i)
{
    const struct block_record *b = &s->blocks[i];
    if (b->text_at > s->text_len || b->text_len > s->text_len - b->text_at || !b->text_len ||
        s->text[b->text_at + b->text_len - 1] || b->dataset >= s->n_datasets || !b->n_ids ||
        b->n_ids > BLOCK_IDS) {
        return NULL;
    }
    uint64_t n_series = s->datasets[b->dataset].n_series;
    if (b->first > n_series || b->n_ids > n_series - b->first) {
        return NULL;
    }
    if (b->folded_at != BLOCK_SIMPLE &&
        (b->folded_at > s->folded_len || b->folded_len > s->folded_len - b->folded_at ||
         !b->folded_len || s->folded[b->folded_at + b->folded_len - 1])) {
        return NULL;
    }
    return b;
}

const struct run_record *segment_run(const struct segment *s, uint32_t i)
{
    const struct run_record *r = &s->runs[i];
    uint64_t text = (uint64_t)r->prefix_len + r->suffix_len;
    if (r->dataset >= s->n_datasets || r->width == 0 || r->width > NATURAL_DIGITS_MAX ||
        r->text_at > s->run_text_len || text > s->run_text_len - r->text_at) {
        return NULL;
    }
    uint64_t limit = natural_power_of_ten(r->width);
    uint64_t n_series = s->datasets[r->dataset].n_series;
    if (r->low >= limit || r->count > limit - r->low || r->count == 0 || r->first > n_series ||
        r->count > n_series - r->first) {
        return NULL;
    }
    return r;
}

const char *segment_block_text(const struct segment *s, const struct block_record *b, size_t *len,
                               bool *simple)
{
    *simple = b->folded_at == BLOCK_SIMPLE;
    *len = *simple ? b->text_len : b->folded_len;
    return *simple ? s->text + b->text_at : s->folded + b->folded_at;
}

void segment_run_id(const struct segment *s, const struct run_record *r, uint64_t i,
                    struct strbuf *out)
{
    char digits[NATURAL_DIGITS_MAX + 2];
    uint64_t n = r->low + i;
    for (uint32_t k = r->width; k-- > 0; n /= 10) {
        digits[k] = (char)('0' + n % 10);
    }
    strbuf_add(out, s->run_text + r->text_at, r->prefix_len);
    strbuf_add(out, digits, r->width);
    strbuf_add(out, s->run_text + r->text_at + r->prefix_len, r->suffix_len);
}

static bool id_in_block(const struct segment *s, const struct block_record *b, uint32_t nth,
                        struct strbuf *out)
{
    const char *begin = s->text + b->text_at, *p = begin, *end = p + b->text_len;
    uint16_t group = s->groups[b - s->blocks].at[nth / GROUP_IDS];
    if (b->folded_at == BLOCK_SIMPLE && group != GROUP_FAR && group < b->text_len && group > 0 &&
        !begin[group - 1]) {
        p += group;
        nth %= GROUP_IDS;
    }
    for (; nth; nth--) {
        p = memchr(p, 0, (size_t)(end - p));
        if (!p || ++p == end) {
            return false;
        }
    }
    const char *stop = memchr(p, 0, (size_t)(end - p));
    if (!stop) {
        return false;
    }
    strbuf_add(out, p, (size_t)(stop - p));
    return true;
}

/* The last of n records, sorted by `first`, that begins at or before `series`; n where there is
 * none. */
#define LAST_BEFORE(records, n, series, result)                                                    \
    do {                                                                                           \
        uint32_t lo_ = 0, hi_ = (n);                                                               \
        while (lo_ < hi_) {                                                                        \
            uint32_t mid_ = lo_ + (hi_ - lo_) / 2;                                                 \
            if ((records)[mid_].first <= (series)) {                                               \
                lo_ = mid_ + 1;                                                                    \
            } else {                                                                               \
                hi_ = mid_;                                                                        \
            }                                                                                      \
        }                                                                                          \
        (result) = lo_ ? lo_ - 1 : (n);                                                            \
    } while (0)

bool segment_series_id(const struct segment *s, uint32_t dataset, uint32_t series,
                       struct strbuf *out)
{
    const struct dataset_record *d = &s->datasets[dataset];
    uint32_t at;
    LAST_BEFORE(s->blocks + d->first_block, d->n_blocks, series, at);
    if (at < d->n_blocks) {
        const struct block_record *b = segment_block(s, d->first_block + at);
        if (b && series - b->first < b->n_ids) {
            return id_in_block(s, b, series - b->first, out);
        }
    }
    LAST_BEFORE(s->runs + d->first_run, d->n_runs, series, at);
    if (at < d->n_runs) {
        const struct run_record *r = segment_run(s, d->first_run + at);
        if (r && series - r->first < r->count) {
            segment_run_id(s, r, series - r->first, out);
            return true;
        }
    }
    return false;
}

static size_t texts_of(const struct segment *s, uint32_t dataset, enum search_field field,
                       struct arena *a, const char *const **out)
{
    size_t n = 0;
    uint32_t n_entries = s->datasets[dataset].n_entries;
    const char **list = arena_array(a, n_entries, sizeof *list);
    for (uint32_t i = 0; i < n_entries; i++) {
        const struct entry_record *e = segment_entry(s, dataset, i);
        if (e->field == field) {
            struct str t = segment_entry_text(s, e);
            list[n++] = arena_strndup(a, t.data, t.len);
        }
    }
    *out = list;
    return n;
}

static const char *text_of(const struct segment *s, uint32_t dataset, enum search_field field,
                           struct arena *a)
{
    const char *const *list;
    return texts_of(s, dataset, field, a, &list) ? list[0] : NULL;
}

void segment_doc(const struct segment *s, uint32_t dataset, struct arena *a, struct search_doc *out)
{
    const struct dataset_record *d = &s->datasets[dataset];
    *out = (struct search_doc){
        .dataset_id = text_of(s, dataset, SEARCH_FIELD_DATASET, a),
        .name = text_of(s, dataset, SEARCH_FIELD_NAME, a),
        .theme = text_of(s, dataset, SEARCH_FIELD_THEME, a),
        .description = text_of(s, dataset, SEARCH_FIELD_DESCRIPTION, a),
        .source = text_of(s, dataset, SEARCH_FIELD_SOURCE, a),
        .folder = text_of(s, dataset, SEARCH_FIELD_FOLDER, a),
        .frequency = text_of(s, dataset, SEARCH_FIELD_FREQUENCY, a),
        .series = d->series,
        .records = d->records,
        .start = d->start,
        .end = d->end,
        .has_times = d->has_times,
        .quality =
            d->quality <= SEARCH_SAMPLED ? (enum search_quality)d->quality : SEARCH_QUALITY_UNKNOWN,
    };
    out->n_tags = texts_of(s, dataset, SEARCH_FIELD_TAG, a, &out->tags);
    out->n_targets = texts_of(s, dataset, SEARCH_FIELD_TARGET, a, &out->targets);
    out->n_covariates = texts_of(s, dataset, SEARCH_FIELD_COVARIATE, a, &out->covariates);
}
