/* metadata_columns.c - lists of columns, in every way that users write them. */
#include <string.h>

#include "base/map.h"
#include "format/metadata_reader.h"

enum error_code reader_invalid(struct reader *r, const struct yaml_node *at, const char *label,
                               const char *what)
{
    return error_set(r->err, ERR_METADATA_INVALID, "%s:%d:%d: %s: %s", r->key, at->line, at->column,
                     label, what);
}

enum error_code reader_wrong_type(struct reader *r, const struct yaml_node *at, const char *label,
                                  const char *expected)
{
    return reader_invalid(
        r, at, label, arena_printf(r->a, "expected %s, found %s", expected, yaml_type_text(at)));
}

enum error_code reader_text(struct reader *r, const struct yaml_node *n, const char *label,
                            const char **out)
{
    if (n->type != YAML_SCALAR) {
        return reader_wrong_type(r, n, label, "text");
    }
    if (memchr(n->text.data, '\0', n->text.len)) {
        return reader_invalid(r, n, label, "the text contains a NUL");
    }
    *out = yaml_is_null(n) ? NULL : n->text.data;
    return OK;
}

struct column_builder {
    struct column_list *list;
    size_t cap;
    struct map seen; /* a column named twice is one column */
};

static void add_column(struct reader *r, struct column_builder *b, struct column_meta c)
{
    bool added;
    map_put(&b->seen, str_c(c.name), &added);
    if (!added) {
        return;
    }
    if (b->list->n == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 4;
        struct column_meta *items = arena_array(r->a, cap, sizeof *items);
        if (b->list->n) {
            memcpy(items, b->list->items, b->list->n * sizeof *items);
        }
        b->list->items = items;
        b->cap = cap;
    }
    b->list->items[b->list->n++] = c;
}

static enum error_code field(struct reader *r, const struct yaml_node *map, const char *key,
                             const char *label, const char **out)
{
    const struct yaml_pair *p = yaml_find(map, key);
    const char *value = NULL;
    enum error_code code =
        p ? reader_text(r, p->value, arena_printf(r->a, "%s.%s", label, key), &value) : OK;
    *out = value ? value : *out;
    return code;
}

/* One entry: {name, type, subtype} or a plain name. */
static enum error_code column(struct reader *r, struct column_builder *b,
                              const struct column_rules *rules, const struct yaml_node *n)
{
    struct column_meta c = {.name = rules->default_name ? rules->default_name : "", "", ""};
    enum error_code code;
    if (n->type == YAML_SCALAR) {
        c.name = "";
        code = reader_text(r, n, rules->label, &c.name);
        c.name = c.name ? c.name : "";
    } else if (n->type == YAML_LIST) {
        return reader_wrong_type(r, n, rules->label, "a column name or {name, type}");
    } else {
        code = field(r, n, "name", rules->label, &c.name);
        code = code ? code : field(r, n, "type", rules->label, &c.type);
        code = code ? code : field(r, n, "subtype", rules->label, &c.subtype);
    }
    if (!code && !*c.name) {
        return reader_invalid(r, n, rules->label, "a column without a name");
    }
    if (!code) {
        add_column(r, b, c);
    }
    return code;
}

/* `name: type` or `name: {type, subtype}` pairs. */
static enum error_code typed_columns(struct reader *r, struct column_builder *b,
                                     const struct column_rules *rules, const struct yaml_node *map)
{
    enum error_code code = OK;
    for (size_t i = 0; i < map->n && !code; i++) {
        const struct yaml_node *value = map->pairs[i].value;
        struct column_meta c = {"", "", ""};
        code = reader_text(r, map->pairs[i].key, rules->label, &c.name);
        if (!code && (!c.name || !*c.name)) {
            return reader_invalid(r, map->pairs[i].key, rules->label, "a column without a name");
        }
        if (!code && value->type == YAML_MAPPING) {
            code = field(r, value, "type", rules->label, &c.type);
            code = code ? code : field(r, value, "subtype", rules->label, &c.subtype);
        } else if (!code) {
            code = reader_text(r, value, rules->label, &c.type);
            c.type = c.type ? c.type : "";
        }
        if (!code) {
            add_column(r, b, c);
        }
    }
    return code;
}

static enum error_code columns_into(struct reader *r, struct column_builder *b,
                                    const struct column_rules *rules, const struct yaml_node *n)
{
    if (n->type == YAML_LIST) {
        enum error_code code = OK;
        for (size_t i = 0; i < n->n && !code; i++) {
            code = column(r, b, rules, n->items[i]);
        }
        return code;
    }
    if (n->type == YAML_SCALAR || yaml_find(n, "name") ||
        (rules->default_name && (yaml_find(n, "type") || n->n == 0))) {
        return column(r, b, rules, n);
    }
    if (rules->typed || n->n == 0) {
        return typed_columns(r, b, rules, n);
    }
    return reader_invalid(r, n, rules->label,
                          "expected a list of columns, found a mapping without 'name'");
}

enum error_code columns_read(struct reader *r, const struct column_rules *rules,
                             const struct yaml_node *n, struct column_list *out)
{
    if (!n || yaml_is_null(n)) {
        return OK;
    }
    struct column_builder b = {.list = out};
    map_init(&b.seen);
    enum error_code code = columns_into(r, &b, rules, n);
    map_free(&b.seen);
    return code;
}
