#include "format/run_status.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "base/json.h"

void run_status_write(const struct run_status *s, struct strbuf *out)
{
    const char *comma = "{";
#define WRITE_TEXT(f)                                                                              \
    strbuf_printf(out, "%s\"" #f "\":", comma);                                                    \
    json_add_string(out, str_c(s->f));                                                             \
    comma = ",\n ";
#define WRITE_NUMBER(f) strbuf_printf(out, "%s\"" #f "\":%llu", comma, (unsigned long long)s->f);
#define WRITE_SECONDS(f)                                                                           \
    strbuf_printf(out, "%s\"" #f "\":", comma);                                                    \
    json_add_double(out, s->f);
    RUN_STATUS_TEXTS(WRITE_TEXT)
    RUN_STATUS_NUMBERS(WRITE_NUMBER)
    RUN_STATUS_SECONDS(WRITE_SECONDS)
    strbuf_add_c(out, "}\n");
}

static void read_text(const json_t *root, const char *name, char out[RUN_STATUS_TEXT])
{
    const char *text = json_string_value(json_object_get(root, name));
    snprintf(out, RUN_STATUS_TEXT, "%s", text ? text : "");
}

static uint64_t read_number(const json_t *root, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(root, name));
    return n > 0 ? (uint64_t)n : 0;
}

static double read_seconds(const json_t *root, const char *name)
{
    double d = json_number_value(json_object_get(root, name));
    return isfinite(d) && d > 0 ? d : 0;
}

enum error_code run_status_parse(struct str text, struct run_status *out, struct error *err)
{
    json_error_t fault;
    *out = (struct run_status){0};
    json_t *root = text.len > RUN_STATUS_MAX
                       ? NULL
                       : json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_object(root)) {
        json_decref(root);
        return error_set(err, ERR_CORRUPT, "the status of a run is no JSON object");
    }
#define READ_TEXT(f)    read_text(root, #f, out->f);
#define READ_NUMBER(f)  out->f = read_number(root, #f);
#define READ_SECONDS(f) out->f = read_seconds(root, #f);
    RUN_STATUS_TEXTS(READ_TEXT)
    RUN_STATUS_NUMBERS(READ_NUMBER)
    RUN_STATUS_SECONDS(READ_SECONDS)
    json_decref(root);
    return OK;
}
