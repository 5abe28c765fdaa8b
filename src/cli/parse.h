/* parse.h - from the words of the command line and the environment to checked values.
 *
 * The grammar: options anywhere, `--name value`, `--name=value`, `-n value`, `-nvalue`, flags
 * bundled (`-qv`); `--` ends options; the first other word is the command. An option given twice is
 * an error, since one of the two would be ignored in silence; the tally -v and lists such as
 * --filter are the exceptions.
 *
 * Values: flag, then environment, then the default of the declaration. The order lives in one
 * function (resolve), where a configuration file will take its place.
 *
 * Memory: values borrow from argv and the environment. Errors are ERR_USAGE with a text for people.
 */
#ifndef TSI_CLI_PARSE_H
#define TSI_CLI_PARSE_H

#include "base/error.h"
#include "base/memory.h"
#include "base/str.h"
#include "cli/spec.h"

enum origin { FROM_NOWHERE, FROM_DEFAULT, FROM_ENVIRONMENT, FROM_COMMAND_LINE };

/* How often a list may be given: commas take the rest. */
#define PARSE_REPEATS_MAX 64

struct option_value {
    enum origin origin;
    const char *text; /* as given; NULL for flags on the command line, and where there is none */
    uint64_t number;  /* KIND_NUMBER, KIND_SIZE; index of the choice for KIND_CHOICE; tally; 1 for a
                         flag that is on */
    const char *repeats[PARSE_REPEATS_MAX]; /* of a list: what was given behind `text` */
    size_t n_repeats;
};

/* The words of a query or the arguments of a command; a command line with more than these is
 * refused. */
#define PARSE_WORDS_MAX 256

struct command_line {
    const struct command_spec *command; /* NULL: none was given */
    enum command_id command_id;         /* valid where command is not NULL */
    struct option_value options[OPT_COUNT];
    const char *words[PARSE_WORDS_MAX]; /* the arguments of the command */
    size_t n_words;
};

/* How the environment is read: getenv, or a table in tests. */
typedef const char *parse_environment(const char *name);

MUST_CHECK enum error_code parse_command_line(int argc, char *const *argv, parse_environment *env,
                                              struct command_line *out, struct error *err);

bool parse_has(const struct command_line *c,
               enum option_id id); /* a flag that is on, or any value */
const char *parse_text(const struct command_line *c,
                       enum option_id id); /* NULL where there is none */
/* All that was given of a list, joined by commas, in `a`; NULL where there is none. */
const char *parse_list(const struct command_line *c, enum option_id id, struct arena *a);
uint64_t parse_number(const struct command_line *c, enum option_id id);

/* The command of that name or alias; NULL. */
const struct command_spec *parse_find_command(const char *name);
/* An ERR_USAGE for a command that does not exist, with the nearest one that does. */
enum error_code parse_unknown_command(const char *name, struct error *err);

/* "512MiB", "2g", "1.5GB", "1048576" -> bytes. Binary units with i, decimal without; a lone letter
 * is binary, as in most tools that take memory sizes. False for anything else and for what
 * overflows. */
bool parse_size(struct str text, uint64_t *bytes);

#endif
