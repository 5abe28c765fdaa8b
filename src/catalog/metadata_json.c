#include "catalog/metadata_json.h"

#include "base/json.h"

void json_add_strings(struct strbuf *b, const char *const *items, size_t n)
{
    strbuf_add_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        strbuf_add_c(b, i ? "," : "");
        json_add_string(b, str_c(items[i]));
    }
    strbuf_add_char(b, ']');
}

static void add_member(struct strbuf *b, const char *name, const char *value)
{
    if (value && *value) {
        strbuf_printf(b, ",\"%s\":", name);
        json_add_string(b, str_c(value));
    }
}

void json_add_columns(struct strbuf *b, const struct column_list *list)
{
    strbuf_add_char(b, '[');
    for (size_t i = 0; i < list->n; i++) {
        strbuf_add_c(b, i ? ",{\"name\":" : "{\"name\":");
        json_add_string(b, str_c(list->items[i].name));
        add_member(b, "type", list->items[i].type);
        add_member(b, "subtype", list->items[i].subtype);
        strbuf_add_char(b, '}');
    }
    strbuf_add_char(b, ']');
}

void json_add_groups(struct strbuf *b, const struct column_list *hist,
                     const struct column_list *future, const struct column_list *fixed)
{
    strbuf_add_c(b, "{\"hist\":");
    json_add_columns(b, hist);
    strbuf_add_c(b, ",\"future\":");
    json_add_columns(b, future);
    strbuf_add_c(b, ",\"static\":");
    json_add_columns(b, fixed);
    strbuf_add_char(b, '}');
}

void json_add_metadata(struct strbuf *b, const struct dataset_meta *m)
{
    strbuf_add_c(b, "{\"key\":");
    json_add_string(b, str_c(m->key));
    add_member(b, "name", m->name);
    add_member(b, "type", m->type);
    add_member(b, "description", m->description);
    add_member(b, "source", m->source);
    add_member(b, "storage_location", m->storage_location);
    add_member(b, "theme", m->theme);
    add_member(b, "frequency", m->frequency);
    add_member(b, "time_column", m->time_column);
    strbuf_add_c(b, ",\"ts_id\":");
    json_add_columns(b, &m->ts_id);
    strbuf_add_c(b, ",\"targets\":");
    json_add_columns(b, &m->targets);
    strbuf_add_c(b, ",\"covariates\":");
    json_add_groups(b, &m->hist, &m->future, &m->fixed);
    strbuf_add_c(b, ",\"tfc_data_store\":");
    json_add_groups(b, &m->store_hist, &m->store_future, &m->store_static);
    strbuf_add_c(b, ",\"tags\":");
    json_add_strings(b, m->tags, m->n_tags);
    strbuf_printf(b, ",\"extra\":%s}", m->extra_json && *m->extra_json ? m->extra_json : "{}");
}
