/* grams.h - which units (blocks of ids, runs, documents) may hold a text: the filter in front of
 * every comparison.
 *
 * A gram is three bytes of folded text. Each text is taken with marks around it: GRAM_BEGIN and
 * GRAM_END where the text begins and ends, and a blank there too, so that "starts with ab", "a word
 * starts with ab" and "contains ab" are three different questions to the same lists. Five digits in
 * a row are a gram as well: in enumerations every triple of digits is everywhere. Skeleton indexes
 * (of runs) write every digit as '0' and have no digit grams.
 *
 * A filter never misses: it may name units that hold nothing, and the caller looks. Lists are
 * bitmaps where more than one unit in 14 has the gram, else Rice codes. Nothing read from the
 * file is trusted: a list that leaves its section or its units is reported as damage.
 */
#ifndef TSI_SEARCH_GRAMS_H
#define TSI_SEARCH_GRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define GRAM_BEGIN     '\x02'
#define GRAM_END       '\x03'
#define GRAM_NON_ASCII 0x7f000000u /* pseudo gram: the unit holds a byte beyond ASCII */
#define GRAM_SEVERAL   0x7e000000u /* the same: a text of several words */
#define GRAM_DIGITS    0x80000000u /* + the number that five digits make */
/* Four bytes: GRAM_BEGIN and the first three characters of a text (GRAM_END where it is shorter),
 * or a blank of the text itself and the three behind it. */
#define GRAM_START_LEN 4
/* GRAM_END and the last three characters of a word of three or more, at the end of a text as well,
 * where neither of the last two is a digit: numbers, and codes like 8f3a, have nearly all ends in
 * any block. */
#define GRAM_END_LEN 3
static inline bool gram_tells_end(const char last[GRAM_END_LEN])
{
    return last[0] != ' ' && (last[1] < '0' || last[1] > '9') && (last[2] < '0' || last[2] > '9');
}

/* Words of at most so many characters are looked for with a typo at starts of words only: anywhere,
 * four letters less one would be found in half of everything. */
#define GRAM_SHORT_CHARS 5

/* GRAM_LIST + k: Rice codes with k bits of remainder (postings.h). */
enum gram_encoding { GRAM_BITMAP = 1, GRAM_ALL = 2, GRAM_LIST = 32 };

struct gram_entry { /* on disk, sorted by key */
    uint32_t key, count;
    uint64_t at; /* offset in the postings (multiple of 8 for bitmaps) << 8 | enum gram_encoding */
};

struct gram_builder;

/* Lists that take more than `memory` together go to a file without a name beside `path`. */
struct gram_builder *gram_builder_new(bool skeleton, const char *path, uint64_t memory);
void gram_builder_free(struct gram_builder *b);
/* All grams of one folded text of `unit`; units come in ascending order. */
void gram_builder_add(struct gram_builder *b, uint32_t unit, struct str folded);
/* No more texts: hands out the postings, list by list, and appends the directory. The errno of the
 * first write or read that failed; 0. */
typedef void gram_put(void *user, const void *data, size_t n);
int gram_builder_finish(struct gram_builder *b, uint32_t n_units, gram_put *put, void *user,
                        struct strbuf *directory);

struct gram_index {
    const struct gram_entry *entries;
    size_t n_entries;
    const uint8_t *postings;
    size_t postings_len;
    uint32_t n_units;
    bool skeleton;
};

/* Memory of the filters, reused from call to call; one a thread. */
struct gram_scratch {
    uint64_t *words;
    size_t cap;
    uint32_t *units;
    size_t units_cap;
    bool damaged; /* a list did not hold what it should */
};

void gram_scratch_free(struct gram_scratch *s);

/* Bits of the units that may contain `text` (folded; GRAM_BEGIN and GRAM_END allowed at its ends).
 */
void gram_filter_exact(const struct gram_index *g, struct str text, uint64_t *out,
                       struct gram_scratch *s);

/* Take out of `map` the units where `text`, of three bytes or more, neither begins (behind
 * `before`: GRAM_BEGIN or a blank) nor ends a word, or where no text has several words; each only
 * where that costs less than to look into them. */
void gram_narrow_start(const struct gram_index *g, char before, struct str text, uint64_t *map,
                       struct gram_scratch *s);
void gram_narrow_end(const struct gram_index *g, struct str text, uint64_t *map,
                     struct gram_scratch *s);
void gram_narrow_several(const struct gram_index *g, uint64_t *map, struct gram_scratch *s);

/* Bits of the units with these four bytes: GRAM_BEGIN or a blank, and three more. */
void gram_filter_start(const struct gram_index *g, const char start[GRAM_START_LEN], uint64_t *out,
                       struct gram_scratch *s);

/* Bits of the units where a word ends with the last bytes of `text`, which has two at least. */
void gram_filter_end(const struct gram_index *g, struct str text, uint64_t *out,
                     struct gram_scratch *s);

/* The same as gram_filter_exact with up to k edits (1 or 2) anywhere, or, for words of
 * GRAM_SHORT_CHARS or fewer characters, at the start of a word. */
void gram_filter_fuzzy(const struct gram_index *g, struct str word, int k, uint64_t *out,
                       struct gram_scratch *s);

/* Units where `text` follows a letter (only asked for texts that begin with a digit) or a
 * punctuation mark. */
void gram_filter_edge(const struct gram_index *g, struct str text, uint64_t *out,
                      struct gram_scratch *s);

/* Where in `text`, of three bytes or more, its rarest gram begins. */
size_t gram_rarest_at(const struct gram_index *g, struct str text);

/* How many units `text`'s rarest gram has: a guess of how selective it is. */
uint32_t gram_rarest(const struct gram_index *g, struct str text);

#endif
