/* completion.h - completion scripts for shells, generated from spec.c. */
#ifndef TSI_CLI_COMPLETION_H
#define TSI_CLI_COMPLETION_H

#include "base/str.h"

/* `shell` is "bash", "zsh" or "fish"; anything else appends nothing. */
void completion_script(struct strbuf *b, const char *shell);

#endif
