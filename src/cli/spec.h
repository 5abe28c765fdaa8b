/* spec.h - what the command line accepts, declared once.
 *
 * Commands, arguments and options stand in two tables (spec_text.c, spec.c). Parsing, --help, the
 * man pages, the shell completions and the Markdown reference are all generated from them, so that
 * an option cannot exist and be undocumented.
 *
 * To add an option: one id here, one entry in spec.c. To add a command: one id, one entry, one
 * function in app.c. Threads: constant data.
 */
#ifndef TSI_CLI_SPEC_H
#define TSI_CLI_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command_id {
    CMD_INDEX,
    CMD_STATUS,
    CMD_DATASETS,
    CMD_SEARCH,
    CMD_SHOW,
    CMD_TWINS,
    CMD_FAILURES,
    CMD_DRIFT,
    CMD_DUMP,
    CMD_DOCTOR,
    CMD_COMPLETIONS,
    CMD_HELP,
    CMD_VERSION,
    CMD_COUNT
};

enum option_id {
    OPT_METADATA,
    OPT_DEPTH,
    OPT_CONCURRENCY,
    OPT_MEMORY,
    OPT_FORCE,
    OPT_ON_BAD_FILE,
    OPT_SAMPLE,
    OPT_SEED,
    OPT_FILTER,
    OPT_EXCLUDE,
    OPT_SINCE,
    OPT_MAX_DATASETS,
    OPT_MAX_FILES,
    OPT_MAX_REQUESTS,
    OPT_MAX_BYTES,
    OPT_MAX_COST,
    OPT_DRY_RUN,
    OPT_PRICES,
    OPT_SUMMARY,
    OPT_METRICS_FILE,
    OPT_METRICS_LISTEN,
    OPT_ENDPOINT_URL,
    OPT_REGION,
    OPT_PROFILE,
    OPT_ADDRESSING,
    OPT_NO_SIGN_REQUEST,
    OPT_REQUEST_PAYER,
    OPT_NO_VERIFY_SSL,
    OPT_BUCKET,
    OPT_PREFIX,
    OPT_METADATA_PREFIX,
    OPT_LIMIT,
    OPT_DATASET,
    OPT_ONLY_DATASETS,
    OPT_ONLY_SERIES,
    OPT_OFFSET,
    OPT_CURSOR,
    OPT_EXACT,
    OPT_EXPLAIN,
    OPT_COUNTS,
    OPT_FACETS,
    OPT_SORT,
    OPT_PER_DATASET,
    OPT_GROUP,
    OPT_FIELDS,
    OPT_NUL,
    OPT_SPANS,
    OPT_RUNS,
    OPT_WATCH,
    OPT_MAN,
    OPT_MARKDOWN,
    OPT_DATABASE,
    OPT_FORMAT,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_LOG_LEVEL,
    OPT_LOG_FORMAT,
    OPT_LOG_FILE,
    OPT_NO_COLOR,
    OPT_HELP,
    OPT_VERSION,
    OPT_COUNT
};

enum option_kind {
    KIND_FLAG,   /* given or not */
    KIND_TALLY,  /* how often it was given */
    KIND_TEXT,   /* any text */
    KIND_CHOICE, /* one of `choices` */
    KIND_NUMBER, /* a number from `min` to `max`, or `word`, which stands for `word_value` */
    KIND_SIZE    /* bytes: 536870912, 512MiB, 500MB */
};

/* What a shell completes a value with. */
enum value_hint { HINT_NONE, HINT_FILE, HINT_DIRECTORY };

struct option_spec {
    const char *name;        /* "database": the long form, without dashes */
    const char *value_name;  /* "FILE"; NULL for flags */
    const char *choices;     /* "files|series|time" for KIND_CHOICE */
    const char *word;        /* "auto" for KIND_NUMBER; NULL: digits only */
    const char *fallback;    /* the default, as text to be parsed; NULL: none */
    const char *fallback_is; /* the default in words, where `fallback` cannot say it */
    const char *environment; /* the variable that changes the default; NULL: none */
    const char *help;        /* one or two sentences for people */
    uint64_t min, max;       /* KIND_NUMBER */
    uint64_t word_value;
    enum option_kind kind;
    enum value_hint hint;
    uint32_t commands; /* bit (1 << command_id) for each that takes it; SPEC_GLOBAL for all */
    char short_name;   /* 'b'; 0: none */
    bool may_be_empty; /* KIND_TEXT: the empty text means something */
    bool repeats;      /* KIND_TEXT: may be given several times; the lists are joined */
};
#define SPEC_GLOBAL UINT32_MAX

struct argument_spec {
    const char *name;    /* "SOURCE"; NULL ends the list */
    bool required, many; /* many: takes all the words that are left */
    const char *choices; /* "bash|zsh|fish"; NULL: any text */
    enum value_hint hint;
    const char *help;
};

struct example_spec {
    const char *line; /* NULL ends the list */
    const char *note; /* what it does, a few words */
};

/* No command needs more; the tables do not compile beyond it. */
#define SPEC_ARGUMENTS_MAX 2
#define SPEC_EXAMPLES_MAX  6

struct command_spec {
    const char *name, *alias; /* alias may be NULL */
    const char *summary;      /* one line, for lists */
    const char *description;  /* paragraphs, separated by "\n\n" */
    struct argument_spec arguments[SPEC_ARGUMENTS_MAX + 1];
    struct example_spec examples[SPEC_EXAMPLES_MAX + 1];
};

struct exit_spec {
    const char *code, *meaning;
};

#define SPEC_PROGRAM "ts-indexer"
extern const char spec_tagline[];                 /* one line */
extern const char spec_description[];             /* one paragraph */
extern const char spec_formats[];                 /* one paragraph on --format */
extern const struct example_spec spec_examples[]; /* how to start; ends with line NULL */
extern const struct command_spec spec_commands[CMD_COUNT];
extern const struct option_spec spec_options[OPT_COUNT];
extern const struct exit_spec spec_exits[]; /* ends with code NULL */
extern const struct exit_spec
    spec_environment[]; /* variables beside those of options; ends with NULL */

bool spec_takes(enum command_id command, enum option_id option);
bool spec_is_global(enum option_id option);
bool spec_has_value(enum option_id option);
/* The n-th name in "a|b|c" with its length; NULL beyond the last. */
const char *spec_choice(const char *choices, size_t n, size_t *length);

#endif
