#include "format/metadata.h"

#include <string.h>

#include "format/metadata_reader.h"

/* The JSON of unknown keys may be longer than the YAML (quotes, escapes, aliases), but not without
 * end. */
#define EXTRA_MAX ((size_t)4 * METADATA_MAX)

/* The first of `keys` (NULL-terminated, best first) that has a value, at the root or under
 * `metadata:`; it counts as used.
 * A known key without a value (`theme:`) is as good as absent. */
static struct yaml_pair *find(struct reader *r, const char *const *keys, const char **label)
{
    for (size_t i = 0; keys[i]; i++) {
        struct yaml_node *maps[] = {r->root, r->nested};
        for (size_t m = 0; m < 2; m++) {
            struct yaml_pair *p = yaml_find(maps[m], keys[i]);
            if (p) {
                p->used = true;
            }
            if (p && !yaml_is_null(p->value)) {
                *label = keys[i];
                return p;
            }
        }
    }
    return NULL;
}

/* Numbers and truth values keep their text (`name: 2011`); a list of texts is joined, for `source:
 * [lotsa, monash]`. */
static enum error_code text(struct reader *r, const char *const *keys, const char **out)
{
    const char *label = keys[0];
    const struct yaml_pair *p = find(r, keys, &label);
    const struct yaml_node *n = p ? p->value : NULL;
    if (!n || n->type != YAML_LIST) {
        return n ? reader_text(r, n, label, out) : OK;
    }
    struct strbuf joined;
    strbuf_init(&joined, METADATA_MAX);
    enum error_code code = OK;
    for (size_t i = 0; i < n->n && !code; i++) {
        const char *item = NULL;
        code = reader_text(r, n->items[i], label, &item);
        strbuf_add_c(&joined, item && joined.len ? ", " : "");
        strbuf_add_c(&joined, item ? item : "");
    }
    if (!code && joined.overflow) {
        code = reader_invalid(r, n, label, "too much text");
    }
    *out = joined.len ? arena_strndup(r->a, joined.data, joined.len) : NULL;
    strbuf_free(&joined);
    return code;
}

/* The value of `map.key`, marked as used. */
static struct yaml_node *take(struct yaml_node *map, const char *key)
{
    struct yaml_pair *p = yaml_find(map, key);
    if (p) {
        p->used = true;
    }
    return p ? p->value : NULL;
}

struct role {
    const char *key;
    struct column_list *out;
};

#define N_ROLES 3

/* The column lists below each role of `map`; `rules` are those of the whole. */
static enum error_code read_roles(struct reader *r, const struct column_rules *rules,
                                  struct yaml_node *map, const struct role roles[N_ROLES])
{
    enum error_code code = OK;
    for (size_t i = 0; i < N_ROLES && !code; i++) {
        struct column_rules role = *rules;
        role.label = arena_printf(r->a, "%s.%s", rules->label, roles[i].key);
        code = columns_read(r, &role, take(map, roles[i].key), roles[i].out);
    }
    return code;
}

/* `covariates: {hist, future, static}`. A bare list does not say which; history is what every
 * column has. */
static enum error_code covariates(struct reader *r, struct dataset_meta *m)
{
    static const char *const keys[] = {"covariates", NULL};
    struct column_rules rules = {.label = keys[0]};
    struct yaml_pair *p = find(r, keys, &rules.label);
    if (!p || p->value->type != YAML_MAPPING) {
        return columns_read(r, &rules, p ? p->value : NULL, &m->hist);
    }
    p->opened = true;
    const struct role roles[] = {{"hist", &m->hist}, {"future", &m->future}, {"static", &m->fixed}};
    return read_roles(r, &rules, p->value, roles);
}

/* `tfc_data_store: {future, hist, static}`, or name: type pairs, or a list, which are features
 * known in advance. */
static enum error_code data_store(struct reader *r, struct dataset_meta *m)
{
    static const char *const keys[] = {"tfc_data_store", "tfc_data_store_features", NULL};
    struct column_rules rules = {.label = keys[0], .typed = true};
    struct yaml_pair *p = find(r, keys, &rules.label);
    struct yaml_node *n = p ? p->value : NULL;
    if (!n || !(yaml_find(n, "future") || yaml_find(n, "hist") || yaml_find(n, "static"))) {
        return columns_read(r, &rules, n, &m->store_future);
    }
    p->opened = true;
    const struct role roles[] = {
        {"future", &m->store_future}, {"hist", &m->store_hist}, {"static", &m->store_static}};
    return read_roles(r, &rules, n, roles);
}

/* The list under the first key that is there; the legacy singular gives its own name where it has
 * none. */
static enum error_code list_or_legacy(struct reader *r, const char *plural, const char *legacy,
                                      struct column_list *out)
{
    const char *const plural_keys[] = {plural, NULL}, *const legacy_keys[] = {legacy, NULL};
    struct column_rules rules = {.label = plural};
    const struct yaml_pair *p = find(r, plural_keys, &rules.label);
    if (!p) {
        rules.default_name = legacy;
        p = find(r, legacy_keys, &rules.label);
    }
    return columns_read(r, &rules, p ? p->value : NULL, out);
}

/* `date: 2024-05-01` is when something happened, not a column; no column of ours starts with a
 * digit. */
static bool is_column_name(const struct yaml_node *n)
{
    return n->type != YAML_SCALAR ||
           (n->text.len && !(n->plain && n->text.data[0] >= '0' && n->text.data[0] <= '9'));
}

static enum error_code time_column(struct reader *r, struct dataset_meta *m)
{
    static const char *const keys[] = {"timestamp", "time_column", "date", NULL};
    struct yaml_node *maps[] = {r->root, r->nested};
    for (size_t i = 0; keys[i]; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct yaml_pair *p = yaml_find(maps[k], keys[i]);
            if (!p || !is_column_name(p->value)) {
                continue;
            }
            struct column_list one = {0};
            struct column_rules rules = {.label = keys[i], .default_name = keys[i]};
            enum error_code code = columns_read(r, &rules, p->value, &one);
            if (code || one.n == 1) {
                p->used = true;
                m->time_column = code ? NULL : one.items[0].name;
                return code;
            }
            if (one.n > 1) {
                return reader_invalid(r, p->value, keys[i], "expected one column");
            }
        }
    }
    return OK;
}

static void add_tag(struct reader *r, struct dataset_meta *m, size_t *cap, struct str tag)
{
    tag = str_trim(tag);
    if (tag.len == 0) {
        return;
    }
    if (m->n_tags == *cap) {
        size_t grown = *cap ? *cap * 2 : 8;
        const char **tags = arena_array(r->a, grown, sizeof *tags);
        if (m->n_tags) {
            memcpy(tags, m->tags, m->n_tags * sizeof *tags);
        }
        m->tags = tags;
        *cap = grown;
    }
    m->tags[m->n_tags++] = arena_strndup(r->a, tag.data, tag.len);
}

static void split_tags(struct reader *r, struct dataset_meta *m, struct str s)
{
    size_t cap = 0;
    for (;;) {
        const char *comma = s.len ? memchr(s.data, ',', s.len) : NULL;
        size_t n = comma ? (size_t)(comma - s.data) : s.len;
        add_tag(r, m, &cap, str_n(s.data, n));
        if (!comma) {
            return;
        }
        s = str_from(s, n + 1);
    }
}

static enum error_code tags(struct reader *r, struct dataset_meta *m)
{
    static const char *const keys[] = {"tags", NULL};
    const char *label = keys[0], *value = NULL;
    const struct yaml_pair *p = find(r, keys, &label);
    if (!p) {
        return OK;
    }
    const struct yaml_node *n = p->value;
    if (n->type == YAML_MAPPING) {
        return reader_wrong_type(r, n, label, "a list");
    }
    if (n->type == YAML_SCALAR) {
        enum error_code code = reader_text(r, n, label, &value);
        split_tags(r, m, str_c(value));
        return code;
    }
    size_t cap = 0;
    enum error_code code = OK;
    for (size_t i = 0; i < n->n && !code; i++) {
        code = reader_text(r, n->items[i], label, &value);
        if (!code) {
            add_tag(r, m, &cap, str_c(value));
        }
    }
    return code;
}

static enum error_code extra(struct reader *r, struct dataset_meta *m)
{
    struct strbuf b;
    strbuf_init(&b, EXTRA_MAX);
    yaml_add_unused_json(&b, r->root);
    bool overflow = b.overflow;
    m->extra_json = arena_strndup(r->a, b.data, b.len);
    strbuf_free(&b);
    return overflow ? reader_invalid(r, r->root, "unknown keys", "too much text") : OK;
}

static enum error_code texts(struct reader *r, struct dataset_meta *m)
{
    const struct {
        const char *keys[3];
        const char **out;
    } fields[] = {
        {{"name"}, &m->name},
        {{"type"}, &m->type},
        {{"description"}, &m->description},
        {{"source"}, &m->source},
        {{"storage_location"}, &m->storage_location},
        {{"theme", "domain"}, &m->theme},
        {{"frequency", "freq"}, &m->frequency},
    };
    enum error_code code = OK;
    for (size_t i = 0; i < sizeof fields / sizeof *fields && !code; i++) {
        code = text(r, fields[i].keys, fields[i].out);
    }
    return code;
}

char *metadata_stem(const char *key, struct arena *a)
{
    static const char *const extensions[] = {".yaml", ".yml"};
    static const char *const endings[] = {"_metadata", ".metadata"};
    const char *slash = strrchr(key, '/');
    struct str s = str_c(slash ? slash + 1 : key);
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(extensions[i]);
        if (s.len > n && str_ends_nocase(s, extensions[i])) {
            s.len -= n;
            break;
        }
    }
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(endings[i]);
        if (s.len > n && str_ends_nocase(s, endings[i])) {
            s.len -= n;
            break;
        }
    }
    return arena_strndup(a, s.data, s.len);
}

bool metadata_is_key(const char *key)
{
    return str_ends_nocase(str_c(key), ".yaml") || str_ends_nocase(str_c(key), ".yml");
}

/* Everything below has its place in the file; the first thing that is wrong ends it. */
static enum error_code read_all(struct reader *r, struct dataset_meta *m)
{
    enum error_code code = texts(r, m);
    code = code ? code : tags(r, m);
    code = code ? code : list_or_legacy(r, "ts_id", "item_id", &m->ts_id);
    code = code ? code : list_or_legacy(r, "targets", "target", &m->targets);
    code = code ? code : covariates(r, m);
    code = code ? code : data_store(r, m);
    code = code ? code : time_column(r, m);
    return code ? code : extra(r, m);
}

static enum error_code read_tree(struct reader *r, struct dataset_meta *m)
{
    if (yaml_is_null(r->root)) {
        return reader_invalid(r, r->root, "metadata", "the file is empty");
    }
    if (r->root->type != YAML_MAPPING) {
        return reader_wrong_type(r, r->root, "metadata", "a mapping of keys");
    }
    struct yaml_pair *nested = yaml_find(r->root, "metadata");
    if (nested && nested->value->type == YAML_MAPPING) {
        nested->opened = true;
        r->nested = nested->value;
    }
    return read_all(r, m);
}

enum error_code metadata_parse(struct str yaml, const char *key, struct arena *a,
                               struct dataset_meta *out, struct error *err)
{
    *out = (struct dataset_meta){
        .key = arena_strdup(a, key), .etag = "", .stem = metadata_stem(key, a), .extra_json = "{}"};
    if (yaml.len > METADATA_MAX) {
        return error_set(err, ERR_LIMIT,
                         "%s: %zu bytes of metadata, more than the %zu that are read", key,
                         yaml.len, METADATA_MAX);
    }
    struct reader r = {.key = key, .a = a, .err = err};
    enum error_code code = yaml_parse(yaml, key, a, &r.root, err);
    return code ? code : read_tree(&r, out);
}
