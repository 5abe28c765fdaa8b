#include "search/score.h"

/* By weight of the field (identifiers; tags and themes; columns and sources; folders; prose) and by
 * match. A tag or theme that is the whole query is worth more than an id that merely has the word,
 * less than an id that begins with it. A whole word of what is said about a dataset is worth as
 * much as one of an id: the dataset then comes before its series and those of others, which may be
 * thousands. Of prose no more than whole words are worth that: it has the start of everything. */
static const unsigned char ranks[5][SEARCH_MATCH_WHOLE + 1] = {
    {0, 20, 24, 36, 44, 52, 56, 63}, {0, 14, 16, 33, 44, 45, 46, 48},
    {0, 12, 13, 31, 44, 44, 44, 45}, {0, 10, 11, 30, 35, 37, 39, 41},
    {0, 4, 5, 8, 44, 16, 44, 44},
};

static const unsigned char weight_class[SEARCH_FIELD_COUNT] = {
    [SEARCH_FIELD_SERIES] = 0,    [SEARCH_FIELD_DATASET] = 0,     [SEARCH_FIELD_NAME] = 0,
    [SEARCH_FIELD_TAG] = 1,       [SEARCH_FIELD_THEME] = 1,       [SEARCH_FIELD_SOURCE] = 2,
    [SEARCH_FIELD_FREQUENCY] = 2, [SEARCH_FIELD_TARGET] = 2,      [SEARCH_FIELD_COVARIATE] = 2,
    [SEARCH_FIELD_FOLDER] = 3,    [SEARCH_FIELD_DESCRIPTION] = 4,
};

unsigned score_rank(enum search_field field, enum search_match match)
{
    return ranks[weight_class[field]][match];
}

unsigned score_coverage(size_t matched, size_t len)
{
    size_t c = len ? matched * SCORE_COVERAGE_MAX / len : 0;
    return (unsigned)(c < SCORE_COVERAGE_MAX ? c : SCORE_COVERAGE_MAX);
}

unsigned score_series_coverage(enum search_match match, size_t matched, size_t len)
{
    unsigned c = score_coverage(matched, len);
    return match <= SEARCH_MATCH_EDGE ? c & ~3u : c;
}

uint64_t score_pack(const struct score_parts *p)
{
    unsigned typos = p->typos < 15 ? 15 - p->typos : 0;
    /* All hits of an answer have the same number of words: beyond 15 it need not be told apart. */
    unsigned words = p->words < 15 ? p->words : 15;
    return (uint64_t)words << 60 | (uint64_t)typos << 56 | (uint64_t)p->together << 50 |
           (uint64_t)p->quality << 42 | (p->in_order ? SCORE_IN_ORDER : 0) |
           (uint64_t)p->dataset << 40 | (uint64_t)p->coverage << 36 | (uint64_t)p->prior << 31;
}

struct score_parts score_unpack(uint64_t s)
{
    return (struct score_parts){.words = s >> 60,
                                .typos = 15 - (s >> 56 & 15),
                                .together = s >> 50 & 63,
                                .quality = s >> 42 & 255,
                                .in_order = s >> 41 & 1,
                                .dataset = s >> 40 & 1,
                                .coverage = s >> 36 & 15,
                                .prior = s >> 31 & 31};
}
