/* match.h - one word (or phrase) against one folded text: where it lies, how well, with how many
 * typos. */
#ifndef TSI_SEARCH_MATCH_H
#define TSI_SEARCH_MATCH_H

#include "search/needle.h"
#include "search/pattern.h"
#include "search/search.h"

#define MATCH_PIECES_MAX 8

struct pieces {
    struct str part[MATCH_PIECES_MAX];
    size_t n;
};

struct term {
    struct str text;      /* folded, not empty */
    struct pieces pieces; /* all but `typos` of them are in any text with so many; n = 0: none */
    struct needle needle; /* of the whole text */
    const struct pattern *pattern; /* m = 0: too long for typos */
    int max_typos;
    bool digits;     /* at least half digits: typos only where nothing else is found */
    bool short_word; /* typos at starts of words only */
};

struct found {
    uint8_t typos, match; /* enum search_match */
    uint32_t begin, end;  /* bytes of the folded text; with typos only `match_locate` fills them */
};

/* Typos allowed: none below 4 characters, one from 4, two from 8; digits at most one. */
void term_init(struct term *t, struct str text, bool typos, struct arena *a);

/* `text` must be followed by FIND_PADDING readable bytes. The best place without typos; false:
 * there is none. */
bool match_exact(const struct term *t, struct str text, struct found *out);
/* The same for one word of several: a whole word anywhere before the start of the first one. */
bool match_word(const struct term *t, struct str text, struct found *out);
/* With at most k typos; fewer typos before better places. */
bool match_fuzzy(const struct term *t, struct str text, int k, struct found *out);
/* match_exact, else match_fuzzy. */
bool match_term(const struct term *t, struct str text, int k, struct found *out);
/* The same, with the place of a match that has typos. */
bool match_locate(const struct term *t, struct str text, int k, struct found *out);

/* k + 1 pieces of the word, a character apart: an edit (a swap of neighbours included) touches one
 * of them at most, so that one is found as it is. False: they would be too short to tell anything.
 */
bool match_pieces(const struct term *t, int k, struct pieces *out);

/* How the text [begin, end) of `text` lies in it. */
enum search_match match_class(struct str text, size_t begin, size_t end);

#endif
