#include "cli/completion.h"

#include <string.h>

#include "cli/spec.h"

/* Names of options and choices hold letters, digits and dashes only, so they need no quoting;
 * sentences do. */

static void add_words(struct strbuf *b, const char *choices)
{
    size_t n;
    const char *c;
    for (size_t i = 0; (c = spec_choice(choices, i, &n)); i++) {
        strbuf_printf(b, "%s" STR_FMT, i ? " " : "", (int)n, c);
    }
}

static void add_command_names(struct strbuf *b)
{
    for (size_t i = 0; i < CMD_COUNT; i++) {
        strbuf_printf(b, "%s%s", i ? " " : "", spec_commands[i].name);
        if (spec_commands[i].alias) {
            strbuf_printf(b, " %s", spec_commands[i].alias);
        }
    }
}

/* What stands beside an option in a menu: the help up to the first stop, in a buffer of the caller.
 */
#define MENU_TEXT_MAX 128

static const char *menu_text(const char *help, char out[MENU_TEXT_MAX])
{
    size_t n = 0;
    while (help[n] && n + 1 < MENU_TEXT_MAX) {
        bool stop = strchr(".:;", help[n]) && (help[n + 1] == ' ' || help[n + 1] == '\0');
        if (stop) {
            break;
        }
        out[n] = help[n];
        n++;
    }
    out[n] = '\0';
    return out;
}

/* ---- bash ---- */

static void bash_option_values(struct strbuf *b)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct option_spec *o = &spec_options[i];
        if (!o->value_name) {
            continue;
        }
        strbuf_printf(b, "        --%s", o->name);
        if (o->short_name) {
            strbuf_printf(b, "|-%c", o->short_name);
        }
        if (o->choices || o->word) {
            strbuf_add_c(b, ") COMPREPLY=($(compgen -W '");
            add_words(b, o->choices ? o->choices : o->word);
            strbuf_add_c(b, "' -- \"$cur\")) ;;\n");
        } else if (o->hint != HINT_NONE) {
            strbuf_printf(b, ") compopt -o filenames; COMPREPLY=($(compgen -%c -- \"$cur\")) ;;\n",
                          o->hint == HINT_FILE ? 'f' : 'd');
        } else {
            strbuf_add_c(b, ") COMPREPLY=() ;;\n");
        }
    }
}

static void bash_options_of(struct strbuf *b, enum command_id command)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (spec_takes(command, (enum option_id)i)) {
            strbuf_printf(b, " --%s", spec_options[i].name);
        }
    }
}

static void bash_command(struct strbuf *b, enum command_id id)
{
    const struct command_spec *c = &spec_commands[id];
    const struct argument_spec *a = &c->arguments[0];
    strbuf_printf(b, "        %s", c->name);
    if (c->alias) {
        strbuf_printf(b, "|%s", c->alias);
    }
    strbuf_add_c(b, ")\n            options='");
    bash_options_of(b, id);
    strbuf_add_c(b, "'\n            words='");
    if (id == CMD_HELP) {
        add_command_names(b);
    } else if (a->name && a->choices) {
        add_words(b, a->choices);
    }
    strbuf_printf(b, "'\n            directories=%d ;;\n", a->name && a->hint == HINT_DIRECTORY);
}

static void bash_script(struct strbuf *b)
{
    strbuf_add_c(b, "# bash completion for " SPEC_PROGRAM "\n"
                    "_ts_indexer() {\n"
                    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                    "    local command='' options='' words='' directories=0 i\n"
                    "    # bash splits --name=value at '='.\n"
                    "    if [[ $cur == '=' ]]; then cur=''; fi\n"
                    "    if [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
                    "    COMPREPLY=()\n"
                    "    case $prev in\n");
    bash_option_values(b);
    strbuf_add_c(b, "        *) prev='' ;;\n"
                    "    esac\n"
                    "    if [[ -n $prev ]]; then return; fi\n"
                    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                    "        case ${COMP_WORDS[i]} in\n            ");
    for (size_t i = 0; i < CMD_COUNT; i++) {
        strbuf_printf(b, "%s%s", i ? "|" : "", spec_commands[i].name);
        if (spec_commands[i].alias) {
            strbuf_printf(b, "|%s", spec_commands[i].alias);
        }
    }
    strbuf_add_c(b, ") command=${COMP_WORDS[i]}; break ;;\n"
                    "        esac\n"
                    "    done\n"
                    "    case $command in\n");
    for (size_t i = 0; i < CMD_COUNT; i++) {
        bash_command(b, (enum command_id)i);
    }
    strbuf_add_c(b, "        *)\n            options='");
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (spec_is_global((enum option_id)i)) {
            strbuf_printf(b, " --%s", spec_options[i].name);
        }
    }
    strbuf_add_c(b, "'\n            words='");
    add_command_names(b);
    strbuf_add_c(b, "' ;;\n"
                    "    esac\n"
                    "    if [[ $cur == -* ]]; then\n"
                    "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
                    "    elif ((directories)); then\n"
                    "        compopt -o filenames\n"
                    "        COMPREPLY=($(compgen -d -- \"$cur\"))\n"
                    "    else\n"
                    "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                    "    fi\n"
                    "}\n"
                    "complete -F _ts_indexer " SPEC_PROGRAM "\n");
}

/* ---- zsh ---- */

/* Inside '...[...]' of _arguments: the quote, the brackets, the colon and the backslash have
 * meanings. */
static void zsh_text(struct strbuf *b, const char *s)
{
    for (; *s; s++) {
        if (*s == '\'') {
            strbuf_add_c(b, "'\\''");
        } else {
            if (strchr("[]:\\", *s)) {
                strbuf_add_char(b, '\\');
            }
            strbuf_add_char(b, *s);
        }
    }
}

static void zsh_action(struct strbuf *b, const char *words, enum value_hint hint)
{
    if (words) {
        strbuf_add_char(b, '(');
        add_words(b, words);
        strbuf_add_char(b, ')');
    } else if (hint != HINT_NONE) {
        strbuf_add_c(b, hint == HINT_FILE ? "_files" : "_files -/");
    } else {
        strbuf_add_char(b, ' ');
    }
}

/* One form of an option: '(--x -x)--x=[help]:NAME:action'. */
static void zsh_option_form(struct strbuf *b, const struct option_spec *o, bool long_form)
{
    strbuf_add_c(b, "        '");
    if (o->kind == KIND_TALLY) {
        strbuf_add_char(b, '*');
    } else if (o->short_name) {
        strbuf_printf(b, "(--%s -%c)", o->name, o->short_name);
    }
    if (long_form) {
        strbuf_printf(b, "--%s%s[", o->name, o->value_name ? "=" : "");
    } else {
        strbuf_printf(b, "-%c%s[", o->short_name, o->value_name ? "+" : "");
    }
    char text[MENU_TEXT_MAX];
    zsh_text(b, menu_text(o->help, text));
    strbuf_add_char(b, ']');
    if (o->value_name) {
        strbuf_printf(b, ":%s:", o->value_name);
        zsh_action(b, o->choices ? o->choices : o->word, o->hint);
    }
    strbuf_add_c(b, "' \\\n");
}

static void zsh_option(struct strbuf *b, const struct option_spec *o)
{
    zsh_option_form(b, o, true);
    if (o->short_name) {
        zsh_option_form(b, o, false);
    }
}

static void zsh_command(struct strbuf *b, enum command_id id)
{
    const struct command_spec *c = &spec_commands[id];
    strbuf_printf(b, "    %s", c->name);
    if (c->alias) {
        strbuf_printf(b, "|%s", c->alias);
    }
    strbuf_add_c(b, ")\n      _arguments -s \\\n");
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (spec_takes(id, (enum option_id)i)) {
            zsh_option(b, &spec_options[i]);
        }
    }
    for (const struct argument_spec *a = c->arguments; a->name; a++) {
        strbuf_printf(b, "        '%s%s:%s:", a->many ? "*" : "", a->required ? "" : ":", a->name);
        if (id == CMD_HELP) {
            strbuf_add_char(b, '(');
            add_command_names(b);
            strbuf_add_char(b, ')');
        } else {
            zsh_action(b, a->choices, a->hint);
        }
        strbuf_add_c(b, "' \\\n");
    }
    strbuf_add_c(b, "        && return ;;\n");
}

static void zsh_script(struct strbuf *b)
{
    strbuf_add_c(b, "#compdef " SPEC_PROGRAM "\n"
                    "_ts_indexer() {\n"
                    "  local -a commands\n"
                    "  local context state state_descr line\n"
                    "  typeset -A opt_args\n"
                    "  commands=(\n");
    for (size_t i = 0; i < CMD_COUNT; i++) {
        strbuf_printf(b, "    '%s:", spec_commands[i].name);
        zsh_text(b, spec_commands[i].summary);
        strbuf_add_c(b, "'\n");
    }
    strbuf_add_c(b, "  )\n"
                    "  _arguments -s -C \\\n");
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (spec_is_global((enum option_id)i)) {
            zsh_option(b, &spec_options[i]);
        }
    }
    strbuf_add_c(b, "        '1:command:->command' \\\n"
                    "        '*::argument:->argument' && return\n"
                    "  if [[ $state == command ]]; then\n"
                    "    _describe -t commands command commands\n"
                    "    return\n"
                    "  fi\n"
                    "  case ${line[1]} in\n");
    for (size_t i = 0; i < CMD_COUNT; i++) {
        zsh_command(b, (enum command_id)i);
    }
    strbuf_add_c(b, "  esac\n"
                    "}\n"
                    "if [[ ${funcstack[1]} == _ts-indexer ]]; then\n"
                    "  _ts_indexer \"$@\"\n"
                    "else\n"
                    "  compdef _ts_indexer " SPEC_PROGRAM "\n"
                    "fi\n");
}

/* ---- fish ---- */

static void fish_text(struct strbuf *b, const char *s)
{
    strbuf_add_char(b, '\'');
    for (; *s; s++) {
        if (*s == '\'' || *s == '\\') {
            strbuf_add_char(b, '\\');
        }
        strbuf_add_char(b, *s);
    }
    strbuf_add_char(b, '\'');
}

static void fish_condition(struct strbuf *b, uint32_t commands)
{
    strbuf_add_c(b, " -n '__fish_seen_subcommand_from");
    for (size_t i = 0; i < CMD_COUNT; i++) {
        if (commands >> i & 1) {
            strbuf_printf(b, " %s", spec_commands[i].name);
            if (spec_commands[i].alias) {
                strbuf_printf(b, " %s", spec_commands[i].alias);
            }
        }
    }
    strbuf_add_char(b, '\'');
}

static void fish_option(struct strbuf *b, const struct option_spec *o)
{
    strbuf_add_c(b, "complete -c " SPEC_PROGRAM);
    if (o->commands != SPEC_GLOBAL) {
        fish_condition(b, o->commands);
    }
    strbuf_printf(b, " -l %s", o->name);
    if (o->short_name) {
        strbuf_printf(b, " -s %c", o->short_name);
    }
    if (o->value_name) {
        strbuf_add_c(b, o->hint == HINT_NONE ? " -x" : " -r");
        if (o->choices || o->word) {
            strbuf_add_c(b, " -a '");
            add_words(b, o->choices ? o->choices : o->word);
            strbuf_add_char(b, '\'');
        } else if (o->hint == HINT_DIRECTORY) {
            strbuf_add_c(b, " -a '(__fish_complete_directories)'");
        } else if (o->hint == HINT_FILE) {
            strbuf_add_c(b, " -F");
        }
    }
    strbuf_add_c(b, " -d ");
    char text[MENU_TEXT_MAX];
    fish_text(b, menu_text(o->help, text));
    strbuf_add_char(b, '\n');
}

static void fish_argument(struct strbuf *b, enum command_id id, const struct argument_spec *a)
{
    if (id != CMD_HELP && !a->choices && a->hint == HINT_NONE) {
        return;
    }
    strbuf_add_c(b, "complete -c " SPEC_PROGRAM);
    fish_condition(b, UINT32_C(1) << id);
    strbuf_add_c(b, " -a '");
    if (id == CMD_HELP) {
        add_command_names(b);
    } else if (a->choices) {
        add_words(b, a->choices);
    } else {
        strbuf_add_c(b, "(__fish_complete_directories)");
    }
    strbuf_add_c(b, "'\n");
}

static void fish_script(struct strbuf *b)
{
    strbuf_add_c(b, "# fish completion for " SPEC_PROGRAM "\ncomplete -c " SPEC_PROGRAM " -f\n");
    for (size_t i = 0; i < CMD_COUNT; i++) {
        strbuf_printf(b, "complete -c " SPEC_PROGRAM " -n __fish_use_subcommand -a %s -d ",
                      spec_commands[i].name);
        fish_text(b, spec_commands[i].summary);
        strbuf_add_char(b, '\n');
        for (const struct argument_spec *a = spec_commands[i].arguments; a->name; a++) {
            fish_argument(b, (enum command_id)i, a);
        }
    }
    for (size_t i = 0; i < OPT_COUNT; i++) {
        fish_option(b, &spec_options[i]);
    }
}

void completion_script(struct strbuf *b, const char *shell)
{
    if (strcmp(shell, "bash") == 0) {
        bash_script(b);
    } else if (strcmp(shell, "zsh") == 0) {
        zsh_script(b);
    } else if (strcmp(shell, "fish") == 0) {
        fish_script(b);
    }
}
