/* help.h - the declarations of spec.c as text for people, as man pages and as Markdown.
 *
 * All append to a strbuf that the caller made large enough (HELP_MAX); `overflow` would tell.
 */
#ifndef TSI_CLI_HELP_H
#define TSI_CLI_HELP_H

#include "base/str.h"
#include "cli/spec.h"

/* Ten times what the longest page takes now. */
#define HELP_MAX ((size_t)1 << 20)

struct help_style {
    size_t width; /* columns to wrap at */
    bool color;   /* headings in bold */
    bool brief;   /* defaults and variables of options are left out: a command's help has them */
};

void help_program(struct strbuf *b, const struct help_style *style);
void help_command(struct strbuf *b, const struct command_spec *c, const struct help_style *style);

/* roff for man: ts-indexer(1), or ts-indexer-COMMAND(1) where `c` is not NULL. */
void man_page(struct strbuf *b, const struct command_spec *c, const char *version);

/* The reference of everything, for docs/. */
void markdown_reference(struct strbuf *b);

/* Shared by the three: "ts-indexer index [SOURCE] [OPTIONS]". */
void help_usage(struct strbuf *b, const struct command_spec *c);
/* The sentences on an option with its choices, default and variable: "How ... [default: time] [env:
 * TS_INDEXER_DEPTH]". */
void help_option_text(struct strbuf *b, const struct option_spec *o);

#endif
