/* value.h - check the text of one value against its declaration. */
#ifndef TSI_CLI_VALUE_H
#define TSI_CLI_VALUE_H

#include "base/error.h"
#include "cli/spec.h"

/* The number that `text` means for the option: see option_value.number. `variable` is the
 * environment variable it came from, for the message; NULL where it came from the command line. */
MUST_CHECK enum error_code value_check(enum option_id id, const char *text, const char *variable,
                                       uint64_t *number, struct error *err);

/* Whether `text` is one of "a|b|c"; *index tells which (may be NULL). */
bool value_choice(const char *choices, const char *text, uint64_t *index);

#endif
