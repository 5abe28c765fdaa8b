#include "format/ini.h"

#include <string.h>

#include "base/memory.h"

struct parser {
    struct str section;
    /* The property that a continuation line may still add to: */
    bool open;
    struct str key;
    unsigned key_line;
    struct strbuf value;
    void (*on_property)(const struct ini_property *p, void *user);
    void *user;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* An inline comment needs a blank in front: "secret#1" is a value. */
static struct str strip_comment(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((s.data[i] == '#' || s.data[i] == ';') && (i == 0 || is_blank(s.data[i - 1]))) {
            return str_trim(str_n(s.data, i));
        }
    }
    return str_trim(s);
}

static bool split_property(struct str line, struct str *key, struct str *value)
{
    const char *eq = line.len ? memchr(line.data, '=', line.len) : NULL;
    if (!eq) {
        return false;
    }
    *key = str_trim(str_n(line.data, (size_t)(eq - line.data)));
    *value = strip_comment(str_from(line, (size_t)(eq + 1 - line.data)));
    return key->len > 0;
}

static void emit(struct parser *p, struct str sub, struct str value, unsigned line)
{
    struct ini_property property = {p->section, p->key, sub, value, line};
    p->on_property(&property, p->user);
}

static void flush(struct parser *p)
{
    if (p->open && !p->value.overflow) {
        emit(p, str_n("", 0), strbuf_view(&p->value), p->key_line);
    }
    mem_wipe(p->value.data, p->value.len);
    strbuf_clear(&p->value);
    p->open = false;
}

static void take_continuation(struct parser *p, struct str line, unsigned number)
{
    struct str key, value;
    if (!p->open) {
        return;
    }
    if (p->value.len == 0) {
        if (split_property(line, &key, &value)) {
            emit(p, key, value, number);
        }
        return;
    }
    strbuf_add_char(&p->value, '\n');
    strbuf_add(&p->value, line.data, line.len);
}

static bool take_section(struct parser *p, struct str line)
{
    const char *close = memchr(line.data, ']', line.len);
    if (!close) {
        return false;
    }
    flush(p);
    p->section = str_trim(str_n(line.data + 1, (size_t)(close - line.data) - 1));
    return true;
}

static void take_property(struct parser *p, struct str line, unsigned number)
{
    struct str key, value;
    flush(p);
    if (split_property(line, &key, &value)) {
        p->open = true;
        p->key = key;
        p->key_line = number;
        strbuf_add(&p->value, value.data, value.len);
    }
}

static bool take_line(struct parser *p, struct str line, unsigned number)
{
    bool indented = line.len && is_blank(line.data[0]);
    line = str_trim(line);
    if (line.len == 0 || line.data[0] == '#' || line.data[0] == ';') {
        return true;
    }
    if (indented) {
        take_continuation(p, line, number);
    } else if (line.data[0] == '[') {
        return take_section(p, line);
    } else {
        take_property(p, line, number);
    }
    return true;
}

enum error_code ini_parse(const char *text, size_t n,
                          void (*on_property)(const struct ini_property *p, void *user), void *user,
                          struct error *err)
{
    struct parser p = {.section = str_n("", 0), .on_property = on_property, .user = user};
    struct str rest = str_n(text, n);
    enum error_code rc = OK;
    strbuf_init(&p.value, INI_VALUE_MAX);
    if (str_starts(rest, "\xEF\xBB\xBF")) {
        rest = str_from(rest, 3); /* a byte order mark, from editors of Windows */
    }
    for (unsigned number = 1; rest.len && rc == OK; number++) {
        const char *end = memchr(rest.data, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.data) : rest.len;
        if (!take_line(&p, str_n(rest.data, len), number)) {
            rc = error_set(err, ERR_USAGE, "line %u: '[' without ']'", number);
        }
        rest = str_from(rest, len + 1);
    }
    if (rc == OK) {
        flush(&p);
    }
    mem_wipe(p.value.data, p.value.cap);
    strbuf_free(&p.value);
    return rc;
}
