/* hex.h - read hexadecimal numbers out of file names and cursors: no sign, no blanks, at most 16
 * digits. */
#ifndef TSI_SEARCH_HEX_H
#define TSI_SEARCH_HEX_H

#include <stdbool.h>
#include <stdint.h>

/* A number at *text; *text then stands behind it. False where there is none, or one of more than 64
 * bits. */
bool hex_take(const char **text, uint64_t *out);

#endif
