#include "format/yaml.h"

#include <libfyaml.h>

#include "base/map.h"

struct loader {
    struct fy_parser *parser;
    struct fy_diag *diag;
    struct arena *a;
    const char *label;
    struct error *err;
    struct map anchors; /* name -> address of a finished node */
    int line, column;   /* of the newest event that had a position; 1-based */
};

static enum error_code fail(struct loader *l, enum error_code code, const char *what)
{
    return error_set(l->err, code, "%s:%d:%d: %s", l->label, l->line, l->column, what);
}

static enum error_code too_large(struct loader *l)
{
    return fail(l, ERR_LIMIT, "too many values (aliases count as often as they are used)");
}

/* The first diagnostic that libfyaml collected is the cause; later ones are consequences. */
static enum error_code fail_syntax(struct loader *l)
{
    void *prev = NULL;
    struct fy_diag_error *e = fy_diag_errors_iterate(l->diag, &prev);
    if (!e) {
        return fail(l, ERR_METADATA_SYNTAX, "not YAML");
    }
    if (e->line > 0 && e->column > 0) {
        l->line = e->line;
        l->column = e->column;
    }
    return fail(l, ERR_METADATA_SYNTAX, e->msg ? e->msg : "not YAML");
}

/* libfyaml marks the text behind a quote or the '*' of an alias; a reader of an error looks for the
 * sign itself. */
static int sign_width(struct fy_event *e)
{
    enum fy_scalar_style style = e->type == FYET_SCALAR && e->scalar.value
                                     ? fy_token_scalar_style(e->scalar.value)
                                     : FYSS_PLAIN;
    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED || e->type == FYET_ALIAS;
}

static void note_position(struct loader *l, struct fy_event *e)
{
    const struct fy_mark *mark = fy_event_start_mark(e);
    if (mark) {
        l->line = mark->line + 1;
        l->column = mark->column + 1 - sign_width(e);
    }
}

static struct yaml_node *node_new(struct loader *l, enum yaml_type type)
{
    struct yaml_node *n = arena_zalloc(l->a, sizeof *n);
    n->type = type;
    n->line = l->line;
    n->column = l->column;
    n->cost = YAML_NODE_COST;
    return n;
}

/* `!!str 12` and `! 12` are text; other tags do not change what we make of a value. */
static bool is_text_tag(struct fy_token *tag)
{
    size_t n;
    const char *text = tag ? fy_token_get_text(tag, &n) : NULL;
    return text && (str_eq(str_n(text, n), str_c("tag:yaml.org,2002:str")) ||
                    str_eq(str_n(text, n), str_c("!")));
}

/* The token's text, by its chunks. (fy_token_get_text loses its list of chunks where there are many
 * of them, in libfyaml 0.7.12: 40 bytes of leak for each byte of a hostile file.) */
static bool token_text(struct fy_token *token, struct strbuf *out)
{
    struct fy_token_iter *iter = fy_token_iter_create(token);
    const struct fy_iter_chunk *chunk = NULL;
    int failed = 0;
    while (iter && (chunk = fy_token_iter_chunk_next(iter, chunk, &failed))) {
        strbuf_add(out, chunk->str, chunk->len);
    }
    if (iter) {
        fy_token_iter_destroy(iter);
    }
    return iter && !failed && !out->overflow;
}

static enum error_code scalar(struct loader *l, struct fy_event *e, struct yaml_node **out)
{
    struct strbuf text;
    strbuf_init(&text, (size_t)YAML_COST_MAX);
    bool readable = !e->scalar.value || token_text(e->scalar.value, &text);
    struct yaml_node *n = node_new(l, YAML_SCALAR);
    n->text = str_n(arena_strndup(l->a, text.data, text.len), text.len);
    strbuf_free(&text);
    if (!readable || !str_is_utf8(n->text)) {
        return fail(l, ERR_METADATA_SYNTAX, "an escape in this text is not a Unicode character");
    }
    /* An empty node has no token: it is null, as if it were written plainly. */
    n->plain = !is_text_tag(e->scalar.tag) &&
               (!e->scalar.value || fy_token_scalar_style(e->scalar.value) == FYSS_PLAIN);
    n->cost += n->text.len;
    *out = n;
    return OK;
}

/* An anchor is known once its node is finished, so an alias can never make the tree a circle. */
static enum error_code alias(struct loader *l, struct fy_event *e, uint32_t depth,
                             struct yaml_node **out)
{
    size_t len = 0;
    const char *name = fy_token_get_text(e->alias.anchor, &len);
    uint64_t address;
    if (!name || !map_get(&l->anchors, str_n(name, len), &address)) {
        return fail(l, ERR_METADATA_SYNTAX, "an alias to nothing, or to what it is part of");
    }
    *out = (struct yaml_node *)(uintptr_t)address;
    return (*out)->height + depth > YAML_DEPTH_MAX ? fail(l, ERR_LIMIT, "nested too deeply") : OK;
}

static void remember_anchor(struct loader *l, struct str name, struct yaml_node *n)
{
    map_put(&l->anchors, name, NULL)->value = (uint64_t)(uintptr_t)n;
}

static enum error_code node(struct loader *l, struct fy_event *e, uint32_t depth,
                            struct yaml_node **out);

/* The next event; the caller frees it. */
static enum error_code next(struct loader *l, struct fy_event **e)
{
    *e = fy_parser_parse(l->parser);
    if (!*e) {
        return fail_syntax(l);
    }
    note_position(l, *e);
    return OK;
}

/* The next node, or *end where the collection is over. */
static enum error_code next_node(struct loader *l, enum fy_event_type stop, uint32_t depth,
                                 struct yaml_node **out, bool *end)
{
    struct fy_event *e;
    enum error_code code = next(l, &e);
    if (code) {
        return code;
    }
    *end = e->type == stop;
    if (!*end) {
        code = node(l, e, depth, out);
    }
    fy_parser_event_free(l->parser, e);
    return code;
}

static enum error_code absorb(struct loader *l, struct yaml_node *parent,
                              const struct yaml_node *child)
{
    parent->cost += child->cost;
    parent->height = parent->height > child->height + 1 ? parent->height : child->height + 1;
    return parent->cost > YAML_COST_MAX ? too_large(l) : OK;
}

static enum error_code list(struct loader *l, uint32_t depth, struct yaml_node *n)
{
    struct yaml_node **items = NULL, *item = NULL;
    size_t count = 0, cap = 0;
    bool end = false;
    enum error_code code;
    while ((code = next_node(l, FYET_SEQUENCE_END, depth, &item, &end)) == OK && !end &&
           (code = absorb(l, n, item)) == OK) {
        items = mem_grow(items, count, &cap, sizeof(struct yaml_node *));
        items[count++] = item;
    }
    n->n = count;
    n->items = arena_array(l->a, count, sizeof(struct yaml_node *));
    for (size_t i = 0; i < count; i++) {
        n->items[i] = items[i];
    }
    mem_free(items);
    return code;
}

static enum error_code check_key(struct loader *l, const struct yaml_node *key, struct map *seen)
{
    bool added;
    l->line = key->line;
    l->column = key->column;
    if (key->type != YAML_SCALAR) {
        return fail(l, ERR_METADATA_SYNTAX, "a key must be text");
    }
    map_put(seen, key->text, &added);
    if (!added) {
        return error_set(l->err, ERR_METADATA_SYNTAX, "%s:%d:%d: duplicate key '%.*s'", l->label,
                         l->line, l->column, (int)(key->text.len < 200 ? key->text.len : 200),
                         key->text.data);
    }
    return OK;
}

static enum error_code pair(struct loader *l, uint32_t depth, struct map *seen,
                            struct yaml_node *parent, struct yaml_pair *p, bool *end)
{
    bool no_value = false;
    enum error_code code = next_node(l, FYET_MAPPING_END, depth, &p->key, end);
    if (code || *end) {
        return code;
    }
    code = check_key(l, p->key, seen);
    code = code ? code : absorb(l, parent, p->key);
    code = code ? code : next_node(l, FYET_MAPPING_END, depth, &p->value, &no_value);
    if (!code && no_value) {
        code = fail(l, ERR_METADATA_SYNTAX, "a key without a value");
    }
    return code ? code : absorb(l, parent, p->value);
}

static enum error_code mapping(struct loader *l, uint32_t depth, struct yaml_node *n)
{
    struct yaml_pair *pairs = NULL, p = {0};
    size_t count = 0, cap = 0;
    bool end = false;
    struct map seen;
    map_init(&seen);
    enum error_code code;
    while ((code = pair(l, depth, &seen, n, &p, &end)) == OK && !end) {
        pairs = mem_grow(pairs, count, &cap, sizeof *pairs);
        pairs[count++] = p;
    }
    n->n = count;
    n->pairs = arena_array(l->a, count, sizeof *pairs);
    for (size_t i = 0; i < count; i++) {
        n->pairs[i] = pairs[i];
    }
    mem_free(pairs);
    map_free(&seen);
    return code;
}

static struct fy_token *anchor_of(const struct fy_event *e)
{
    return e->type == FYET_SCALAR           ? e->scalar.anchor
           : e->type == FYET_SEQUENCE_START ? e->sequence_start.anchor
           : e->type == FYET_MAPPING_START  ? e->mapping_start.anchor
                                            : NULL;
}

static enum error_code collection(struct loader *l, enum fy_event_type type, uint32_t depth,
                                  struct yaml_node **out)
{
    if (depth >= YAML_DEPTH_MAX) {
        return fail(l, ERR_LIMIT, "nested too deeply");
    }
    if (type == FYET_SEQUENCE_START) {
        *out = node_new(l, YAML_LIST);
        return list(l, depth + 1, *out);
    }
    *out = node_new(l, YAML_MAPPING);
    return mapping(l, depth + 1, *out);
}

/* The node that starts with event `e`, which lies below `depth` collections. */
static enum error_code node(struct loader *l, struct fy_event *e, uint32_t depth,
                            struct yaml_node **out)
{
    enum error_code code;
    switch (e->type) {
    case FYET_SCALAR:
        code = scalar(l, e, out);
        break;
    case FYET_ALIAS:
        return alias(l, e, depth, out);
    case FYET_SEQUENCE_START:
    case FYET_MAPPING_START:
        code = collection(l, e->type, depth, out);
        break;
    default:
        return fail(l, ERR_METADATA_SYNTAX, "not YAML");
    }
    size_t len = 0;
    struct fy_token *anchor = code ? NULL : anchor_of(e);
    const char *name = anchor ? fy_token_get_text(anchor, &len) : NULL;
    if (name) {
        remember_anchor(l, str_n(name, len), *out);
    }
    return code;
}

/* Skip to the first node of the first document; an empty stream has none and gives a null scalar.
 */
static enum error_code document(struct loader *l, struct yaml_node **out)
{
    for (;;) {
        struct fy_event *e;
        enum error_code code = next(l, &e);
        if (code) {
            return code;
        }
        enum fy_event_type type = e->type;
        if (type == FYET_STREAM_END) {
            *out = node_new(l, YAML_SCALAR);
            (*out)->text = str_c("");
            (*out)->plain = true;
        } else if (type != FYET_STREAM_START && type != FYET_DOCUMENT_START) {
            code = node(l, e, 0, out);
        }
        fy_parser_event_free(l->parser, e);
        if (type != FYET_STREAM_START && type != FYET_DOCUMENT_START) {
            return code;
        }
    }
}

/* What lies between the first document and the next one, or the end, still has to be YAML: `a: 1`
 * with a stray `]` behind it must not pass because we stopped listening. */
static enum error_code document_end(struct loader *l)
{
    struct fy_event *e;
    enum error_code code = next(l, &e);
    if (code) {
        return code;
    }
    bool ended = e->type == FYET_DOCUMENT_END || e->type == FYET_STREAM_END;
    fy_parser_event_free(l->parser, e);
    return ended ? OK : fail(l, ERR_METADATA_SYNTAX, "more than one value in the document");
}

static bool is_control(const unsigned char *p)
{
    return (*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r') || *p == 0x7F;
}

/* Refuse what is not text before libfyaml sees it, with the place of the first bad byte. */
static enum error_code check_bytes(struct loader *l, struct str s)
{
    const unsigned char *p = (const unsigned char *)s.data, *end = p + s.len;
    while (p < end) {
        size_t n = 1;
        while (n <= 4 && n <= (size_t)(end - p) && !str_is_utf8(str_n(p, n))) {
            n++;
        }
        if (n > 4 || n > (size_t)(end - p)) {
            return fail(l, ERR_METADATA_SYNTAX, "not UTF-8");
        }
        if (is_control(p)) {
            return fail(l, ERR_METADATA_SYNTAX, "a control character, which YAML does not allow");
        }
        l->column = *p == '\n' ? 1 : l->column + 1;
        l->line += *p == '\n';
        p += n;
    }
    l->line = l->column = 1;
    return OK;
}

static void swallow(struct fy_diag *diag, void *user, const char *buf, size_t len)
{
    (void)diag;
    (void)user;
    (void)buf;
    (void)len;
}

static enum error_code run(struct loader *l, struct str bytes, struct yaml_node **out)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = swallow;
    l->diag = fy_diag_create(&diag_cfg);
    if (!l->diag) {
        return fail(l, ERR_MEMORY, "out of memory");
    }
    fy_diag_set_collect_errors(l->diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = l->diag};
    l->parser = fy_parser_create(&cfg);
    enum error_code code = OK;
    if (!l->parser || fy_parser_set_string(l->parser, bytes.data, bytes.len)) {
        code = fail(l, ERR_MEMORY, "out of memory");
    } else {
        code = document(l, out);
        code = code || yaml_is_null(*out) ? code : document_end(l);
    }
    if (l->parser) {
        fy_parser_destroy(l->parser);
    }
    fy_diag_destroy(l->diag);
    return code;
}

enum error_code yaml_parse(struct str bytes, const char *label, struct arena *a,
                           struct yaml_node **out, struct error *err)
{
    struct loader l = {.a = a, .label = label, .err = err, .line = 1, .column = 1};
    if (str_starts(bytes, "\xEF\xBB\xBF")) {
        bytes = str_from(bytes, 3);
    }
    enum error_code code = check_bytes(&l, bytes);
    if (code) {
        return code;
    }
    map_init(&l.anchors);
    *out = NULL;
    code = run(&l, bytes, out);
    map_free(&l.anchors);
    return code;
}
