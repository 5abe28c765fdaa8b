#include "cli/parse.h"

#include <string.h>

#include "cli/suggest.h"
#include "cli/value.h"

/* The walk over argv. */
struct walk {
    int argc, at;
    char *const *argv;
    bool options_ended; /* "--" was seen */
    struct command_line *out;
};

const struct command_spec *parse_find_command(const char *name)
{
    for (size_t i = 0; i < CMD_COUNT; i++) {
        const struct command_spec *c = &spec_commands[i];
        if (strcmp(c->name, name) == 0 || (c->alias && strcmp(c->alias, name) == 0)) {
            return c;
        }
    }
    return NULL;
}

enum error_code parse_unknown_command(const char *name, struct error *err)
{
    struct suggestion s;
    suggest_start(&s, str_c(name));
    for (size_t i = 0; i < CMD_COUNT; i++) {
        suggest_consider(&s, spec_commands[i].name);
    }
    if (s.best) {
        return error_set(err, ERR_USAGE, "unknown command '%s'; did you mean '%s'?", name, s.best);
    }
    return error_set(err, ERR_USAGE, "unknown command '%s'", name);
}

static bool find_long(struct str name, enum option_id *out)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (str_eq(name, str_c(spec_options[i].name))) {
            *out = (enum option_id)i;
            return true;
        }
    }
    return false;
}

static bool find_short(char name, enum option_id *out)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (name && spec_options[i].short_name == name) {
            *out = (enum option_id)i;
            return true;
        }
    }
    return false;
}

static enum error_code unknown_option(const struct walk *w, struct str name, struct error *err)
{
    struct suggestion s;
    suggest_start(&s, name);
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct command_spec *c = w->out->command;
        if (!c || spec_takes(w->out->command_id, (enum option_id)i)) {
            suggest_consider(&s, spec_options[i].name);
        }
    }
    if (s.best) {
        return error_set(err, ERR_USAGE, "unknown option '--" STR_FMT "'; did you mean '--%s'?",
                         STR_ARG(name), s.best);
    }
    return error_set(err, ERR_USAGE, "unknown option '--" STR_FMT "'", STR_ARG(name));
}

/* Whether the word is an option that exists: then it cannot have been meant as the value of the one
 * before it. */
static bool is_known_option(const char *word)
{
    enum option_id id;
    if (word[0] != '-' || word[1] == '\0') {
        return false;
    }
    if (word[1] != '-') {
        return word[2] == '\0' && find_short(word[1], &id);
    }
    size_t n = strcspn(word + 2, "=");
    return word[2] == '\0' || find_long(str_n(word + 2, n), &id);
}

/* Record an option; `value` NULL where the word brought none with it. */
static enum error_code take_option(struct walk *w, enum option_id id, const char *value,
                                   struct error *err)
{
    const struct option_spec *spec = &spec_options[id];
    struct option_value *v = &w->out->options[id];
    bool again = v->origin == FROM_COMMAND_LINE && spec->kind != KIND_TALLY;
    if (again && v->n_repeats == PARSE_REPEATS_MAX) {
        return error_set(err, ERR_USAGE, "--%s is given more than %d times; commas join its values",
                         spec->name, PARSE_REPEATS_MAX);
    }
    if (again && !spec->repeats) {
        return error_set(err, ERR_USAGE, "--%s is given twice", spec->name);
    }
    v->origin = FROM_COMMAND_LINE;
    if (!spec_has_value(id)) {
        v->number++;
        return value ? error_set(err, ERR_USAGE, "--%s takes no value", spec->name) : OK;
    }
    if (!value) {
        if (w->at >= w->argc || is_known_option(w->argv[w->at])) {
            return error_set(err, ERR_USAGE, "--%s needs a value: --%s %s", spec->name, spec->name,
                             spec->value_name);
        }
        value = w->argv[w->at++];
    }
    if (again) {
        v->repeats[v->n_repeats++] = value;
    } else {
        v->text = value;
    }
    return value_check(id, value, NULL, &v->number, err);
}

static enum error_code take_long(struct walk *w, const char *word, struct error *err)
{
    enum option_id id;
    size_t n = strcspn(word, "=");
    if (!find_long(str_n(word, n), &id)) {
        return unknown_option(w, str_n(word, n), err);
    }
    return take_option(w, id, word[n] ? word + n + 1 : NULL, err);
}

/* "-qv", "-l10", "-l=10": letters until one takes a value, which is the rest of the word or the
 * next word. */
static enum error_code take_short(struct walk *w, const char *letters, struct error *err)
{
    for (; *letters; letters++) {
        enum option_id id;
        if (!find_short(*letters, &id)) {
            bool printable = *letters > ' ' && *letters < 0x7F;
            return error_set(err, ERR_USAGE,
                             "unknown option '-%c'; put -- before words that start with a dash",
                             printable ? *letters : '?');
        }
        if (spec_has_value(id)) {
            const char *rest = letters[1] == '=' ? letters + 2 : letters + 1;
            return take_option(w, id, letters[1] ? rest : NULL, err);
        }
        enum error_code code = take_option(w, id, NULL, err);
        if (code != OK) {
            return code;
        }
    }
    return OK;
}

static enum error_code take_word(struct walk *w, const char *word, struct error *err)
{
    struct command_line *out = w->out;
    if (!out->command) {
        out->command = parse_find_command(word);
        if (!out->command) {
            return parse_unknown_command(word, err);
        }
        out->command_id = (enum command_id)(out->command - spec_commands);
        return OK;
    }
    if (out->n_words == PARSE_WORDS_MAX) {
        return error_set(err, ERR_USAGE, "more than %d arguments", PARSE_WORDS_MAX);
    }
    out->words[out->n_words++] = word;
    return OK;
}

static enum error_code take_next(struct walk *w, struct error *err)
{
    const char *word = w->argv[w->at++];
    if (w->options_ended || word[0] != '-' || word[1] == '\0') {
        return take_word(w, word, err);
    }
    if (strcmp(word, "--") == 0) {
        w->options_ended = true;
        return OK;
    }
    return word[1] == '-' ? take_long(w, word + 2, err) : take_short(w, word + 1, err);
}

/* The one place that knows the order: what the command line gave stands; else the environment; else
 * the default. */
static enum error_code resolve(enum option_id id, parse_environment *env, struct option_value *v,
                               struct error *err)
{
    const struct option_spec *spec = &spec_options[id];
    if (v->origin == FROM_COMMAND_LINE) {
        return OK;
    }
    const char *text = spec->environment ? env(spec->environment) : NULL;
    if (text && *text) {
        *v = (struct option_value){.origin = FROM_ENVIRONMENT, .text = text};
        return value_check(id, text, spec->environment, &v->number, err);
    }
    if (spec->fallback) {
        *v = (struct option_value){.origin = FROM_DEFAULT, .text = spec->fallback};
        return value_check(id, spec->fallback, NULL, &v->number, err);
    }
    return OK;
}

static enum error_code foreign_option(const struct command_line *c, enum option_id id,
                                      struct error *err)
{
    for (size_t i = 0; i < CMD_COUNT; i++) {
        if (spec_takes((enum command_id)i, id)) {
            return error_set(err, ERR_USAGE, "--%s is an option of '%s', not of '%s'",
                             spec_options[id].name, spec_commands[i].name, c->command->name);
        }
    }
    return error_set(err, ERR_INTERNAL, "--%s belongs to no command", spec_options[id].name);
}

/* Options that the command does not take must not be swallowed; those it takes get their values.
 * Without a command only the global ones count: --help and --version need none. */
static enum error_code settle_options(struct command_line *c, parse_environment *env,
                                      struct error *err)
{
    /* Who asks for help is not sent away because of a variable, or of what is missing. */
    bool explains = parse_has(c, OPT_HELP) || parse_has(c, OPT_VERSION);
    for (size_t i = 0; i < OPT_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        bool takes = c->command ? spec_takes(c->command_id, id) : spec_is_global(id);
        if (!takes && c->command && c->options[id].origin == FROM_COMMAND_LINE) {
            return foreign_option(c, id, err);
        }
        enum error_code code = takes && !explains ? resolve(id, env, &c->options[id], err) : OK;
        if (code != OK) {
            return code;
        }
    }
    if (parse_has(c, OPT_QUIET) && parse_has(c, OPT_VERBOSE)) {
        return error_set(err, ERR_USAGE, "--quiet and --verbose contradict each other");
    }
    return OK;
}

static enum error_code check_words(const struct command_line *c, struct error *err)
{
    size_t n = 0;
    for (const struct argument_spec *a = c->command->arguments; a->name; a++, n++) {
        if (n >= c->n_words) {
            return a->required
                       ? error_set(err, ERR_USAGE, "'%s' needs %s", c->command->name, a->name)
                       : OK;
        }
        if (a->many) {
            return OK;
        }
        if (a->choices && !value_choice(a->choices, c->words[n], NULL)) {
            return error_set(err, ERR_USAGE, "%s is not '%s' but one of: %s", a->name, c->words[n],
                             a->help);
        }
    }
    if (c->n_words > n) {
        return error_set(err, ERR_USAGE, "'%s' does not know what to do with '%s'",
                         c->command->name, c->words[n]);
    }
    return OK;
}

enum error_code parse_command_line(int argc, char *const *argv, parse_environment *env,
                                   struct command_line *out, struct error *err)
{
    struct walk w = {.argc = argc, .at = 1, .argv = argv, .out = out};
    *out = (struct command_line){0};
    enum error_code code = OK;
    while (code == OK && w.at < argc) {
        code = take_next(&w, err);
    }
    if (code == OK) {
        code = settle_options(out, env, err);
    }
    bool explains = parse_has(out, OPT_HELP) || parse_has(out, OPT_VERSION);
    return code == OK && out->command && !explains ? check_words(out, err) : code;
}

bool parse_has(const struct command_line *c, enum option_id id)
{
    return spec_has_value(id) ? c->options[id].text != NULL : c->options[id].number != 0;
}

const char *parse_text(const struct command_line *c, enum option_id id)
{
    return c->options[id].text;
}

const char *parse_list(const struct command_line *c, enum option_id id, struct arena *a)
{
    const struct option_value *v = &c->options[id];
    const char *list = v->text;
    for (size_t i = 0; i < v->n_repeats; i++) {
        list = arena_printf(a, "%s,%s", list, v->repeats[i]);
    }
    return list;
}

uint64_t parse_number(const struct command_line *c, enum option_id id)
{
    return c->options[id].number;
}
