/* ini.h - the INI of the AWS shared files (~/.aws/config, ~/.aws/credentials), as text to events.
 *
 * Comments begin a line with '#' or ';', or stand behind a blank on one. An indented line goes on
 * with the property above: where that has no value of its own, as a sub-property ("s3 =\n
 * addressing_style = path"), else as more of its value. A line that is none of this is skipped; a
 * '[' without its ']' is fatal, since what follows could belong to anyone.
 *
 * Input is untrusted: NUL and any other byte may stand in it; nothing is read past `n`. Memory:
 * none beyond one property (INI_VALUE_MAX), which is wiped, since values are secrets. Threads: no
 * state.
 */
#ifndef TSI_FORMAT_INI_H
#define TSI_FORMAT_INI_H

#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

/* Session tokens are a few kilobytes; more is not a configuration value. */
#define INI_VALUE_MAX 65536

struct ini_property {
    struct str section; /* between the brackets, blanks off; "" before the first */
    struct str key;     /* lower case or not, as it stands */
    struct str sub;     /* the sub-property's name; "" for the property itself */
    struct str value;   /* borrowed until the call returns */
    unsigned line;      /* where the property began, from 1 */
};

/* ERR_USAGE with the line for an unclosed section. `on_property` is called in order of the file. */
MUST_CHECK enum error_code ini_parse(const char *text, size_t n,
                                     void (*on_property)(const struct ini_property *p, void *user),
                                     void *user, struct error *err);

#endif
