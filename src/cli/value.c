#include "cli/value.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "cli/parse.h"
#include "cli/suggest.h"

/* 2^64 as a double: the first size that does not fit. */
#define SIZE_LIMIT 18446744073709551616.0

/* The factor of "", "B", "K", "KiB", "kB", "MB", ...; 0 for what is no unit. */
static double size_unit(struct str unit)
{
    static const char letters[] = "kmgtp";
    if (unit.len == 0 || str_eq_nocase(unit, str_c("b"))) {
        return 1;
    }
    char first = (char)(unit.data[0] | 0x20);
    const char *letter = memchr(letters, first, sizeof letters - 1);
    struct str rest = str_from(unit, 1);
    bool binary =
        rest.len == 0 || str_eq_nocase(rest, str_c("ib")) || str_eq_nocase(rest, str_c("i"));
    if (!letter || (!binary && !str_eq_nocase(rest, str_c("b")))) {
        return 0;
    }
    return pow(binary ? 1024 : 1000, (double)(letter - letters + 1));
}

bool parse_size(struct str text, uint64_t *bytes)
{
    struct str digits = str_trim(text), unit;
    uint64_t whole, part = 0, scale = 1;
    size_t n = 0;
    while (n < digits.len &&
           ((digits.data[n] >= '0' && digits.data[n] <= '9') || digits.data[n] == '.')) {
        n++;
    }
    unit = str_trim(str_from(digits, n));
    digits.len = n;
    const char *dot = n ? memchr(digits.data, '.', n) : NULL;
    if (dot) {
        struct str fraction = str_from(digits, (size_t)(dot - digits.data) + 1);
        digits.len = (size_t)(dot - digits.data);
        /* Nine digits are more than a size can need, and keep the scale exact. */
        if (fraction.len > 9 || !str_to_u64(fraction, &part)) {
            return false;
        }
        for (size_t i = 0; i < fraction.len; i++) {
            scale *= 10;
        }
    }
    double factor = size_unit(unit);
    if (!str_to_u64(digits, &whole) || factor == 0) {
        return false;
    }
    if (factor == 1) {
        *bytes = whole;
        return part == 0;
    }
    double size = ((double)whole + (double)part / (double)scale) * factor;
    if (size >= SIZE_LIMIT) {
        return false;
    }
    *bytes = (uint64_t)size;
    return true;
}

bool value_choice(const char *choices, const char *text, uint64_t *index)
{
    size_t n;
    const char *c;
    for (size_t i = 0; (c = spec_choice(choices, i, &n)); i++) {
        if (str_eq(str_n(c, n), str_c(text))) {
            if (index) {
                *index = i;
            }
            return true;
        }
    }
    return false;
}

/* "one of files, series, time". */
static void list_choices(const char *choices, struct strbuf *b)
{
    size_t n;
    const char *c;
    for (size_t i = 0; (c = spec_choice(choices, i, &n)); i++) {
        strbuf_printf(b, "%s" STR_FMT, i ? ", " : "one of ", STR_ARG(str_n(c, n)));
    }
}

static void expected(const struct option_spec *spec, struct strbuf *b)
{
    switch (spec->kind) {
    case KIND_CHOICE:
        list_choices(spec->choices, b);
        break;
    case KIND_NUMBER:
        strbuf_printf(b, "%s%sa whole number of at least %llu", spec->word ? spec->word : "",
                      spec->word ? " or " : "", (unsigned long long)spec->min);
        if (spec->max < INT64_MAX) {
            strbuf_printf(b, " and at most %llu", (unsigned long long)spec->max);
        }
        break;
    case KIND_SIZE:
        strbuf_add_c(b, "a size such as 512MiB, 2GiB, 500MB or a number of bytes above 0");
        break;
    case KIND_FLAG:
        strbuf_add_c(b, "one of 1, true, yes, 0, false, no");
        break;
    case KIND_TEXT:
    case KIND_TALLY:
        strbuf_add_c(b, "a text that is not empty");
        break;
    }
}

static enum error_code refuse(const struct option_spec *spec, const char *text,
                              const char *variable, struct error *err)
{
    /* A choice list and a few words; what does not fit would be cut. */
    struct strbuf b;
    strbuf_init(&b, 512);
    expected(spec, &b);
    const char *dashes = variable ? "" : "--", *name = variable ? variable : spec->name;
    error_set(err, ERR_USAGE, "%s%s is '%s', but has to be %s", dashes, name, text,
              strbuf_view(&b).data);
    strbuf_free(&b);
    return ERR_USAGE;
}

/* Flags have a value only in the environment. */
static bool check_flag(const char *text, uint64_t *number)
{
    if (value_choice("1|true|yes|on", text, NULL)) {
        *number = 1;
        return true;
    }
    *number = 0;
    return value_choice("0|false|no|off", text, NULL);
}

static bool check_number(const struct option_spec *spec, const char *text, uint64_t *number)
{
    if (spec->word && strcmp(text, spec->word) == 0) {
        *number = spec->word_value;
        return true;
    }
    return str_to_u64(str_c(text), number) && *number >= spec->min && *number <= spec->max;
}

enum error_code value_check(enum option_id id, const char *text, const char *variable,
                            uint64_t *number, struct error *err)
{
    const struct option_spec *spec = &spec_options[id];
    bool good = false;
    switch (spec->kind) {
    case KIND_FLAG:
        good = check_flag(text, number);
        break;
    case KIND_CHOICE:
        good = value_choice(spec->choices, text, number);
        break;
    case KIND_NUMBER:
        good = check_number(spec, text, number);
        break;
    case KIND_SIZE:
        good = parse_size(str_c(text), number) && *number > 0;
        break;
    case KIND_TEXT:
    case KIND_TALLY:
        good = *text || spec->may_be_empty;
        break;
    }
    return good ? OK : refuse(spec, text, variable, err);
}
