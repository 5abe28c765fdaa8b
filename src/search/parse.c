#include "search/parse.h"

#include <math.h>
#include <string.h>

#include "model/time.h"
#include "search/fold.h"

#define ALLOWED                                                                                    \
    "allowed are dataset: theme: source: tag: freq: col: folder: with * for any text, and length " \
    "start end missing series records with > >= < <= ="
#define US_PER_DAY 86400000000ll

struct filter_name {
    const char *name;
    enum filter_kind kind;
};

static const struct filter_name names[] = {
    {"dataset", FILTER_DATASET}, {"theme", FILTER_THEME},     {"source", FILTER_SOURCE},
    {"tag", FILTER_TAG},         {"freq", FILTER_FREQUENCY},  {"frequency", FILTER_FREQUENCY},
    {"col", FILTER_COLUMN},      {"column", FILTER_COLUMN},   {"folder", FILTER_FOLDER},
    {"length", FILTER_LENGTH},   {"start", FILTER_START},     {"end", FILTER_END},
    {"series", FILTER_SERIES},   {"records", FILTER_RECORDS}, {"missing", FILTER_MISSING},
};
#define N_NAMES (sizeof names / sizeof *names)

struct parser {
    struct query *q;
    struct arena *a;
    struct error *err;
    bool typos;
};

bool filter_is_series(const struct filter *f)
{
    return f->kind == FILTER_LENGTH || f->kind == FILTER_START || f->kind == FILTER_END ||
           f->kind == FILTER_MISSING;
}

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static struct str folded(struct parser *p, struct str s)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    fold_text(s, &b, NULL, NULL);
    /* Padded: words are compared with vector loads, as texts are. */
    char *copy = arena_zalloc(p->a, b.len + 64);
    if (b.len) {
        memcpy(copy, b.data, b.len);
    }
    struct str out = str_n(copy, b.len);
    strbuf_free(&b);
    return out;
}

static enum error_code add_term(struct parser *p, struct str text, bool excluded, bool typos)
{
    struct query *q = p->q;
    if (text.len == 0) {
        return OK;
    }
    size_t *n = excluded ? &q->n_excluded : &q->n_terms;
    if (*n == SEARCH_TERMS_MAX) {
        return error_set(p->err, ERR_USAGE, "the query has more than %d words", SEARCH_TERMS_MAX);
    }
    term_init(&(excluded ? q->excluded : q->terms)[(*n)++], text, typos && !excluded, p->a);
    return OK;
}

/* A text without quotes: each word between separators is a term of its own; an excluded one stays
 * whole. */
static enum error_code add_words(struct parser *p, struct str raw, bool excluded)
{
    struct str text = folded(p, raw);
    if (excluded) {
        return add_term(p, text, true, false);
    }
    enum error_code rc = OK;
    for (size_t at = 0; at < text.len && rc == OK;) {
        const char *blank = memchr(text.data + at, ' ', text.len - at);
        size_t end = blank ? (size_t)(blank - text.data) : text.len;
        rc = add_term(p, str_n(text.data + at, end - at), false, p->typos);
        at = end + 1;
    }
    return rc;
}

/* ---- filters ---- */

static bool known_name(struct str s, enum filter_kind *kind)
{
    for (size_t i = 0; i < N_NAMES; i++) {
        if (str_eq_nocase(s, str_c(names[i].name))) {
            *kind = names[i].kind;
            return true;
        }
    }
    return false;
}

/* Whether `s` is a known name with one typo. */
static bool resembles_name(struct str s)
{
    for (size_t i = 0; i < N_NAMES; i++) {
        struct pattern pattern;
        struct str name = str_c(names[i].name);
        pattern_init(&pattern, name);
        if (name.len >= 4 && pattern_whole(&pattern, s, 1) <= 1) {
            return true;
        }
    }
    return false;
}

static enum error_code unknown_filter(struct parser *p, struct str name)
{
    return error_set(p->err, ERR_USAGE,
                     "there is no filter \"" STR_FMT "\": " ALLOWED
                     ". Quote the word to search for it as text",
                     STR_ARG(name));
}

static enum error_code new_filter(struct parser *p, struct filter **out)
{
    if (p->q->n_filters == FILTERS_MAX) {
        return error_set(p->err, ERR_USAGE, "the query has more than %d filters", FILTERS_MAX);
    }
    *out = &p->q->filters[p->q->n_filters++];
    return OK;
}

/* "5000", "5k", "1.5M". */
static bool parse_count(struct str s, double *out)
{
    char text[40], *end;
    if (s.len == 0 || s.len >= sizeof text ||
        !((s.data[0] >= '0' && s.data[0] <= '9') || s.data[0] == '.')) {
        return false;
    }
    memcpy(text, s.data, s.len);
    text[s.len] = 0;
    double v = 0, unit = 1;
    for (end = text; *end >= '0' && *end <= '9'; end++) {
        v = v * 10 + (*end - '0');
    }
    if (*end == '.') {
        for (end++; *end >= '0' && *end <= '9'; end++) {
            unit /= 10;
            v += unit * (*end - '0');
        }
    }
    double scale = *end == 'k' || *end == 'K'   ? 1e3
                   : *end == 'M' || *end == 'm' ? 1e6
                   : *end == 'G' || *end == 'g' ? 1e9
                                                : 1;
    end += scale > 1;
    *out = v * scale;
    return *end == 0 && *out < 9e18;
}

/* "1%", "0.5%", "0.005"; all is 100% or 1. */
static bool parse_share(struct str s, double *out)
{
    bool percent = s.len && s.data[s.len - 1] == '%';
    s.len -= percent;
    bool digits = s.len && s.data[s.len - 1] <= '9'; /* no 1k */
    if (!digits || !parse_count(s, out)) {
        return false;
    }
    *out /= percent ? 100 : 1;
    return *out <= 1;
}

static bool digits_at(struct str s, size_t at, size_t n, int64_t *out)
{
    *out = 0;
    for (size_t i = at; i < at + n; i++) {
        if (i >= s.len || s.data[i] < '0' || s.data[i] > '9') {
            return false;
        }
        *out = *out * 10 + (s.data[i] - '0');
    }
    return true;
}

/* The time of day behind a date: "T23", "T23:59", "T23:59:59", each with an optional Z. */
static bool parse_clock(struct str s, int64_t *us, int64_t *span)
{
    int64_t hour = 0, minute = 0, second = 0;
    if (s.len && (s.data[s.len - 1] == 'Z' || s.data[s.len - 1] == 'z')) {
        s.len--;
    }
    bool ok = s.len >= 3 && digits_at(s, 1, 2, &hour);
    *span = 3600000000ll;
    if (ok && s.len >= 6) {
        ok = s.data[3] == ':' && digits_at(s, 4, 2, &minute);
        *span = 60000000;
    }
    if (ok && s.len >= 9) {
        ok = s.data[6] == ':' && digits_at(s, 7, 2, &second);
        *span = 1000000;
    }
    *us = ((hour * 60 + minute) * 60 + second) * 1000000;
    return ok && (s.len == 3 || s.len == 6 || s.len == 9) && hour < 24 && minute < 60 &&
           second < 60;
}

/* "2015", "2015-03", "2015-03-31", "2015-03-31T12:00:00": the first microsecond and the last. */
static bool parse_date(struct str s, int64_t *low, int64_t *high)
{
    int64_t year, month = 1, day = 1, us = 0, span = 0;
    if (!digits_at(s, 0, 4, &year)) {
        return false;
    }
    if (s.len > 4 && (s.data[4] != '-' || !digits_at(s, 5, 2, &month))) {
        return false;
    }
    if (s.len > 7 && (s.data[7] != '-' || !digits_at(s, 8, 2, &day))) {
        return false;
    }
    if (s.len > 10 &&
        ((s.data[10] != 'T' && s.data[10] != 't') || !parse_clock(str_from(s, 10), &us, &span))) {
        return false;
    }
    bool whole = s.len == 4 || s.len == 7 || s.len == 10 || s.len > 10;
    if (!whole || month < 1 || month > 12 || day < 1 || day > 31) {
        return false;
    }
    int64_t first = time_days_from_civil(year, (unsigned)month, (unsigned)day), next = first + 1;
    if (s.len == 4) {
        next = time_days_from_civil(year + 1, 1, 1);
    } else if (s.len == 7) {
        next = month == 12 ? time_days_from_civil(year + 1, 1, 1)
                           : time_days_from_civil(year, (unsigned)month + 1, 1);
    }
    *low = first * US_PER_DAY + us;
    *high = span ? *low + span - 1 : next * US_PER_DAY - 1;
    return true;
}

/* The inclusive range that "op [low, high]" asks for. */
static void set_range(struct filter *f, const char *op, int64_t low, int64_t high)
{
    f->low = INT64_MIN;
    f->high = INT64_MAX;
    if (strcmp(op, ">") == 0) {
        f->low = high == INT64_MAX ? high : high + 1;
    } else if (strcmp(op, ">=") == 0) {
        f->low = low;
    } else if (strcmp(op, "<") == 0) {
        f->high = low == INT64_MIN ? low : low - 1;
    } else if (strcmp(op, "<=") == 0) {
        f->high = high;
    } else {
        f->low = low;
        f->high = high;
    }
}

static enum error_code add_number(struct parser *p, enum filter_kind kind, struct str name,
                                  const char *op, struct str value, bool negated)
{
    struct filter *f = NULL;
    int64_t low, high;
    double n;
    if (kind == FILTER_MISSING) {
        if (!parse_share(value, &n)) {
            return error_set(p->err, ERR_USAGE,
                             "\"" STR_FMT "\" is no share: missing takes 1%% or 0.01",
                             STR_ARG(value));
        }
        low = high = llround(n * SEARCH_MISSING_ALL);
    } else if (kind == FILTER_START || kind == FILTER_END) {
        if (!parse_date(value, &low, &high)) {
            return error_set(p->err, ERR_USAGE,
                             "\"" STR_FMT "\" is no date: " STR_FMT
                             " takes 2015, 2015-03, 2015-03-31 or 2015-03-31T12:00:00",
                             STR_ARG(value), STR_ARG(name));
        }
    } else if (!parse_count(value, &n)) {
        return error_set(p->err, ERR_USAGE,
                         "\"" STR_FMT "\" is no number: " STR_FMT " takes 5000, 5k or 1.5M",
                         STR_ARG(value), STR_ARG(name));
    } else {
        /* length>2.5 means 3 and more, length<2.5 means 2 and fewer. */
        low = (int64_t)ceil(n);
        high = (int64_t)floor(n);
    }
    enum error_code rc = new_filter(p, &f);
    if (rc == OK && f) {
        *f = (struct filter){.kind = kind, .negated = negated};
        set_range(f, op, low, high);
    }
    return rc;
}

/* Folds a glob piece by piece, so that its stars survive. */
static struct str folded_glob(struct parser *p, struct str raw)
{
    struct strbuf out;
    strbuf_init(&out, SIZE_MAX);
    for (size_t at = 0; at <= raw.len;) {
        const char *star = at < raw.len ? memchr(raw.data + at, '*', raw.len - at) : NULL;
        size_t end = star ? (size_t)(star - raw.data) : raw.len;
        struct str piece = str_n(raw.data + at, end - at), f = folded(p, piece);
        /* A separator beside a star is part of what must match: azure_* is not azurex. */
        if (at > 0 && piece.len && f.len && fold_is_separator((unsigned char)piece.data[0])) {
            strbuf_add_char(&out, ' ');
        }
        strbuf_add(&out, f.data, f.len);
        if (star && piece.len && f.len &&
            fold_is_separator((unsigned char)piece.data[piece.len - 1])) {
            strbuf_add_char(&out, ' ');
        }
        if (star) {
            strbuf_add_char(&out, '*');
        }
        at = end + 1;
    }
    struct str s = str_n(arena_strndup(p->a, out.data ? out.data : "", out.len), out.len);
    strbuf_free(&out);
    return s;
}

static enum error_code add_glob(struct parser *p, enum filter_kind kind, struct str name,
                                struct str value, bool negated)
{
    struct filter *f = NULL;
    struct str glob = folded_glob(p, value);
    if (glob.len == 0) {
        return error_set(p->err, ERR_USAGE, STR_FMT ": needs a value, as in " STR_FMT ":energy*",
                         STR_ARG(name), STR_ARG(name));
    }
    enum error_code rc = new_filter(p, &f);
    if (rc == OK && f) {
        *f = (struct filter){.kind = kind, .glob = glob, .negated = negated};
    }
    return rc;
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
            return false;
        }
    }
    return s.len > 0;
}

static struct str unquoted(struct str s)
{
    if (s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"') {
        return str_n(s.data + 1, s.len - 2);
    }
    return s;
}

/* Takes the word as a filter where it is one; *taken tells. */
static enum error_code try_filter(struct parser *p, struct str word, bool negated, bool *taken)
{
    size_t at = 0;
    enum filter_kind kind;
    *taken = false;
    while (at < word.len && !strchr(":<>=\"", word.data[at])) {
        at++;
    }
    if (at == word.len || word.data[at] == '"' || !is_name(str_n(word.data, at))) {
        return OK;
    }
    struct str name = str_n(word.data, at);
    char first = word.data[at];
    bool colon = first == ':',
         two = !colon && first != '=' && at + 1 < word.len && word.data[at + 1] == '=';
    char op[3] = {first, two ? '=' : 0, 0};
    struct str value = unquoted(str_from(word, at + 1 + two));
    *taken = true;
    if (!known_name(name, &kind)) {
        if (resembles_name(name) || first == '<' || first == '>') {
            return unknown_filter(p, name);
        }
        *taken = false;
        return OK;
    }
    if (kind < FILTER_GLOBS) {
        return colon || first == '='
                   ? add_glob(p, kind, name, value, negated)
                   : error_set(p->err, ERR_USAGE, STR_FMT " is a text: write " STR_FMT ":value",
                               STR_ARG(name), STR_ARG(name));
    }
    if (!colon) {
        return add_number(p, kind, name, op, value, negated);
    }
    /* length:>5000 is written too; length:5000 means equal. */
    size_t skip = 0;
    while (skip < value.len && skip < 2 && strchr("<>=", value.data[skip])) {
        skip++;
    }
    char inner[3] = {skip ? value.data[0] : '=', skip == 2 ? value.data[1] : 0, 0};
    return add_number(p, kind, name, inner, str_from(value, skip), negated);
}

/* ---- words ---- */

/* The end of the word that begins at `at`: blanks inside quotes belong to it. */
static size_t word_end(struct str s, size_t at)
{
    bool quoted = false;
    for (; at < s.len && (quoted || !is_blank(s.data[at])); at++) {
        quoted = quoted != (s.data[at] == '"');
    }
    return at;
}

static enum error_code parse_word(struct parser *p, struct str word)
{
    bool negated = word.len > 1 && word.data[0] == '-', taken;
    struct str rest = negated ? str_from(word, 1) : word;
    enum error_code rc = try_filter(p, rest, negated, &taken);
    if (rc != OK || taken) {
        return rc;
    }
    if (rest.len && rest.data[0] == '"') {
        size_t len = rest.len - 1;
        len -= len && rest.data[rest.len - 1] == '"';
        return add_term(p, folded(p, str_n(rest.data + 1, len)), negated, false);
    }
    return add_words(p, rest, negated);
}

static void join(struct query *q, bool typos, struct arena *a)
{
    size_t len = 0;
    bool quoted = false;
    for (size_t i = 0; i < q->n_terms; i++) {
        len += q->terms[i].text.len + 1;
    }
    char *text = arena_zalloc(a, len + 64);
    size_t at = 0;
    for (size_t i = 0; i < q->n_terms; i++) {
        struct str t = q->terms[i].text;
        quoted = quoted || (memchr(t.data, ' ', t.len) != NULL);
        text[at] = ' ';
        at += i > 0;
        memcpy(text + at, t.data, t.len);
        at += t.len;
    }
    if (q->n_terms == 1) {
        q->together = q->terms[0];
    } else if (q->n_terms) {
        term_init(&q->together, str_n(text, at), typos && !quoted, a);
    }
}

enum error_code query_parse(struct str text, bool typos, struct arena *a, struct query *out,
                            struct error *err)
{
    struct parser p = {.q = out, .a = a, .err = err, .typos = typos};
    memset(out, 0, sizeof *out);
    text = str_trim(text);
    if (text.len > SEARCH_QUERY_MAX) {
        return error_set(err, ERR_USAGE, "the query has %zu bytes: at most %d are searched for",
                         text.len, SEARCH_QUERY_MAX);
    }
    enum error_code rc = OK;
    for (size_t at = 0; at < text.len && rc == OK;) {
        if (is_blank(text.data[at])) {
            at++;
            continue;
        }
        size_t end = word_end(text, at);
        rc = parse_word(&p, str_n(text.data + at, end - at));
        at = end;
    }
    join(out, typos, a);
    return rc;
}

void query_drop(struct query *q, size_t drop, bool typos, struct arena *a)
{
    memmove(&q->terms[drop], &q->terms[drop + 1], (q->n_terms - drop - 1) * sizeof *q->terms);
    q->n_terms--;
    join(q, typos, a);
}

/* Greedy matching with one point to come back to: linear but for the text behind the last star. */
bool filter_glob_matches(struct str glob, struct str text)
{
    size_t g = 0, t = 0, star = SIZE_MAX, resume = 0;
    while (t < text.len) {
        if (g < glob.len && glob.data[g] == '*') {
            star = ++g;
            resume = t;
        } else if (g < glob.len && glob.data[g] == text.data[t]) {
            g++;
            t++;
        } else if (star != SIZE_MAX) {
            g = star;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (g < glob.len && glob.data[g] == '*') {
        g++;
    }
    return g == glob.len;
}
