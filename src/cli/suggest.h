/* suggest.h - what a mistyped word was probably meant to be.
 *
 * Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours
 * count one each. The words are names of commands and options, so all is bounded by SUGGEST_MAX and
 * on the stack.
 */
#ifndef TSI_CLI_SUGGEST_H
#define TSI_CLI_SUGGEST_H

#include <stddef.h>

#include "base/str.h"

/* Longer than any name in spec.c; a longer word is no typing error of one of them. */
#define SUGGEST_MAX 32

struct suggestion {
    struct str word;  /* what was typed */
    const char *best; /* NULL: nothing is near */
    size_t distance;
};

void suggest_start(struct suggestion *s, struct str word);
void suggest_consider(struct suggestion *s, const char *candidate);

#endif
