/* fold.h - what two texts must agree in to be the same for a searcher.
 *
 * Case is folded (Unicode full case folding, so that "ss" finds the sharp s), compatibility forms
 * are unified (NFKD), marks are dropped where they stand on a Latin, Greek or Cyrillic letter
 * (elsewhere they make another letter), the rest is composed again (NFC). Separators - blanks,
 * controls and _ - . / : | \ - become one blank; at both ends they vanish. A byte that is not UTF-8
 * becomes "xHH", as series_id.h writes it.
 *
 * The folded text is UTF-8 without control characters: the index uses bytes below 0x20 as marks of
 * its own. Index and query use this one function; FOLD_VERSION is stored with the index.
 */
#ifndef TSI_SEARCH_FOLD_H
#define TSI_SEARCH_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Raised whenever any text folds differently than before: older indexes are then rebuilt. */
#define FOLD_VERSION 1u

/* FOLD_VERSION and the version of the Unicode tables in use. */
uint64_t fold_fingerprint(void);

/* Appends the folding of `s` to `out`. `begins`/`ends`, where not NULL, get for each folded byte
 * the range of original bytes it stands for; they must have room for fold_bound(s.len) entries. */
void fold_text(struct str s, struct strbuf *out, uint32_t *begins, uint32_t *ends);
size_t fold_bound(size_t len);

/* A simple text is ASCII and folds byte by byte (no separators in a row or at the ends):
 * fold_simple does it in place of fold_text, with the same result. NUL stays NUL, so that a block
 * of simple texts folds at once. */
bool fold_is_simple(struct str s);
void fold_simple(char *out, const char *in, size_t n);

bool fold_is_separator(unsigned char c);

#endif
