/* needle.h - find a folded word in texts as they are written, without folding them first.
 *
 * Most blocks that a filter lets through do not have the word: to fold them costs more than to
 * look. A folded byte other than a blank stands for itself and, where it is a letter, for its
 * capital. The two bytes of the word that are rarest in ids are compared at 32 places at once, and
 * the whole word where both agree. Texts that are folded already are searched by the same code.
 */
#ifndef TSI_SEARCH_NEEDLE_H
#define TSI_SEARCH_NEEDLE_H

#include <stdbool.h>

#include "base/str.h"

struct needle {
    struct str text;       /* folded; not blank; followed by FIND_PADDING readable bytes */
    uint16_t at[2];        /* places in it of the bytes that are compared first, ascending */
    char byte[2], mask[2]; /* (byte of the haystack | mask) == byte */
};

/* What stands beside the word: anything; nothing, as the text begins or ends there; a blank; one of
 * both; neither. */
enum beside { BESIDE_ANY, BESIDE_EDGE, BESIDE_BLANK, BESIDE_EITHER, BESIDE_MORE };

struct around {
    enum beside before, behind;
};

void needle_init(struct needle *f, struct str text);
/* The same where it is known how rare the parts of the text are: one of the two bytes that are
 * compared first is the one at `rare`, or one of the two behind it. */
void needle_init_at(struct needle *f, struct str text, size_t rare);

/* The first place at or behind `from` where a byte-by-byte folding of `hay` (ASCII, or folded
 * already; NULs between texts) has the needle with that around it; `n` where there is none. `hay`
 * is followed by FIND_PADDING readable bytes, and there is one before it. `*any` (may be NULL) is
 * set where the needle may be in what was read, with anything around it. */
size_t needle_find(const struct needle *f, const char *hay, size_t n, size_t from,
                   struct around around, bool *any);

/* How often it is in there, at most, and never 0 where it is; counting ends behind `limit`. */
size_t needle_count(const struct needle *f, const char *hay, size_t n, size_t limit);

#endif
