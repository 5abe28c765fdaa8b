/* yaml_json.c - YAML values as JSON, by the core schema of YAML 1.2 (section 10.3). */
#include "base/json.h"
#include "format/yaml.h"

/* Longer runs of digits, and exponents of three digits or more, may lie beyond a double: readers of
 * JSON disagree on what to make of them, so they stay text. */
#define DIGITS_MAX   300
#define EXPONENT_MAX 2

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits at the start of *s, taken off it. */
static struct str take_digits(struct str *s)
{
    size_t n = 0;
    while (n < s->len && is_digit(s->data[n])) {
        n++;
    }
    struct str digits = str_n(s->data, n);
    *s = str_from(*s, n);
    return digits;
}

static bool take_sign(struct str *s)
{
    bool negative = s->len && s->data[0] == '-';
    if (negative || (s->len && s->data[0] == '+')) {
        *s = str_from(*s, 1);
    }
    return negative;
}

struct number {
    bool negative, exponent_negative;
    struct str whole, fraction, exponent; /* digits; empty where absent */
};

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool number_parse(struct str s, struct number *n)
{
    *n = (struct number){0};
    n->negative = take_sign(&s);
    n->whole = take_digits(&s);
    if (s.len && s.data[0] == '.') {
        s = str_from(s, 1);
        n->fraction = take_digits(&s);
    }
    if (n->whole.len + n->fraction.len == 0) {
        return false;
    }
    if (s.len && (s.data[0] == 'e' || s.data[0] == 'E')) {
        s = str_from(s, 1);
        n->exponent_negative = take_sign(&s);
        n->exponent = take_digits(&s);
        if (n->exponent.len == 0) {
            return false;
        }
    }
    return s.len == 0 && n->whole.len + n->fraction.len <= DIGITS_MAX &&
           n->exponent.len <= EXPONENT_MAX;
}

/* The digits as they were written: no rounding, and no locale can interfere. */
static void number_add(struct strbuf *b, struct number n)
{
    while (n.whole.len > 1 && n.whole.data[0] == '0') {
        n.whole = str_from(n.whole, 1);
    }
    strbuf_add_c(b, n.negative ? "-" : "");
    strbuf_add_c(b, n.whole.len ? "" : "0");
    strbuf_add(b, n.whole.data, n.whole.len);
    if (n.fraction.len) {
        strbuf_add_char(b, '.');
        strbuf_add(b, n.fraction.data, n.fraction.len);
    }
    if (n.exponent.len) {
        strbuf_add_c(b, n.exponent_negative ? "e-" : "e");
        strbuf_add(b, n.exponent.data, n.exponent.len);
    }
}

static int digit_value(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99; /* 99: of no base */
}

/* 0x1F and 0o17; false where it is neither or does not fit 64 bits. */
static bool radix_parse(struct str s, uint64_t *out)
{
    uint64_t base = str_starts(s, "0x") ? 16 : 8;
    if (s.len < 3 || !(base == 16 || str_starts(s, "0o"))) {
        return false;
    }
    *out = 0;
    for (s = str_from(s, 2); s.len; s = str_from(s, 1)) {
        uint64_t digit = (uint64_t)digit_value(s.data[0]);
        if (digit >= base || *out > (UINT64_MAX - digit) / base) {
            return false;
        }
        *out = *out * base + digit;
    }
    return true;
}

static bool is_one_of(struct str s, const char *a, const char *b, const char *c)
{
    return str_eq(s, str_c(a)) || str_eq(s, str_c(b)) || str_eq(s, str_c(c));
}

static void add_scalar(struct strbuf *b, const struct yaml_node *n)
{
    struct number number;
    uint64_t value;
    if (yaml_is_null(n)) {
        strbuf_add_c(b, "null");
    } else if (n->plain && is_one_of(n->text, "true", "True", "TRUE")) {
        strbuf_add_c(b, "true");
    } else if (n->plain && is_one_of(n->text, "false", "False", "FALSE")) {
        strbuf_add_c(b, "false");
    } else if (n->plain && radix_parse(n->text, &value)) {
        strbuf_printf(b, "%llu", (unsigned long long)value);
    } else if (n->plain && number_parse(n->text, &number)) {
        number_add(b, number);
    } else {
        json_add_string(b, n->text);
    }
}

/* Is there anything in the pair that its reader did not use? */
static bool has_unused(const struct yaml_pair *p)
{
    if (!p->opened || p->value->type != YAML_MAPPING) {
        return !p->used;
    }
    for (size_t i = 0; i < p->value->n; i++) {
        if (has_unused(&p->value->pairs[i])) {
            return true;
        }
    }
    return false;
}

static void add_mapping(struct strbuf *b, const struct yaml_node *n, bool unused_only)
{
    const char *comma = "";
    strbuf_add_char(b, '{');
    for (size_t i = 0; i < n->n; i++) {
        const struct yaml_pair *p = &n->pairs[i];
        if (unused_only && !has_unused(p)) {
            continue;
        }
        strbuf_add_c(b, comma);
        json_add_string(b, p->key->text);
        strbuf_add_char(b, ':');
        if (unused_only && p->opened && p->value->type == YAML_MAPPING) {
            add_mapping(b, p->value, true);
        } else {
            yaml_add_json(b, p->value);
        }
        comma = ",";
    }
    strbuf_add_char(b, '}');
}

void yaml_add_unused_json(struct strbuf *b, const struct yaml_node *map)
{
    add_mapping(b, map, true);
}

/* Recursion is bounded by YAML_DEPTH_MAX, the amount by YAML_COST_MAX. */
void yaml_add_json(struct strbuf *b, const struct yaml_node *n)
{
    if (n->type == YAML_SCALAR) {
        add_scalar(b, n);
    } else if (n->type == YAML_MAPPING) {
        add_mapping(b, n, false);
    } else {
        strbuf_add_char(b, '[');
        for (size_t i = 0; i < n->n; i++) {
            strbuf_add_c(b, i ? "," : "");
            yaml_add_json(b, n->items[i]);
        }
        strbuf_add_char(b, ']');
    }
}
